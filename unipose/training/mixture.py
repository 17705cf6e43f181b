"""What a stage reads: named sources of examples, and how many of each make a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from unipose.data.synthesis import Synthesis

Groups = tuple[Mapping[str, int], ...]

MIXTURES: dict[str, tuple[dict[str, int], ...]] = {
    # Every step holds every task: steps of one task pull to and fro. In groups of like length, each one pass.
    "alignment": ({"generate": 24, "describe": 14}, {"edit": 14, "compare": 9}, {"prompts": 72}),
    "projector": ({"pictures": 16}, {"sights": 16}),
    "instruction": (
        {"generate": 12, "situations": 8, "chat": 6, "describe": 10},
        {"edit": 12, "compare": 8, "ask": 10},
        {"dialogues": 6},
        {"prompts": 48},
        {"pictures": 8},
        {"sights": 16},
    ),
}
"""Examples a step of each stage, by source, in groups that are one forward pass each."""
_IF_THERE = ("pictures", "sights", "situations")
"""Sources that not everybody has: pictures are for models with image towers, sights for those with a pose reader, and
situations need the poses of named entries."""


class Example(Protocol):
    """One thing to learn. :class:`unipose.data.records.Record` is one."""

    @property
    def statements(self) -> tuple[str, ...]:
        """What the text claims of the answer's pose, spelt (:func:`unipose.language.items.spell`), if known."""

    @property
    def question_poses(self) -> tuple[tuple[int, ...], ...]:
        """Codes of the poses in the last question."""

    @property
    def answers_with_pose(self) -> bool:
        """Whether the last answer is a pose."""

    def messages(self) -> list[dict[str, Any]]:
        """A conversation for the processor, which ends with the answer to learn."""


class Source(Protocol):
    """Gives examples of one kind."""

    def batch(self, size: int, seed: int) -> Sequence[Example]:
        """``size`` examples, a pure function of ``seed``; called from another thread than the training's."""


@dataclass(frozen=True)
class Task:
    """The examples of one task that are written about a bank of poses."""

    synthesis: Synthesis
    task: str

    def batch(self, size: int, seed: int) -> Sequence[Example]:
        """See :class:`Source`."""
        return self.synthesis.batch(self.task, size, seed)


@dataclass(frozen=True)
class Mixture:
    """The sources of a stage, and how many examples of each make a step.

    Raises:
        ValueError: when a group names a source that is not there.
    """

    sources: Mapping[str, Source]
    groups: Groups

    def __post_init__(self) -> None:
        unknown = sorted({name for group in self.groups for name in group} - set(self.sources))
        if unknown:
            raise ValueError(f"the mixture wants {', '.join(unknown)}; there are {', '.join(self.sources)}")

    @classmethod
    def of(cls, stage: str, sources: Mapping[str, Source]) -> Mixture:
        """The table's mixture of a stage, without what not everybody has where there is no source of it.

        Raises:
            ValueError: when nothing is left, or another source is missing.
        """
        absent = set(_IF_THERE) - set(sources)
        groups = [{name: count for name, count in group.items() if name not in absent} for group in MIXTURES[stage]]
        if not any(groups):
            raise ValueError(f"stage {stage} learns from pictures alone; name a folder of them")
        return cls(sources, tuple(group for group in groups if group))

    @property
    def names(self) -> tuple[str, ...]:
        """Sources that a step draws from."""
        return tuple(name for group in self.groups for name in group)

    def seed(self, seed: int, step: int, share: int, shares: int) -> int:
        """A number of its own for every share of every step, with room for one a source before the next."""
        return ((seed * 1_000_003 + step) * shares + share) * len(self.names)

    def share(self, seed: int, step: int, share: int, shares: int) -> list[list[Example]]:
        """One share of a step, group by group.

        Raises:
            ValueError: when there are more shares than examples of every kind.
        """
        # A seed of its own for every source, or they would all speak of the same poses.
        first = self.seed(seed, step, share, shares)
        dealt = []
        for group in self.groups:
            counts = {name: count // shares + (share < count % shares) for name, count in group.items()}
            drawn = [
                example
                for name, count in counts.items()
                if count
                for example in self.sources[name].batch(count, first + self.names.index(name))
            ]
            if drawn:
                dealt.append(drawn)
        if not dealt:
            raise ValueError(f"a step of {dict(self.groups[0])} cannot be cut into {shares} shares; take fewer")
        return dealt
