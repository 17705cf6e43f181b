"""Teach the layer that tells what a turn wants.

    python -m tools.teach_intents

writes ``unipose/chat/intents.npz``; a few minutes on one core. Run it when sentences were added. With ``--hold-out 3``
it learns all but every third pattern of each intent and prints how it does on those instead.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tools.teaching import Examples, run
from unipose.chat.intents import BODY, LIKELY, LIKELY_AGAINST, WEIGHTS, Intents, sentences, teach
from unipose.data.wording import read_talk, unfold
from unipose.language.changing.changes import ChangeBook
from unipose.language.items import Statement
from unipose.language.measuring.registry import Registry
from unipose.language.reading.heard import changes_said
from unipose.language.reading.hinting import load_hints, worded
from unipose.language.writing.writer import Writer

_EACH = 30  # sentences drawn of a pattern of ours
_TALKED = 6  # and of a pattern of the talk that the model learnt
_BODIES = 1500  # of each kind of words for bodies
_ORDERS = ("act", "read")  # kinds of wordings that are orders
_LEADS = (
    "{}",
    "{}",
    "now {}",
    "{} please",
    "can you {}",
    "ok, {}",
    "{}, like he means it",
    "then {} so that it looks right",
)
# The families of data/talk under the names of chat's families.
_FAMILIES = {
    "fingers": "fingers", "face": "face", "looks": "looks", "more_people": "people", "motion": "motion",
    "place": "place", "health": "health", "impossible": "impossible", "not_for_me": "unkind",
    "greeting": "greeting", "how_are_you": "how_are_you", "thanks": "thanks", "praise": "praise",
    "complaint": "complaint", "farewell": "farewell", "off_topic_facts": "off_topic", "off_topic_tasks": "off_topic",
    "opinions": "opinions", "languages": "languages", "what_can_you_do": "help", "making_poses": "how_to",
    "changing_poses": "how_to", "asking_about_poses": "how_to", "who_are_you": "who_are_you",
    "how_does_it_work": "how_it_works",
}  # fmt: skip


def main() -> None:
    run(__doc__, WEIGHTS, _lessons, teach, _print_figures)


def _lessons(nth: int) -> tuple[Examples, Examples]:
    """Sentences to learn, and those of every nth pattern apart."""
    data, rng = sentences(), random.Random(0)
    others = [*_talk(rng), *((text, BODY) for text in _bodies(rng))]
    learnt, held = data["intents"], dict[str, list[str]]()
    if nth:
        held = {name: patterns[nth - 1 :: nth] for name, patterns in learnt.items()}
        learnt = {name: [one for i, one in enumerate(all_, 1) if i % nth] for name, all_ in learnt.items()}
    taught = [*_unfolded(learnt, data["slots"], _EACH, rng), *others]
    return taught, list(_unfolded(held, data["slots"], _EACH, rng))


def _unfolded(
    patterns: Mapping[str, Sequence[str]], slots: Mapping[str, Sequence[str]], each: int, rng: random.Random
) -> Iterable[tuple[str, str]]:
    """Sentences of patterns, no two alike."""
    found = ((unfold(one, rng, slots), name) for name, all_ in patterns.items() for one in all_ for _ in range(each))
    return dict.fromkeys(found)


def _talk(rng: random.Random) -> Iterable[tuple[str, str]]:
    for file in ("small_talk", "help", "refusals"):
        data = read_talk(file)
        for family, content in data["families"].items():
            if family in _FAMILIES:
                yield from _unfolded({_FAMILIES[family]: content["ask"]}, data["slots"], _TALKED, rng)
    data = read_talk("dialogues")
    slots = {**data["slots"], "part": ["arm", "leg"], "side": ["left", "right"]}
    for name in ("more", "less", "other_side"):
        yield from _unfolded({name: data[name]}, slots, _TALKED, rng)


def _bodies(rng: random.Random) -> Iterable[str]:
    """Descriptions, orders to change something, hints at named poses, and names."""
    writer = Writer(Registry.load())
    orders = [one.text for one in changes_said(writer.registry, writer, ChangeBook.load()) if one.kind in _ORDERS]
    for text in rng.sample(orders, min(_BODIES, len(orders))):
        yield rng.choice(_LEADS).format(text)
    predicates = writer.registry.predicates
    for _ in range(_BODIES):
        try:
            yield writer.tell([Statement(one) for one in rng.sample(predicates, rng.randint(1, 2))], rng).text
        except (KeyError, ValueError, IndexError):  # not every predicate has words
            continue
    hints = [text for entry, texts in load_hints().items() if entry for text in texts]
    names = [text for text, _ in worded(writer)]
    yield from rng.sample(hints, min(_BODIES, len(hints)))
    yield from rng.sample(names, min(_BODIES, len(names)))


def _print_figures(intents: Intents, held: Examples) -> None:
    found = intents.likeliest([text for text, _ in held])
    pairs = [(one, name) for one, (_, name) in zip(found, held, strict=True)]
    right = sum(intents.alike(one.name, name) for one, name in pairs)
    print(f"right: {right / len(pairs):.1%} of {len(pairs)} sentences never learnt")
    for least in (LIKELY, LIKELY_AGAINST):
        taken = [(one.name, name) for one, name in pairs if one.likely >= least and one.name != BODY]
        good = sum(intents.alike(one, name) for one, name in taken)
        wanted, bodies = sum(name != BODY for _, name in pairs), sum(name == BODY for _, name in pairs)
        lost = sum(name == BODY for _, name in taken)
        print(f"at {least}: taken {len(taken) / wanted:.1%}, of these right {good / max(1, len(taken)):.1%}", end="; ")
        print(f"orders to a body taken for something else: {lost} of {bodies}")
    by_name = defaultdict(list)
    for one, name in pairs:
        by_name[name].append(one.name)
    for name, ones in by_name.items():
        wrong = Counter(one for one in ones if one != name).most_common(3)
        print(f"  {name:14} {sum(intents.alike(one, name) for one in ones) / len(ones):6.1%}  {wrong}")


if __name__ == "__main__":
    main()
