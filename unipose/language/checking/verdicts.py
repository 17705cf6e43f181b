"""What the reader of a reply sees under it: which of the claims of a text a pose satisfies, and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from unipose.language.checking.checker import Checker
from unipose.language.items import Item
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.reading.parser import Parse

SIGNS = {"yes": "✓", "no": "✗", "unsure": "?"}
"""The marks, and the sign each is shown by."""
_SOFTNESS = 0.25  # sigmas; how fast the soft score falls at the edge of a claim


@dataclass(frozen=True)
class Verdict:
    """One claim of a text, and whether the pose does it.

    Attributes:
        item: the claim; None for a stretch of text that was not understood.
        span: (start, end) of the text.
        mark: "yes", "no", or "unsure": too close to the edge, too unsure a reading, not read, or not to be checked.
        margin: sigmas inside (+) or outside (-) of the claim; 0 where it was not checked.
        words: the stretch of text.
    """

    item: Item | None
    span: tuple[int, int]
    mark: str
    margin: float
    words: str


@dataclass(frozen=True)
class Score:
    """How well a pose does what a text says.

    Attributes:
        hard: the share of checked claims that hold, 0 to 1; 0 when nothing could be checked.
        all_hold: whether something was claimed, everything could be checked, and all of it holds.
        soft: mean of sigmoid(margin / 0.25 sigma), weighted by how sure each claim is.
        worst: the checked claim with the least margin.
        unverifiable: stretches not understood, and claims that need a pose before which is missing.
    """

    hard: float
    all_hold: bool
    soft: float
    worst: Item | None
    unverifiable: int


class Judgement:
    """Compares what was read in a text with a pose.

    Args:
        registry: the predicates and measures.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._checker = Checker(registry)
        self._least_sure = float(read_data("cues.yaml")["sure"]["to_judge"])

    def verdicts(self, text: str, parse: Parse, values: Tensor, before: Tensor | None = None) -> list[Verdict]:
        """A verdict for each claim, where it is made first, and for each unread stretch, in the order of the text.

        Args:
            text: what was read.
            parse: how it was read.
            values: [M] measures of the pose.
            before: [M] measures of the pose it started from, if there is one.
        """
        margins, sure = self._margins(parse, values, before), self._sureness(parse)
        found: dict[Item, Verdict] = {}
        for span in parse.spans:
            for item in span.items:
                found.setdefault(item, self._verdict(text, item, (span.start, span.end), margins.get(item), sure[item]))
        missed = [Verdict(None, span, "unsure", 0.0, text[span[0] : span[1]]) for span in parse.unread]
        return sorted([*found.values(), *missed], key=lambda verdict: verdict.span)

    def score(self, parse: Parse, values: Tensor, before: Tensor | None = None) -> Score:
        """The verdicts in numbers. ``values`` and ``before`` are [M]. What was not understood satisfies nothing."""
        margins, sure = self._margins(parse, values, before), self._sureness(parse)
        unverifiable = len(parse.unread) + len(parse.items) - len(margins)
        if not margins:
            return Score(0.0, False, 0.0, None, unverifiable)
        hard = sum(margin >= 0 for margin in margins.values()) / len(margins)
        weight = sum(sure[item] for item in margins) + len(parse.unread)
        soft = sum(sure[item] * _soft(margin) for item, margin in margins.items()) / weight
        worst = min(margins, key=lambda item: margins[item])
        return Score(hard, hard == 1.0 and not unverifiable, soft, worst, unverifiable)

    def by_chance(self, items: Sequence[Item], references: Tensor, before: Tensor | None = None) -> float:
        """The mean share of claims that hold of reference poses [N, M], such as others of the same posture."""
        return float(self._checker.score(items, references, before).mean())

    def _margins(self, parse: Parse, values: Tensor, before: Tensor | None) -> dict[Item, float]:
        items = [item for item in parse.items if before is not None or not self._checker.needs_before(item)]
        return dict(zip(items, self._checker.margins(items, values, before).tolist(), strict=True))

    @staticmethod
    def _sureness(parse: Parse) -> dict[Item, float]:
        return dict(zip(parse.items, parse.confidences, strict=True))

    def _verdict(self, text: str, item: Item, span: tuple[int, int], margin: float | None, sure: float) -> Verdict:
        clear = margin is not None and abs(margin) >= self._registry.margin and sure >= self._least_sure
        mark = ("yes" if margin is not None and margin > 0 else "no") if clear else "unsure"
        return Verdict(item, span, mark, margin or 0.0, text[span[0] : span[1]])


def soft_score(margins: Tensor) -> Tensor:
    """Mean over the last axis of sigmoid(margin / 0.25): [..., K] sigmas to [...], 1 where nothing is claimed."""
    if not margins.shape[-1]:
        return margins.new_ones(margins.shape[:-1])
    return torch.sigmoid(margins / _SOFTNESS).mean(dim=-1)


def beyond_chance(score: float, chance: float) -> float:
    """How much of what chance leaves open was achieved: 1 is perfect, 0 no better than chance.

    Raises:
        ValueError: when chance already achieves all, so that nothing can be told from the score.
    """
    if chance >= 1.0:
        raise ValueError("every reference pose satisfies the text; it tells nothing, leave it out of the mean")
    return (score - chance) / (1.0 - chance)


def _soft(margin: float) -> float:
    return float(torch.sigmoid(torch.tensor(margin / _SOFTNESS)))
