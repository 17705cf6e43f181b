"""Names that a text only hints at: "you want the cab across the street to pull over" is hailing a taxi.

The parser knows wordings. Where words are left over, a linear layer on a frozen sentence encoder says which named pose
they are about, or that they are about none. ``tools/teach_meaning.py`` teaches it the lexicon's wordings and the hints
of ``hints/``. What it finds is a guess, and is passed on as one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from os import PathLike

import torch
from torch import Tensor

from unipose.language.captions import Clause
from unipose.language.items import Change, Item, Statement
from unipose.language.measuring.lexicon import load_lexicon
from unipose.language.measuring.registry import Registry
from unipose.language.reading.layer import Layer
from unipose.language.reading.parser import Parse
from unipose.language.reading.sentences import SentenceEncoder
from unipose.language.reading.stances import above_waist
from unipose.language.solving.conflicts import contradictions

_FILE = "meaning.npz"
NOTHING = ""
"""The name of texts that hint at no named pose."""

LIKELY, LIKELY_ALONE, LIKELY_SCATTERED = 0.25, 0.15, 0.5
"""What a name must be likely to be guessed: beside words that were read; where nothing was, since then the guess is all
there is, and to make a pose of it, marked as unsure, is better than to make any pose; and where only single words were
not."""
SURE = 0.45
"""How sure a guess is at most: less than what counts as read."""
_DOUBTFUL = 0.6  # what was read more surely than that is not given up for a guess
_WORDS = 2  # that a stretch needs at least to hint at anything
_SPEAKABLE = re.compile(r"[aeiouy]", re.IGNORECASE)
_SIDE = re.compile(r"\b(left|right)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Hint:
    """A named pose (an entry of the lexicon, by ``Entry.wording_id``) and how likely a text hints at it, 0 to 1."""

    name: str
    likely: float


class Meaning:
    """Texts to named poses.

    Args:
        layer: over an encoder's vectors, [K, 384]; its names are entries of the lexicon, and ``NOTHING``.
        encoder: texts to vectors.
    """

    def __init__(self, layer: Layer, encoder: SentenceEncoder) -> None:
        self._layer, self._encoder = layer, encoder
        self._nothing = torch.tensor([float(name == NOTHING) for name in layer.names])
        self._entries = {entry.wording_id: entry for entry in load_lexicon()}

    @property
    def names(self) -> tuple[str, ...]:
        """What a text may hint at."""
        return self._layer.names

    @staticmethod
    @functools.cache
    def load() -> Meaning | None:
        """What this package was taught; ``None`` where the sentence encoder's package is not installed."""
        encoder = SentenceEncoder.load()
        if encoder is None:
            return None
        return Meaning(Layer.load(str(resources.files("unipose.language").joinpath(_FILE))), encoder)

    def save(self, path: str | PathLike[str]) -> None:
        """Write what was taught; see :meth:`Layer.save`."""
        self._layer.save(path)

    def hints(self, texts: Sequence[str], most: int = 1) -> list[list[Hint]]:
        """The likeliest names of each text, the likeliest first; ``NOTHING`` may be one."""
        return [self._best(likely)[:most] for likely in self._likely(texts)]

    def complete(self, text: str, parse: Parse) -> Parse:
        """A reading of ``text`` with the names that its unread stretches hint at, each with little confidence.

        Where nothing at all was read, the text is taken as a whole. Where something was, the whole text has as much of
        a say as the stretch: "legs lifted" alone may be anything, in "like superman, legs lifted" it is not. Nothing
        is guessed that what was read more surely rules out, nor beside a name that was read.
        """
        if not parse.unread or self._settled(parse):
            return parse
        stretches = parse.unread if parse.items else ((0, len(text)),)
        stretches = tuple(place for place in stretches if len(text[slice(*place)].split()) >= _WORDS)
        least = LIKELY if parse.items else LIKELY_ALONE
        scattered = not stretches
        if scattered:  # words here and there: only all of the text can hint at anything
            stretches, least = ((0, len(text)),), LIKELY_SCATTERED
        whole, *parts = self._likely([text, *(text[slice(*place)] for place in stretches)])
        for (start, end), part in zip(stretches, parts, strict=True):
            said = text[start:end]
            hint = next(hint for hint in self._best((part + whole) / 2) if self._fits(hint, said, parse, scattered))
            if hint.name != NOTHING and hint.likely >= least:
                item = self._item(hint, said, parse)
                parse = _without(parse, self._ruled_out(item, parse))
                parse = _with(parse, Clause(start, end, (item,)), hint.likely * SURE)
        return parse

    def _likely(self, texts: Sequence[str]) -> Tensor:
        """How likely each text hints at each of the names, [N, K]."""
        likely: Tensor = self._layer(self._encoder(texts))
        # the encoder has a vector for "bq lk", too, and something is always nearest to it
        empty = torch.tensor([_SPEAKABLE.search(text) is None for text in texts])
        likely[empty] = self._nothing
        return likely

    def _best(self, likely: Tensor) -> list[Hint]:
        """All names by how likely they are, [K], the likeliest first."""
        order = likely.argsort(descending=True).tolist()
        return [Hint(self.names[place], float(likely[place])) for place in order]

    def _settled(self, parse: Parse) -> bool:
        """Whether what was read leaves no room for a name: there is one, or the pose in view is to change."""
        registry = Registry.load()
        return any(
            isinstance(item, Change)
            or (isinstance(item, Statement) and sure > SURE and registry[item.predicate].region == "name")
            for item, sure in zip(parse.items, parse.confidences, strict=True)
        )

    def _fits(self, hint: Hint, text: str, parse: Parse, scattered: bool) -> bool:
        """Whether a named pose can be had together with what was read, but for what was read with more doubt; with all
        of it where only single words were not."""
        if hint.name == NOTHING:
            return True
        item = self._item(hint, text, parse)
        return all(
            sure < min(hint.likely, _DOUBTFUL) and not scattered for sure in self._ruled_out(item, parse).values()
        )

    def _ruled_out(self, item: Statement, parse: Parse) -> dict[Item, float]:
        """What was read and cannot be had together with an item, and how surely it was read."""
        read = {
            one: sure
            for one, sure in zip(parse.items, parse.confidences, strict=True)
            if isinstance(one, Statement) and not one.negated
        }
        pairs = contradictions(Registry.load(), [*read, item], None)
        apart = {place for pair in pairs if len(read) in pair for place in pair}
        return {one: sure for place, (one, sure) in enumerate(read.items()) if place in apart}

    def _item(self, hint: Hint, text: str, parse: Parse) -> Statement:
        """What a hint claims beside what was read."""
        read = [item.predicate for item in parse.items if isinstance(item, Statement) and not item.negated]
        return Statement(above_waist(self._predicate(hint.name, text), read, Registry.load()))

    def _predicate(self, name: str, text: str) -> str:
        entry = self._entries[name]
        if "{side}" not in entry.id:
            return entry.id
        side = _SIDE.search(text)
        if side is None and entry.either:
            return entry.either
        return entry.id.format(side=side.group(1).lower() if side else "right", other="")


def _without(parse: Parse, items: Collection[Item]) -> Parse:
    """A reading without some of its items; their words count as unread."""
    if not items:
        return parse
    spans, lost = [], []
    for span in parse.spans:
        kept = tuple(item for item in span.items if item not in items)
        if kept:
            spans.append(replace(span, items=kept))
        else:
            lost.append((span.start, span.end))
    read = [(item, sure) for item, sure in zip(parse.items, parse.confidences, strict=True) if item not in items]
    return replace(
        parse,
        items=tuple(item for item, _ in read),
        confidences=tuple(sure for _, sure in read),
        spans=tuple(spans),
        unread=tuple(sorted((*parse.unread, *lost))),
    )


def _with(parse: Parse, clause: Clause, sure: float) -> Parse:
    """A reading that has also read a clause."""
    if set(clause.items) & set(parse.items):
        return parse
    unread = tuple(place for place in parse.unread if not clause.start <= place[0] < place[1] <= clause.end)
    return replace(
        parse,
        items=(*parse.items, *clause.items),
        spans=(*parse.spans, clause),
        confidences=(*parse.confidences, *(sure for _ in clause.items)),
        unread=unread,
        unparsed=parse.unparsed if unread else (),
    )
