"""Texts to word numbers, for the retrieval evaluator alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

_WORD = re.compile(r"[a-z]+|\d+|[.,;°%]")
PADDING, UNKNOWN = 0, 1
SPECIAL = 2
"""How many numbers are no words: the padding and the unknown word."""


def split(text: str) -> list[str]:
    """The words of a text in lower case, numbers, and the signs that part clauses."""
    return _WORD.findall(text.lower().replace("'", ""))


def vocabulary(texts: Iterable[str], least: int = 3) -> list[str]:
    """The words that occur at least so often, the most frequent first, words of one count in their order."""
    counts = Counter(word for text in texts for word in split(text))
    return sorted((word for word, count in counts.items() if count >= least), key=lambda word: (-counts[word], word))


class WordNumbers:
    """Turns texts into numbers.

    Args:
        words: the known ones; the first has the number ``SPECIAL``.
        longest: words beyond these are cut off.
    """

    def __init__(self, words: Sequence[str], longest: int) -> None:
        self._number = {word: number for number, word in enumerate(words, start=SPECIAL)}
        self._longest = longest

    def __call__(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """N texts to int64 numbers [N, L], padded, and lengths [N], each at least 1: an empty text is one unknown."""
        rows = [
            [self._number.get(word, UNKNOWN) for word in split(text)[: self._longest]] or [UNKNOWN] for text in texts
        ]
        lengths = torch.tensor([len(row) for row in rows], dtype=torch.long)
        numbers = torch.full((len(rows), int(lengths.max()) if rows else 0), PADDING, dtype=torch.long)
        for place, row in enumerate(rows):
            numbers[place, : len(row)] = torch.tensor(row)
        return numbers, lengths
