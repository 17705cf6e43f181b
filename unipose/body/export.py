"""Poses as files for other programs. :mod:`unipose.body.files` has the formats, one a module."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL.PngImagePlugin import PngInfo

from unipose.body.files import plain
from unipose.body.files.bvh import bvh_text
from unipose.body.files.glb import rigged_glb
from unipose.body.files.maps import MAPS, draw_map
from unipose.body.files.scene import standing_vertices
from unipose.body.files.timeline import timeline
from unipose.body.mesh import FreeBody
from unipose.body.pose import Pose
from unipose.body.render import render
from unipose.body.views import View

FORMATS: tuple[str, ...] = ("npz", "json", "obj", "glb", "bvh", "png")
"""Endings of the files that can be written."""

KINDS: tuple[str, ...] = ("snapshot", *MAPS)
"""What a ``.png`` can show."""

SEQUENCES: tuple[str, ...] = ("npz", "json", "glb", "bvh")
"""Endings of the files that can hold several poses."""

_SIZE = (768, 768)  # pixels of a picture whose view is not given


def export(
    poses: Pose | Sequence[Pose],
    path: str | Path,
    *,
    kind: str = "snapshot",
    fps: float = 30.0,
    seconds_between: float = 0.8,
    camera: View | None = None,
    body: FreeBody | None = None,
) -> Path:
    """Write poses in the format that the file's ending names.

    ======  =========================================================================================================
    npz     the poses in AMASS's layout, axis-angle, Y up (:mod:`unipose.body.files.plain`)
    json    the poses with joint names, units, axes and rotation convention
    obj     the posed body, triangles in metres, Y up
    glb     the body with its skeleton; several poses as a movement with eased in-betweens
    bvh     the skeleton and the movement, centimetres and degrees (:mod:`unipose.body.files.bvh`)
    png     a picture: ``kind`` says of what (:mod:`unipose.body.files.maps`)
    ======  =========================================================================================================

    Args:
        poses: one, or several in order.
        path: where to; a file there is replaced.
        kind: for ``.png``, one of :data:`KINDS`.
        fps: frames a second, of glb and bvh.
        seconds_between: from one pose to the next.
        camera: for ``.png``, where the eye is; the body stands as :mod:`unipose.body.files.scene` says. Left out, the
            body is framed from slightly to its left and above.
        body: whose skin; the full free body when left out.

    Returns:
        ``path``.

    Raises:
        ValueError: another ending or kind, no pose, several poses in a file for one, or a rate out of range.
        OSError: the file cannot be written.
    """
    path = Path(path)
    listed = [poses] if isinstance(poses, Pose) else list(poses)
    ending = path.suffix.lower().removeprefix(".")
    _check(listed, path, ending, kind)
    movement = timeline(listed, fps, seconds_between)  # refuses bad rates for every format
    if ending == "npz":
        plain.write_npz(listed, path, seconds_between)
    elif ending == "json":
        path.write_text(plain.json_text(listed, seconds_between), encoding="utf-8")
    elif ending == "bvh":
        path.write_text(bvh_text(movement), encoding="ascii")
    else:
        skin = body or FreeBody.load("full")
        if ending == "glb":
            path.write_bytes(rigged_glb(skin, movement))
        elif ending == "obj":
            path.write_text(plain.obj_text(standing_vertices(skin, listed[0].rotations), skin.faces), encoding="ascii")
        else:
            _write_picture(kind, skin, listed[0], path, camera)
    return path


def _check(poses: list[Pose], path: Path, ending: str, kind: str) -> None:
    if ending not in FORMATS:
        raise ValueError(f"poses are exported as {_either(FORMATS)}, found '{path.name}'")
    if kind not in KINDS:
        raise ValueError(f"a picture shows a {_either(KINDS)}, found {kind!r}")
    if kind != "snapshot" and ending != "png":
        raise ValueError(f"a {kind} map is a .png, found '{path.name}'")
    if not poses or not all(isinstance(pose, Pose) for pose in poses):
        raise ValueError(f"expected poses to export, found {[type(pose).__name__ for pose in poses[:3]]}")
    if len(poses) > 1 and ending not in SEQUENCES:
        raise ValueError(f"a .{ending} holds one pose, found {len(poses)}; {_either(SEQUENCES)} hold several")


def _either(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _write_picture(kind: str, body: FreeBody, pose: Pose, path: Path, camera: View | None) -> None:
    vertices = standing_vertices(body, pose.rotations)
    if camera is None:
        floor = vertices * torch.tensor([1.0, 0.0, 1.0])
        camera = View.around(torch.cat((vertices, floor)), size=_SIZE)
    if kind == "snapshot":
        render(vertices, body.faces, view=camera).save(path)
        return
    picture, said = draw_map(kind, body, pose.rotations, camera)
    info = PngInfo()
    for key, text in said.items():
        info.add_text(key, text)
    picture.save(path, pnginfo=info)
