"""A small model that knows wordings nobody wrote down by their likeness to those that were.

A phrase is the mean of learnt vectors of its features: words, concepts, pairs of neighbours and pieces of words, so
that a new form of a known word still says something. Sides are taken out first (``slots.py``) and put back afterwards.
The claim whose vector fits best is the reading. ``tools/train_reader.py`` trains it on our own wordings.
"""

from __future__ import annotations

import functools
import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unipose.language.items import Item, Keep, Match, Statement, spell, unspell
from unipose.language.measuring.registry import Registry

BUCKETS, WIDTH = 1 << 14, 64
_FILE = "reader.npz"
_PIECES = (3, 4)  # letters
_EDGE = "#"

Floats = NDArray[np.float32]


class Features:
    """Phrases to the numbers of their features.

    Args:
        concepts: word to what it stands for.
    """

    def __init__(self, concepts: Mapping[str, str]) -> None:
        self._concepts = concepts
        self._of_word = functools.lru_cache(maxsize=1 << 15)(self._word)

    def of(self, words: Sequence[str]) -> list[int]:
        """The features of a phrase in plain words without sides, each below ``BUCKETS``."""
        found = [feature for word in words for feature in self._of_word(word)]
        meant = (_EDGE, *(self._concepts.get(word, word) for word in words), _EDGE)
        return found + [_number(f"{a} {b}") for a, b in zip(meant, meant[1:], strict=False)]

    def _word(self, word: str) -> tuple[int, ...]:
        marked = _EDGE + word + _EDGE
        pieces = [marked[i : i + size] for size in _PIECES for i in range(len(marked) - size + 1)]
        names = [f"word {word}", f"concept {self._concepts.get(word, word)}", *pieces]
        return tuple(_number(name) for name in names)


def _known(item: Item, registry: Registry) -> bool:
    if isinstance(item, Statement):
        return item.predicate in registry.index
    return isinstance(item, Keep | Match) or item.measure in registry.measure_index


def _number(name: str) -> int:
    return zlib.crc32(name.encode()) % BUCKETS


@dataclass(frozen=True)
class Guess:
    """The claims, without sides, that a phrase most likely makes, and how likely the model holds each."""

    claims: tuple[tuple[Item, ...], ...]
    likely: Floats


class Reader:
    """A trained model.

    Args:
        claims: what can be read: claims without sides.
        inputs: [BUCKETS, WIDTH], the vector of each feature.
        outputs: [claims, WIDTH], the vector of each claim.
        calibration: what each kind of evidence for a reading is worth (``second_look.EVIDENCE``), and last a constant.
    """

    def __init__(
        self, claims: Sequence[tuple[Item, ...]], inputs: Floats, outputs: Floats, calibration: Sequence[float]
    ) -> None:
        self.claims = tuple(claims)
        self.calibration = tuple(calibration)
        self._inputs, self._outputs = inputs, outputs

    @staticmethod
    @functools.cache
    def load() -> Reader:
        """The model of this package. Read once, then shared."""
        return Reader.read(resources.files("unipose.language").joinpath(_FILE).read_bytes(), Registry.load())

    @classmethod
    def read(cls, content: bytes, registry: Registry) -> Reader:
        """A model from the bytes of its file. Claims the registry does not know (any more) are left out."""
        with np.load(io.BytesIO(content)) as data:
            claims = [tuple(unspell(item) for item in line.split("; ")) for line in data["claims"].tolist()]
            kept = [i for i, items in enumerate(claims) if all(_known(item, registry) for item in items)]
            outputs = data["outputs"][kept].astype(np.float32)
            return cls([claims[i] for i in kept], data["inputs"].astype(np.float32), outputs, data["calibration"])

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to an ``.npz`` file, in half precision."""
        claims = np.array(["; ".join(map(spell, items)) for items in self.claims])
        inputs, outputs = self._inputs.astype(np.float16), self._outputs.astype(np.float16)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, claims=claims, inputs=inputs, outputs=outputs, calibration=self.calibration)

    def guess(self, features: Sequence[int], few: int = 5) -> Guess:
        """The ``few`` likeliest claims, best first."""
        scores = self._outputs @ self._inputs[features].mean(axis=0)
        likely = np.exp(scores - scores.max())
        likely /= likely.sum()
        best = np.argsort(-likely)[:few]
        return Guess(tuple(self.claims[i] for i in best), likely[best])
