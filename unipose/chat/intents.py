"""What a turn wants, by its likeness to sentences: where the patterns are silent, a linear layer on a frozen sentence
encoder tells undoing from asking, describing, comparing, talk, and what no body can show.

``tools/teach_intents.py`` teaches it the sentences of ``intents.yaml`` and of the talk that the model learnt.
"""

from __future__ import annotations

import functools
import itertools
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor

from unipose.language.reading.layer import Layer, learn
from unipose.language.reading.sentences import SentenceEncoder

SENTENCES = Path(__file__).with_name("intents.yaml")
WEIGHTS = Path(__file__).with_name("intents.npz")
BODY = "body"
"""The intent of what a body is to do."""

LIKELY, LIKELY_AGAINST = 0.4, 0.7
"""How likely an intent must be to be taken: where nothing was read, and against something that was read in part. Of
held-out patterns' sentences those above 0.5 are right 92 times in 100, above 0.7 96 times. Where nothing was read the
other answer is mostly that nothing was understood, so less will do."""

BUCKETS, WORDS = 4096, 0.7  # for words and pairs of words, and how much they weigh beside the meaning


@dataclass(frozen=True)
class Intent:
    """What a turn wants (a key of ``intents`` in ``intents.yaml``), and how likely, 0 to 1."""

    name: str
    likely: float


class Intents:
    """Texts to intents.

    Args:
        layer: over features, [K, 384 + BUCKETS]; its names are intents.
        encoder: texts to vectors.
    """

    def __init__(self, layer: Layer, encoder: SentenceEncoder) -> None:
        self._layer, self._encoder = layer, encoder
        group = {name: kind for kind, names in sentences()["alike"].items() for name in names}
        kinds = [group.get(name, name) for name in self.names]
        self._alike = torch.tensor([[float(one == other) for other in kinds] for one in kinds])

    @property
    def names(self) -> tuple[str, ...]:
        """What a turn may want."""
        return self._layer.names

    @staticmethod
    @functools.cache
    def load() -> Intents | None:
        """What this package was taught; ``None`` where the sentence encoder's package is not installed."""
        encoder = SentenceEncoder.load()
        return None if encoder is None else Intents(Layer.load(WEIGHTS), encoder)

    def alike(self, one: str, other: str) -> bool:
        """Whether two intents come to the same for the person."""
        return bool(self._alike[self.names.index(one), self.names.index(other)])

    def save(self, path: str | PathLike[str]) -> None:
        """Write what was taught; see :meth:`Layer.save`."""
        self._layer.save(path)

    def likeliest(self, texts: Sequence[str]) -> list[Intent]:
        """The likeliest intent of each text."""
        likely = self._layer(_features(texts, self._encoder))
        # intents that end alike ("that cannot be shown") stand in for one another
        alike = likely @ self._alike
        best = likely.masked_fill(alike < alike.max(dim=-1, keepdim=True).values - 1e-6, -torch.inf).argmax(dim=-1)
        return [Intent(self.names[i], float(row[i])) for i, row in zip(best.tolist(), alike, strict=True)]


@functools.lru_cache(maxsize=256)
def intended(text: str) -> Intent | None:
    """What a turn most likely wants; ``None`` where the sentence encoder's package is not installed.

    >>> intended("i liked the last one way better, go back").name
    'undo'
    """
    intents = Intents.load()
    return None if intents is None else intents.likeliest([text])[0]


def plain(text: str) -> str:
    """A text as the layer sees it: lower case, without the marks at its ends."""
    return " ".join(text.lower().replace("\u2019", "'").split()).strip(" .,!;:")


def _features(texts: Sequence[str], encoder: SentenceEncoder) -> Tensor:
    """[N, 384 + BUCKETS]: what a text means, and its words and pairs of words, which tell "less" from "more"."""
    plains = [plain(text) for text in texts]
    words = torch.zeros(len(texts), BUCKETS)
    for row, text in zip(words, plains, strict=True):
        said = ["", *re.findall(r"[\w']+", text), ""]
        pairs = [f"{a} {b}" for a, b in itertools.pairwise(said)]
        found = [zlib.crc32(one.encode()) % BUCKETS for one in (*said[1:-1], *pairs)]
        row[found] = WORDS / max(1, len(found)) ** 0.5
    return torch.cat((encoder(plains), words), dim=1)


@functools.lru_cache(maxsize=1)
def sentences() -> dict[str, Any]:
    """The data file."""
    return yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))


def teach(examples: Sequence[tuple[str, str]], encoder: SentenceEncoder) -> Intents:
    """Learn which texts have which intents.

    Args:
        examples: texts, each with its intent.
        encoder: texts to vectors.

    Raises:
        ValueError: without an example of ``BODY``: then every order to a body would be taken for something else.
    """
    texts, names = [text for text, _ in examples], [name for _, name in examples]
    if BODY not in names:
        raise ValueError(f"expected some texts with the intent {BODY!r}, found {', '.join(sorted(set(names)))}")
    features = _features(texts, encoder)
    return Intents(learn(features, names, steps=150, decay=0.1, smoothing=0.02, balanced=True), encoder)
