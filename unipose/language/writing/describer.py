"""A pose in words: what to say (the planner) and how to say it (the writer) in one call."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from unipose.language.captions import Caption
from unipose.language.items import Item
from unipose.language.writing.styles import Style
from unipose.language.writing.writer import Writer


class Plan(Protocol):
    """What is to be said, sentence by sentence."""

    @property
    def sentences(self) -> Sequence[Sequence[Item]]: ...


class Planner(Protocol):
    """Decides what to say of a pose (``unipose.language.choosing.plan``)."""

    def plan(
        self,
        values: Tensor,
        rng: random.Random,
        level: int,
        part: str | None = None,
        margins: NDArray[np.float32] | None = None,
    ) -> Plan: ...


class Describer:
    """Describes poses.

    Args:
        writer: says it.
        planner: decides what to say.
    """

    def __init__(self, writer: Writer, planner: Planner) -> None:
        self._writer = writer
        self._planner = planner

    def describe(
        self,
        values: Tensor,
        rng: random.Random,
        level: int = 2,
        register: str = "plain",
        viewpoint: str = "subject",
        part: str | None = None,
        margins: NDArray[np.float32] | None = None,
    ) -> Caption:
        """Describe one pose.

        Args:
            values: [M] measures (``Registry.measure_poses``).
            rng: source of all randomness.
            level: 0 tag, 1 gist, 2 short, 3 full, 4 exact.
            register, viewpoint: see :class:`unipose.language.writing.styles.Style`.
            part: only what concerns this region of the body ("left_arm", "legs", "head", ...).
            margins: float32 [P] (``Registry.margins``), where many poses were judged at once.

        Returns:
            A text, its statements (true of the subject, whatever the viewpoint) and its style. The text is empty only
            if nothing can be said.

        Raises:
            ValueError: on an unknown level, register, viewpoint or part.
        """
        style = Style(register=register, viewpoint=viewpoint, level=level)
        return self._writer.tell(self._planner.plan(values, rng, level, part, margins).sentences, rng, style)
