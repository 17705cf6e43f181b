"""One pose in words: in all the manners in which people ask for poses, and in the plain one of descriptions."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from unipose.data.wording import draw
from unipose.language.captions import Caption
from unipose.language.choosing.plan import Planner
from unipose.language.measuring.registry import Registry
from unipose.language.writing.describer import Describer
from unipose.language.writing.styles import REGISTERS
from unipose.language.writing.writer import Writer

# Shares of the manners of a request: bare statements, a text at a level of detail, one part of the body only.
_MANNERS = {"statements": 0.5, "level": 0.4, "part": 0.1}
_REQUEST_LEVELS = {0: 0.35, 1: 0.4, 2: 0.25}
_DESCRIPTION_LEVELS = {1: 0.6, 2: 0.4}
_PLAIN = 0.4  # share of requests in the plain register
_PARTS = ("left_arm", "right_arm", "arms", "left_leg", "right_leg", "legs", "head", "trunk")
_STATEMENTS = {1: 0.2, 2: 0.2, 3: 0.28, 4: 0.16, 5: 0.1, 6: 0.06}
_BESIDES = {0: 0.6, 1: 0.25, 2: 0.15}  # statements beside a name


@dataclass(frozen=True, eq=False)
class Seen:
    """What is known of a pose: its ``values`` [M] (``Registry.measure_poses``), ``margins`` and ``truth`` [P]."""

    values: Tensor
    margins: NDArray[np.float32]
    truth: NDArray[np.int8]


class Teller:
    """Writes about single poses.

    Args:
        registry, writer: the words.
    """

    def __init__(self, registry: Registry, writer: Writer) -> None:
        self._registry, self._writer = registry, writer
        self._describer = Describer(writer, Planner(registry))
        self._names = np.array([predicate.region == "name" for predicate in registry.table])

    def see(self, values: Tensor) -> list[Seen]:
        """What is known of poses with measures [B, M]."""
        margins = self._registry.margins(values)
        rows = zip(values, margins.numpy(), self._registry.decided(margins).numpy(), strict=True)
        return [Seen(*row) for row in rows]

    def request(self, seen: Seen, rng: random.Random) -> Caption:
        """Words that ask for this pose; empty when there is nothing to say."""
        manner = draw(_MANNERS, rng)
        if manner == "statements":
            return self._writer.caption(seen.truth, rng, count=draw(_STATEMENTS, rng), mood="mixed")
        level = draw(_REQUEST_LEVELS, rng) if manner == "level" else 2
        part = rng.choice(_PARTS) if manner == "part" else None
        register = "plain" if rng.random() < _PLAIN else rng.choice(REGISTERS)
        return self._describer.describe(seen.values, rng, level, register, part=part, margins=seen.margins)

    def description(self, seen: Seen, rng: random.Random) -> Caption:
        """What this pose looks like, in plain words."""
        level = draw(_DESCRIPTION_LEVELS, rng)
        return self._describer.describe(seen.values, rng, level, margins=seen.margins)

    def by_name(self, name: str, seen: Seen, rng: random.Random) -> Caption:
        """A request by name, at times with more that is true of the pose."""
        which = self._registry.index[name]
        chooser = self._writer.chooser
        known = chooser.silences(which) | {which}
        more = [one for one in chooser.spoken(seen.truth) if one not in known and not self._names[one]]
        said = chooser.choose(more, rng, draw(_BESIDES, rng)) if more else []
        return self._writer.write([which, *said], rng, "mixed")
