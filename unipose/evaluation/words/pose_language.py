"""All figures of the pose language, each beside its target.

Poses come from a collection (``unipose.data.sources``): those of held-out people are described, searched and solved,
those of the others are what is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from unipose.body.skeleton import mirror_rotations
from unipose.data.sources import SPLITS, PoseBank, find_poses, load_poses
from unipose.evaluation.words.answers_by_words import answering
from unipose.evaluation.words.edits_by_words import edits, replays
from unipose.evaluation.words.figures import Figure
from unipose.evaluation.words.hand_written import hand_written
from unipose.evaluation.words.named_poses import names
from unipose.evaluation.words.reading import own_texts, unlearnt
from unipose.evaluation.words.retrieval_by_words import retrieval
from unipose.evaluation.words.robustness_of_words import robustness
from unipose.evaluation.words.solving import solving
from unipose.evaluation.words.truth_of_words import mirrors, truth
from unipose.evaluation.words.variety_of_words import speed, variety
from unipose.evaluation.words.words_apart import contrast

_SENTENCES = {  # they are no part of the package; the parser was tuned on the older ones
    "latest sentences of people": Path("tests/language/latest_sentences.yaml"),
    "newest sentences of people": Path("tests/language/new_sentences.yaml"),
    "sentences of people": Path("tests/language/fresh_sentences.yaml"),
    "older sentences of people": Path("tests/language/free_sentences.yaml"),
}
_FIVE_CM, _EIGHT_CM = 2, 1  # tiers: poses of these and below are at least so far apart
_VARIED = 3  # the tier up to which poses differ enough to be compared with


class PoseLanguage:
    """What the figures are taken from.

    Args:
        folder: of the pose collection.
        count: how many cases a figure is taken over at most; as many as its target asks for when left out.
        seed: of the choice of poses and of all that is drawn.
        sentences: hand-written ones; those of the project's tests when left out.

    Raises:
        ValueError: when there is no pose collection.
    """

    def __init__(
        self, folder: Path | None = None, count: int | None = None, seed: int = 0, sentences: Path | None = None
    ) -> None:
        self._folder = find_poses(folder)
        self._count, self._seed = count, seed
        self._sentences = {"sentences of people": sentences} if sentences else _SENTENCES
        self.sections: Mapping[str, Callable[[], list[Figure]]] = {
            "truth": lambda: truth(self._mixed(10_000), seed) + mirrors(self._mixed(10_000)),
            "retrieval": self._retrieval,
            "variety": lambda: variety(self._mixed(10_000), seed) + speed(self._held_out(1000), seed),
            "contrast": lambda: contrast(self._held_out(2000), seed),
            "reading": self._reading,
            "solving": lambda: solving(self._held_out(500), self._known(_VARIED), seed),
            "edits": lambda: edits(self._held_out(500), seed) + replays(self._held_out(60), seed),
            "answers": lambda: answering(self._held_out(1000), seed),
            "names": lambda: names(self._known(_FIVE_CM), tries=24 if count is None else min(count, 24)),
            "robustness": lambda: robustness(self._held_out(2000), seed),
        }

    def measure(self, only: Sequence[str] = ()) -> Iterator[tuple[str, list[Figure]]]:
        """The figures of the sections named, or of all, each when it is done.

        Raises:
            ValueError: on an unknown section.
        """
        unknown = sorted(set(only) - set(self.sections))
        if unknown:
            raise ValueError(f"no figures are called {', '.join(unknown)}; there are {', '.join(self.sections)}")
        for name, take in self.sections.items():
            if not only or name in only:
                yield name, take()

    def _retrieval(self) -> list[Figure]:
        pools = {"8 cm apart": _EIGHT_CM, "5 cm apart": _FIVE_CM}
        return [
            Figure(f"{figure.name} ({name})", figure.value, figure.count, figure.target)
            for name, tier in pools.items()
            for figure in retrieval(self._held_out(1000, tier), self._seed)
        ]

    def _reading(self) -> list[Figure]:
        poses = self._held_out(1000)
        figures = unlearnt(poses, self._seed, self._count or 2000) + own_texts(poses, self._seed)
        for name, path in self._sentences.items():
            if path.is_file():
                figures += hand_written(path, name)
        return figures

    # -- poses --------------------------------------------------------------------------------------------------------

    def _held_out(self, most: int, tier: int = _FIVE_CM) -> Tensor:
        """Poses of people held out, drawn without returning; no closer to each other than their tier says."""
        rotations, tiers = self._people_held_out
        return self._drawn(rotations[tiers <= tier], most)

    def _mixed(self, most: int) -> Tensor:
        """Poses of everybody, every other one as in a mirror."""
        drawn = self._drawn(torch.cat([self._others.rotations, self._people_held_out[0]]), most)
        drawn[1::2] = mirror_rotations(drawn[1::2])
        return drawn

    def _drawn(self, rotations: Tensor, most: int) -> Tensor:
        order = torch.randperm(len(rotations), generator=torch.Generator().manual_seed(self._seed))
        return rotations[order[: min(most, self._count or most)]]

    @cached_property
    def _people_held_out(self) -> tuple[Tensor, Tensor]:
        banks = [load_poses(self._folder, split, shippable_only=False) for split in SPLITS[1:]]
        return torch.cat([bank.rotations for bank in banks]), torch.cat([bank.tier for bank in banks])

    @cached_property
    def _others(self) -> PoseBank:
        return load_poses(self._folder, SPLITS[0], shippable_only=False)

    def _known(self, tier: int) -> Tensor:
        return self._others.rotations[self._others.tier <= tier]
