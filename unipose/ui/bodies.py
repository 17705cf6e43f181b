"""The bodies that can be drawn, and how a visitor has shaped one.

The free body is always there. The user's licensed SMPL file is offered where ``UNIPOSE_SMPL_PATH`` names one, see
:mod:`unipose.body.smpl_files`. Each has a mesh for the picture at rest; the free body also has a light one, for
pictures in motion on machines that draw slowly.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from unipose.body.mesh import FreeBody
from unipose.body.smpl import SmplBody
from unipose.body.smpl_files import PATH_VARIABLE

log = logging.getLogger(__name__)

FREE, LICENSED = "free", "smpl"
REACH = 2.0
"""Standard deviations to which a slider goes."""


class Body(Protocol):
    """What is drawn: :class:`unipose.body.mesh.FreeBody` or :class:`unipose.body.smpl.SmplBody`."""

    @property
    def faces(self) -> Tensor: ...
    @property
    def parts(self) -> Tensor: ...
    def vertices(self, rotations: Tensor) -> Tensor: ...
    def joints(self, rotations: Tensor) -> Tensor: ...
    def shaped(self, amounts: Any, /) -> Body: ...


@dataclass(frozen=True)
class Slider:
    """One way to shape a body.

    Attributes:
        name: what it changes most.
        component: of the body's shape.
        sign: -1 where more of the component is less of what the name says.
    """

    name: str
    component: int
    sign: int = 1


# Named after what was measured on the mesh: stature, breadth of the shoulders, bust and hips against waist, and volume.
_FREE_SLIDERS = (Slider("Height", 0), Slider("Shoulders", 1, -1), Slider("Curves", 2, -1), Slider("Build", 5))
_BETAS = tuple(Slider(f"Shape {number + 1}", number) for number in range(6))


@dataclass(frozen=True)
class Look:
    """Which body a visitor sees, and its shape.

    Attributes:
        body: :data:`FREE` or :data:`LICENSED`.
        amounts: of the body's sliders, in their order, each within :data:`REACH`; none stands for the average.
    """

    body: str = FREE
    amounts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.body not in (FREE, LICENSED):
            raise ValueError(f"the body is '{FREE}' or '{LICENSED}', found {self.body!r}")
        if len(self.amounts) > len(_sliders(self.body)) or not all(
            math.isfinite(amount) and abs(amount) <= REACH for amount in self.amounts
        ):
            raise ValueError(
                f"a shape is at most {len(_sliders(self.body))} numbers from -{REACH:g} to {REACH:g}, "
                f"found {self.amounts}"
            )

    @property
    def components(self) -> list[float]:
        """The body's own shape components: of the free body, or SMPL betas."""
        components = [0.0] * 10
        for slider, amount in zip(_sliders(self.body), self.amounts, strict=False):
            components[slider.component] = slider.sign * amount
        return components


def _sliders(body: str) -> tuple[Slider, ...]:
    return _FREE_SLIDERS if body == FREE else _BETAS


@dataclass(frozen=True)
class Figure:
    """A body as somebody has shaped it.

    Attributes:
        full: drawn at rest.
        light: of the same proportions, drawn in motion and as the pose before; the same body where there is none.
        mesh, light_mesh: names under which their triangles are served.
    """

    full: Body
    light: Body
    mesh: str
    light_mesh: str


class Bodies:
    """All bodies. Shared by all visitors; holds nothing of any of them.

    Args:
        free: the free body.
        licensed: the user's own, where there is one.
    """

    def __init__(self, free: FreeBody, licensed: SmplBody | None = None) -> None:
        light = FreeBody.load("light")
        swift = light if len(light.parts) < len(free.parts) else free
        self._figures = {FREE: Figure(free, swift, "free-full", "free-light")}
        if swift is free:
            self._figures[FREE] = Figure(free, free, "free-light", "free-light")
        self._titles = {FREE: "Free body"}
        if licensed is not None:
            self._figures[LICENSED] = Figure(licensed, licensed, "smpl", "smpl")
            self._titles[LICENSED] = licensed.kind
        self._shaped = lru_cache(maxsize=16)(self._shape)

    def figure(self, look: Look) -> Figure:
        """The body of a look; the free one where the licensed one is not at hand."""
        if look.body not in self._figures:
            look = Look()
        return self._shaped(look) if any(look.amounts) else self._figures[look.body]

    def _shape(self, look: Look) -> Figure:
        figure = self._figures[look.body]
        full = figure.full.shaped(look.components)
        light = full if figure.light is figure.full else figure.light.shaped(look.components)
        return Figure(full, light, figure.mesh, figure.light_mesh)

    def offered(self) -> list[dict[str, Any]]:
        """What the panel lets choose: name and title of each body, its badge, and the names of its sliders."""
        badges = {FREE: "free body, approximate proportions"}
        return [
            {
                "name": name,
                "title": title,
                "badge": badges.get(name, f"{title}, your licensed file"),
                "sliders": [slider.name for slider in _sliders(name)],
            }
            for name, title in self._titles.items()
        ]

    def files(self) -> Iterable[tuple[str, bytes]]:
        """The parts of the bodies that never change, by file name: triangles and, vertex by vertex, skin parts.

        ``NAME.triangles.bin`` is little-endian uint32 [F, 3], ``NAME.parts.bin`` is uint8 [V].
        """
        for figure in self._figures.values():
            for name, body in {figure.mesh: figure.full, figure.light_mesh: figure.light}.items():
                yield f"{name}.triangles.bin", np.asarray(body.faces).astype("<u4").tobytes()
                yield f"{name}.parts.bin", np.asarray(body.parts).astype(np.uint8).tobytes()


def licensed_body() -> SmplBody | None:
    """The user's licensed body, where ``UNIPOSE_SMPL_PATH`` names one that can be used; a warning where it cannot."""
    if not os.environ.get(PATH_VARIABLE):
        return None
    try:
        body = SmplBody.load()
        body.vertices(FreeBody.load("light").rest_vertices.new_tensor(np.eye(3)).expand(22, 3, 3))
    except (ValueError, ImportError) as error:
        log.warning("the page offers the free body only: %s", error)
        return None
    return body
