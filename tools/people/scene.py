"""Drawing with OpenGL, off screen: the surroundings, then the people, then what hides them, with their depth.

Runs on any driver that offers EGL; with Mesa's software driver no graphics card is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import moderngl
import numpy as np

from tools.people.backgrounds import Backdrop
from tools.people.bodies import Figure
from tools.people.cameras import FAR, NEAR, Camera
from tools.people.clothes import MOST, Outfit
from tools.people.light import Light
from tools.people.settings import HEIGHT, WIDTH
from tools.people.worn import Thing
from unipose.body.mesh import FreeBody

_SHADERS = Path(__file__).with_name("shaders")
_FINE = 1.5  # drawn this many times finer than the picture, then averaged
_ROOM_FOR_THINGS, _ROOM_FOR_SOLIDS = 4096, 16384  # vertices


@dataclass(frozen=True, eq=False)
class Actor:
    """A person in the scene: figure, clothes, and where the pelvis is in camera axes [3] metres."""

    figure: Figure
    outfit: Outfit
    things: list[Thing]
    position: np.ndarray


@dataclass(frozen=True, eq=False)
class Shot:
    """What was drawn, rows from the top, finer than the picture.

    Attributes:
        behind: uint8 [h, w, 3].
        person: uint8 [h, w, 4], alpha 0 where only the surroundings are seen.
        depth: float32 [h, w], metres along the camera's axis to the nearest person or thing before them;
            :data:`~tools.people.cameras.FAR` where there is none.
    """

    behind: np.ndarray
    person: np.ndarray
    depth: np.ndarray


class Studio:
    """Holds what the graphics driver keeps between pictures. One per process.

    Raises:
        RuntimeError: when no EGL driver can be opened.
    """

    def __init__(self, body: FreeBody) -> None:
        try:
            self.context = moderngl.create_context(standalone=True, backend="egl")  # type: ignore[arg-type]  # its stub is wrong
        except Exception as error:  # the library raises bare Exception
            raise RuntimeError(f"no EGL driver to draw with ({error}); install libegl1 and libgl1-mesa-dri") from None
        self.size = (round(WIDTH * _FINE), round(HEIGHT * _FINE))
        self.depths = self.context.depth_texture(self.size)
        self.canvas = self.context.framebuffer([self.context.texture(self.size, 4)], self.depths)
        self.person, self.solid, self.backdrop = (
            self.context.program(vertex_shader=_source(f"{name}.vert"), fragment_shader=_source(f"{name}.frag"))
            for name in ("person", "solid", "backdrop")
        )
        self._lay_out(body)

    def _lay_out(self, body: FreeBody) -> None:
        context, count = self.context, len(body.rest_vertices)
        rest = context.buffer(body.rest_vertices.numpy().astype("f4").tobytes())
        self.skin = context.buffer(reserve=count * 24, dynamic=True)
        layout = [(self.skin, "3f 3f", "place", "normal"), (rest, "3f", "rest")]
        self.rest, self.faces = body.rest_vertices.numpy(), body.faces.numpy().astype("i4")
        self.body = context.vertex_array(self.person, layout, index_buffer=context.buffer(self.faces.tobytes()))
        self.corners = context.buffer(reserve=self.faces.nbytes, dynamic=True)
        self.shell = context.vertex_array(self.person, layout, index_buffer=self.corners)
        self.cloth = context.buffer(reserve=_ROOM_FOR_THINGS * 36, dynamic=True)
        self.things = context.vertex_array(self.person, [(self.cloth, "3f 3f 3f", "place", "normal", "rest")])
        self.pieces = context.buffer(reserve=_ROOM_FOR_SOLIDS * 36, dynamic=True)
        self.solids = context.vertex_array(self.solid, [(self.pieces, "3f 3f 3f", "place", "normal", "paint")])
        screen = context.buffer(np.array([[-1, -1], [3, -1], [-1, 3]], "f4").tobytes())
        self.screen = context.vertex_array(self.backdrop, [(screen, "2f", "corner")])

    def draw(
        self,
        camera: Camera,
        light: Light,
        backdrop: Backdrop,
        actors: list[Actor],
        behind: np.ndarray,
        before: np.ndarray,
    ) -> Shot:
        """Draw a scene.

        Args:
            actors: the person first, then others.
            behind, before: triangles [n, 9] of :mod:`tools.people.solids`.
        """
        self.canvas.use()
        self.canvas.clear(0, 0, 0, 0, depth=1)
        self.context.disable(moderngl.DEPTH_TEST)
        self._surround(camera, light, backdrop)
        self.context.enable(moderngl.DEPTH_TEST)
        for program in (self.person, self.solid):
            _set(program, projection=camera.matrix.T, above=light.above, light_from=light.directions)
            _set(program, light_colour=light.colours, ambient_above=light.ambient_above)
            _set(program, ambient_below=light.ambient_below, seed=backdrop.seed)
        self._place(behind)
        surroundings = self._pixels(3)
        self.canvas.clear(0, 0, 0, 0, depth=1)
        for actor in actors:
            self._dress(actor)
        self._place(before)
        depth = np.frombuffer(self.depths.read(), "f4").reshape(self.size[::-1])[::-1]
        metres = 2 * FAR * NEAR / (FAR + NEAR - (2 * depth - 1) * (FAR - NEAR))
        return Shot(surroundings, self._pixels(4), metres)

    def _pixels(self, channels: int) -> np.ndarray:
        flat = np.frombuffer(self.canvas.read(components=channels), np.uint8)
        return flat.reshape(self.size[1], self.size[0], channels)[::-1]

    def _surround(self, camera: Camera, light: Light, backdrop: Backdrop) -> None:
        half = np.array([WIDTH, HEIGHT]) / 2
        shift = (camera.centre / half - 1) * [1, -1]
        _set(self.backdrop, to_gravity=camera.turn, lens=half / camera.focal, shift=shift, brightness=light.brightness)
        _set(self.backdrop, kind=backdrop.kind, wall_kind=backdrop.wall_kind, floor_kind=backdrop.floor_kind)
        _set(self.backdrop, floor_height=backdrop.floor, wall=backdrop.wall, tone=backdrop.tones, seed=backdrop.seed)
        _set(self.backdrop, scale=backdrop.scale, feet=backdrop.feet)
        self.screen.render(moderngl.TRIANGLES)

    def _place(self, triangles: np.ndarray) -> None:
        if len(triangles):
            self.pieces.write(triangles.astype("f4").tobytes())
            self.solids.render(moderngl.TRIANGLES, vertices=len(triangles))

    def _dress(self, actor: Actor) -> None:
        outfit, figure, garments = actor.outfit, actor.figure, actor.outfit.garments
        self.skin.write(np.concatenate([figure.vertices, figure.normals], 1).astype("f4").tobytes())
        room = np.zeros((MOST, 4))

        def padded(rows: list, width: int) -> np.ndarray:
            table = room[:, :width].copy()
            table[: len(rows)] = np.array(rows).reshape(-1, width)
            return table

        _set(
            self.person,
            position=actor.position,
            count=len(garments),
            region=padded([(g.kind, *g.edges) for g in garments], 4),
            shape=padded([(g.neck, g.gap, g.fold, g.gloss) for g in garments], 4),
            pattern=padded([g.pattern for g in garments], 4),
            first=padded([g.first for g in garments], 3),
            second=padded([g.second for g in garments], 3),
            skin=outfit.skin,
            lips=outfit.lips,
            brows=outfit.brows,
            iris=outfit.iris,
            seed=outfit.seed,
            seams=0.012,
        )
        # the outermost first, so that what they hide is not painted
        _set(self.person, layer=-1, thickness=0.0, flare=(0, 0, 1), loose=0.0)
        for thing in actor.things:
            places, normals = thing.posed(figure)
            corners = thing.faces.reshape(-1)
            rows = np.concatenate([places, normals, thing.places], 1)[corners]
            self.cloth.write(rows.astype("f4").tobytes())
            _set(self.person, direct=thing.garment)
            self.things.render(moderngl.TRIANGLES, vertices=len(corners))
        _set(self.person, direct=-1)
        for number, garment in reversed(list(enumerate(garments))):
            if garment.thickness > 0:
                _set(self.person, layer=number, thickness=garment.thickness, flare=garment.flare, loose=garment.loose)
                chosen = self.faces[garment.may_cover(self.rest)[self.faces].any(1)]
                self.corners.write(chosen.tobytes())
                self.shell.render(moderngl.TRIANGLES, vertices=chosen.size)
        _set(self.person, layer=-1, thickness=0.0, flare=(0, 0, 1), loose=0.0)
        self.body.render()


def _source(name: str) -> str:
    """A shader with the shared noise before it."""
    shared = (_SHADERS / "noise.glsl").read_text(encoding="utf-8")
    return f"#version 330\n{shared}\n{(_SHADERS / name).read_text(encoding='utf-8')}"


def _set(program: moderngl.Program, **values) -> None:
    """Set uniforms; those that the driver removed as unused are passed over."""
    for name, value in values.items():
        member = program.get(name, None)
        if not isinstance(member, moderngl.Uniform):
            continue
        if isinstance(value, (int, float)):
            member.value = value
        else:
            member.write(np.ascontiguousarray(value, "f4").tobytes())
