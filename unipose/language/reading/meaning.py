"""Names that a text only hints at: "you want the cab across the street to pull over" is hailing a taxi.

The parser knows wordings. Where words are left over, a linear layer on a frozen sentence encoder says which named pose
they are about, or that they are about none. ``tools/teach_meaning.py`` teaches it the lexicon's wordings and the hints
of ``hints/``. What it finds is a guess, and is passed on as one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from os import PathLike

from unipose.language.captions import Clause
from unipose.language.items import Statement
from unipose.language.measuring.lexicon import load_lexicon
from unipose.language.reading.layer import Layer
from unipose.language.reading.parser import Parse
from unipose.language.reading.sentences import SentenceEncoder

_FILE = "meaning.npz"
NOTHING = ""
"""The name of texts that hint at no named pose."""

LIKELY, LIKELY_ALONE = 0.35, 0.15
"""What a name must be likely to be guessed: beside words that were read, and where nothing was. Then the guess is all
there is, and to make a pose of it, marked as unsure, is better than to make any pose."""
SURE = 0.45
"""How sure a guess is at most: less than what counts as read."""
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
        likely = self._layer(self._encoder(texts))
        best = likely.topk(min(most, len(self.names)), dim=-1)
        found = [
            [Hint(self.names[place], share) for share, place in zip(shares, places, strict=True)]
            for shares, places in zip(best.values.tolist(), best.indices.tolist(), strict=True)
        ]
        # the encoder has a vector for "bq lk", too, and something is always nearest to it
        return [
            hints if _SPEAKABLE.search(text) else [Hint(NOTHING, 1.0)] for text, hints in zip(texts, found, strict=True)
        ]

    def complete(self, text: str, parse: Parse) -> Parse:
        """A reading of ``text`` with the names that its unread stretches hint at, each with little confidence.

        Where nothing at all was read, the text is taken as a whole.
        """
        stretches = parse.unread if parse.items else ((0, len(text)),)
        stretches = tuple(place for place in stretches if len(text[slice(*place)].split()) >= _WORDS)
        if not stretches or not parse.unread:
            return parse
        least = LIKELY if parse.items else LIKELY_ALONE
        found = [hints[0] for hints in self.hints([text[slice(*place)] for place in stretches])]
        for (start, end), hint in zip(stretches, found, strict=True):
            if hint.name != NOTHING and hint.likely >= least:
                item = Statement(self._predicate(hint.name, text[start:end]))
                parse = _with(parse, Clause(start, end, (item,)), hint.likely * SURE)
        return parse

    def _predicate(self, name: str, text: str) -> str:
        entry = self._entries[name]
        if "{side}" not in entry.id:
            return entry.id
        side = _SIDE.search(text)
        if side is None and entry.either:
            return entry.either
        return entry.id.format(side=side.group(1).lower() if side else "right", other="")


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
