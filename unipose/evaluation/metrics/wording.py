"""How alike a text is to other texts about the same thing: BLEU-4, ROUGE-L and METEOR, over words without signs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import snowballstemmer  # type: ignore[import-untyped]
from numpy.typing import NDArray

from unipose.evaluation.metrics.estimates import Estimate, bootstrap, estimate

_WORD = re.compile(r"[a-z0-9]+")
_ORDERS = 4
# METEOR: weight of precision against recall, and how much broken order costs (Lavie and Agarwal 2007)
_ALPHA, _BETA, _GAMMA = 0.9, 3.0, 0.5

References = Sequence[Sequence[str]]


def likeness(texts: Sequence[str], references: References) -> dict[str, Estimate]:
    """All three of N texts, each with one reference or more about the same thing."""
    return {"bleu-4": bleu(texts, references), "rouge-l": rouge(texts, references), "meteor": meteor(texts, references)}


def bleu(texts: Sequence[str], references: References) -> Estimate:
    """BLEU-4 of a whole set (Papineni et al. 2002), 0 to 1, without smoothing; of equally near lengths the shorter."""

    def counts(text: list[str], others: list[list[str]]) -> list[float]:
        nearest = min((abs(len(other) - len(text)), len(other)) for other in others)[1]
        row = [float(len(text)), float(nearest)]
        for order in range(1, _ORDERS + 1):
            said = _grams(text, order)
            allowed: Counter[tuple[str, ...]] = Counter()
            for other in others:
                allowed |= _grams(other, order)
            row += [float((said & allowed).total()), float(said.total())]
        return row

    return bootstrap(np.array(_each(texts, references, counts)), _bleu_of)


def rouge(texts: Sequence[str], references: References) -> Estimate:
    """ROUGE-L (Lin 2004): F of the longest common subsequence, by the best reference of each text; 0 to 1."""
    return estimate(_each(texts, references, lambda text, others: max(_rouge(text, other) for other in others)))


def meteor(texts: Sequence[str], references: References) -> Estimate:
    """METEOR with its first two stages, equal words and equal stems (Porter), by the best reference; 0 to 1.

    The third, synonyms of WordNet, is left out, since it would have to be downloaded: figures are a little lower.
    """
    stem = snowballstemmer.stemmer("porter").stemWord
    return estimate(_each(texts, references, lambda text, others: max(_meteor(text, other, stem) for other in others)))


def _each(texts: Sequence[str], references: References, score: Callable[[list[str], list[list[str]]], object]) -> list:  # type: ignore[type-arg]  # of whatever `score` gives
    if len(texts) != len(references) or not all(references):
        raise ValueError(
            f"expected a reference or more for each of {len(texts)} texts, found {len(references)} lists of "
            f"{min(map(len, references), default=0)} or more"
        )
    return [
        score(_words(text), [_words(other) for other in others]) for text, others in zip(texts, references, strict=True)
    ]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("'", ""))


def _grams(words: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[start:] for start in range(order)), strict=False))


def _bleu_of(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums [..., 2 + 2 * orders] of lengths, matches and totals to BLEU [...]."""
    length, wanted, matches, totals = sums[..., 0], sums[..., 1], sums[..., 2::2], sums[..., 3::2]
    precisions = matches / np.maximum(totals, 1)
    short = np.minimum(1.0, np.exp(1 - wanted / np.maximum(length, 1)))
    return short * precisions.prod(-1) ** (1 / _ORDERS)


def _rouge(text: Sequence[str], other: Sequence[str]) -> float:
    if not text or not other:
        return 0.0
    lengths = [0] * (len(other) + 1)  # of the longest common subsequence up to each word of the other
    for word in text:
        diagonal = 0
        for place, known in enumerate(other, start=1):
            above = lengths[place]
            lengths[place] = diagonal + 1 if word == known else max(above, lengths[place - 1])
            diagonal = above
    return 2 * lengths[-1] / (len(text) + len(other))


def _meteor(text: Sequence[str], other: Sequence[str], stem: Callable[[str], str]) -> float:
    aligned = _aligned(text, other, stem)
    if not aligned:
        return 0.0
    precision, recall = len(aligned) / len(text), len(aligned) / len(other)
    mean = precision * recall / (_ALPHA * precision + (1 - _ALPHA) * recall)
    chunks = sum(aligned.get(place - 1) != partner - 1 for place, partner in aligned.items())
    return mean * (1 - _GAMMA * (chunks / len(aligned)) ** _BETA)


def _aligned(text: Sequence[str], other: Sequence[str], stem: Callable[[str], str]) -> dict[int, int]:
    """Places in the text to places in the other: as many as can be by words, then by stems.

    Of several partners, a word takes the one after its neighbour's, else the one from where most words go on alike;
    that keeps the chunks few, if not always the fewest.
    """
    aligned: dict[int, int] = {}
    for text_forms, other_forms in ((text, other), (list(map(stem, text)), list(map(stem, other)))):
        free: dict[str, list[int]] = {}
        for place in sorted(set(range(len(other))) - set(aligned.values())):
            free.setdefault(other_forms[place], []).append(place)
        for place, form in enumerate(text_forms):
            if place in aligned or not free.get(form):
                continue
            after = aligned.get(place - 1, -2) + 1
            runs = [(start == after, _run(text_forms[place:], other_forms[start:]), -start) for start in free[form]]
            aligned[place] = -max(runs)[2]
            free[form].remove(aligned[place])
    return aligned


def _run(text: Sequence[str], other: Sequence[str]) -> int:
    """How many words are the same from the start on."""
    return next((n for n, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))
