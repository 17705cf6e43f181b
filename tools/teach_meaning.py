"""Teach the layer that reads hints at named poses.

    python -m tools.teach_meaning

writes ``unipose/language/meaning.npz``; half a minute on one core. Run it when names or hints were added. With
``--hold-out 3`` it learns all but every third hint of each entry and prints how many of those it gets right instead.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from string import ascii_lowercase

from tools.teaching import Examples, run
from unipose.data.wording import read_talk, unfold
from unipose.language.items import Statement
from unipose.language.measuring.lexicon import predicates
from unipose.language.measuring.registry import Registry
from unipose.language.reading.hinting import hinted, load_hints, teach, worded
from unipose.language.reading.meaning import LIKELY, NOTHING, Meaning
from unipose.language.writing.writer import Writer

OUTPUT = Path(__file__).resolve().parents[1] / "unipose" / "language" / "meaning.npz"
_TOLD, _TALKED, _BLIND = 2, 600, 200


def main() -> None:
    run(__doc__, OUTPUT, _lessons, teach, _print_figures)


def _lessons(nth: int) -> tuple[Examples, Examples]:
    """Texts to learn, and every nth hint of each entry apart."""
    writer, hints = Writer(Registry.load()), hinted(load_hints())
    others = worded(writer) + [(text, NOTHING) for text in (*_plain(writer), *_talk(), *_typed_blindly())]
    held = _every(hints, nth) if nth else []
    apart = set(held)
    return [one for one in hints if one not in apart] + others, held


def _plain(writer: Writer) -> Iterable[str]:
    """Descriptions without names."""
    rng = random.Random(0)
    named = {predicate["id"].replace("{side}", side) for predicate in predicates() for side in ("left", "right")}
    for predicate in writer.registry.predicates:
        said = writer.templates(writer.registry.index[predicate])
        if predicate not in named and any(said.get(kind) for kind in ("be", "act", "state")):
            yield from (writer.tell([Statement(predicate)], rng).text for _ in range(_TOLD))


def _talk() -> Iterable[str]:
    """What people say in a conversation that asks for no new pose, or for what cannot be had."""
    rng = random.Random(0)
    for name in ("small_talk", "help", "refusals"):
        data = read_talk(name)
        asks = [pattern for family in data["families"].values() for pattern in family["ask"]]
        yield from (unfold(rng.choice(asks), rng, data["slots"]) for _ in range(_TALKED // 3))


def _typed_blindly() -> Iterable[str]:
    """No words at all."""
    rng = random.Random(0)
    for _ in range(_BLIND):
        words = ("".join(rng.choices(ascii_lowercase, k=rng.randint(2, 9))) for _ in range(rng.randint(1, 5)))
        yield " ".join(words)


def _every(hints: Examples, nth: int) -> Examples:
    by_name = defaultdict(list)
    for one in hints:
        by_name[one[1]].append(one)
    return [one for ones in by_name.values() for one in ones[nth - 1 :: nth]]


def _print_figures(meaning: Meaning, held: Examples) -> None:
    found = meaning.hints([text for text, _ in held], most=5)
    named = [(hints, name) for hints, (_, name) in zip(found, held, strict=True) if name != NOTHING]
    for most in (1, 3, 5):
        right = sum(name in [hint.name for hint in hints[:most]] for hints, name in named)
        print(f"right name among the first {most}: {right / len(named):.1%} of {len(named)} hints never learnt")
    taken = [(hints[0].name == name) for hints, name in named if hints[0].name != NOTHING and hints[0].likely >= LIKELY]
    print(f"guessed: {len(taken) / len(named):.1%}, of these right: {sum(taken) / max(1, len(taken)):.1%}")
    nothing = [hints[0] for hints, (_, name) in zip(found, held, strict=True) if name == NOTHING]
    silly = sum(hint.name != NOTHING and hint.likely >= LIKELY for hint in nothing)
    print(f"a name guessed where nothing is hinted at: {silly} of {len(nothing)}")


if __name__ == "__main__":
    main()
