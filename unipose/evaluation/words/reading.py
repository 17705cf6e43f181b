"""Does the parser read what was meant: single wordings it never learnt, and whole texts?"""

from __future__ import annotations

import random
from collections.abc import Sequence

from torch import Tensor

from unipose.evaluation.words.described import Described, describe
from unipose.evaluation.words.figures import Figure, share
from unipose.language.checking.checker import Checker
from unipose.language.items import Item, Statement
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.reading.heard import Wording, wordings
from unipose.language.reading.lessons import Lessons
from unipose.language.reading.parser import Parse, Parser
from unipose.language.reading.teaching import EPOCHS, teach
from unipose.language.writing.writer import Writer

_HELD_OUT = 0.1  # of all wordings, or of all patterns
_SURE = 0.8  # a reading this sure that is wrong misleads


KINDS = ("wordings", "patterns")


def unlearnt(
    rotations: Tensor, seed: int = 0, count: int = 2000, epochs: int = EPOCHS, kinds: Sequence[str] = KINDS
) -> list[Figure]:
    """Parsers that have not learnt a tenth of all wordings, or of all patterns with all the wordings they make.

    Each reads the wordings that were kept from it (at most ``count``): of our own texts, of which the names of the
    lexicon can hardly be guessed and are told apart, and those that are only heard, which are freer. ``kinds`` are of
    ``KINDS``; the parser without wordings also reads gists about poses [N, 22, 3, 3], among others of their wordings.
    """
    registry = Registry.load()
    writer = Writer(registry)
    known = [one for one in wordings(registry, writer, read_data("cues.yaml")) if not one.numeric]
    found: list[Figure] = []
    for kind in kinds:
        rng = random.Random(seed)
        hidden = _hidden(known, kind == "patterns", rng)
        lessons = Lessons(registry, writer, hidden)
        parser = Parser(registry, writer, hidden, teach(lessons, epochs), lessons)
        cases = [one for one in known if one.text in hidden]
        rng.shuffle(cases)
        found += _kept_from(parser, [one for one in cases if not one.heard][:count], registry, kind)
        heard = [one for one in cases if one.heard][:count]
        exact = [_exact(one.items, parser.parse(one.text)) for one in heard]
        found.append(share(f"held-out {kind} that are only heard: read exactly", exact))
        if kind == "wordings":
            found.append(_texts(parser, describe(rotations, seed, [1])))
    return found


def own_texts(rotations: Tensor, seed: int = 0) -> list[Figure]:
    """Gists and short texts about poses [N, 22, 3, 3], in all registers and from all viewpoints, read back: the share
    of claims recovered, and the share of what was read that is true of the pose."""
    told = describe(rotations, seed, [1, 2])
    parser, checker = Parser.load(), Checker(Registry.load())
    recovered: list[bool] = []
    true: list[bool] = []
    exact: list[bool] = []
    for caption, values in zip(told.captions, told.values, strict=True):
        read = parser.parse(caption.text)
        recovered += [item in read.items for item in caption.statements]
        exact.append(set(read.items) == set(caption.statements) and not read.unparsed)
        true += checker.holds([item for item in read.items if not checker.needs_before(item)], values)
    return [
        share("own texts: claims recovered", recovered, 0.98),
        share("own texts: claims read that are true", true, 0.995),
        share("own texts: read exactly", exact),
    ]


def _hidden(known: Sequence[Wording], whole_patterns: bool, rng: random.Random) -> frozenset[str]:
    groups = sorted({one.pattern if whole_patterns else one.text for one in known})
    chosen = set(rng.sample(groups, round(_HELD_OUT * len(groups))))
    return frozenset(one.text for one in known if (one.pattern if whole_patterns else one.text) in chosen)


def _kept_from(parser: Parser, cases: Sequence[Wording], registry: Registry, kind: str) -> list[Figure]:
    reads = [(case, parser.parse(case.text)) for case in cases]
    exact = [_exact(case.items, read) for case, read in reads]
    misled = [_misleads(case.items, read) for case, read in reads]
    named = [
        isinstance(item := case.items[0], Statement) and registry[item.predicate].region == "name" for case in cases
    ]
    described = [right for right, name in zip(exact, named, strict=True) if not name]
    names = [right for right, name in zip(exact, named, strict=True) if name]
    target = 0.97 if kind == "wordings" else None
    return [
        share(f"held-out {kind}: read exactly", exact, target),
        share(f"held-out {kind} that describe: read exactly", described),
        share(f"held-out {kind} that are names: read exactly", names),
        share(f"held-out {kind}: wrong and sure of it", misled, 0.03, at_most=True),
    ]


def _texts(parser: Parser, told: Described) -> Figure:
    recovered = [
        item in read
        for caption in told.captions
        for read in [parser.parse(caption.text).items]
        for item in caption.statements
    ]
    return share("own texts with held-out wordings among others: claims recovered", recovered, 0.97)


def _exact(items: Sequence[Item], read: Parse) -> bool:
    return set(read.items) == set(items) and not read.unparsed


def _misleads(items: Sequence[Item], read: Parse) -> bool:
    """Whether a reading surely claims what was not said."""
    return bool(set(read.sure(_SURE)) - set(items))
