"""Poses of a conversation as files: which poses, in which format, under which name, seen from where."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unipose.body.export import SEQUENCES, export
from unipose.body.files.maps import MAPS
from unipose.body.pose import Pose
from unipose.body.views import View

if TYPE_CHECKING:
    from unipose.body.mesh import FreeBody
    from unipose.chat import Turn

MAX_SIDE = 1024
"""Pixels of a picture's longer side."""

MAX_POSES = 64
"""Poses of a movement, the latest; a rigged body with more takes too long to make while others wait."""

_MOVEMENTS = ("glb", "bvh")
_LONGEST_NAME = 60
_FAR = 100.0  # metres; an eye further away sees nothing of a body


@dataclass(frozen=True)
class Format:
    """A kind of file that is offered.

    Attributes:
        label: what it is, in a few words.
        ending: of the file.
        kind: of a picture; see :data:`unipose.body.export.KINDS`.
    """

    label: str
    ending: str
    kind: str = "snapshot"


FORMATS: tuple[Format, ...] = (
    Format("GLB, rigged body", "glb"),
    Format("BVH, skeleton", "bvh"),
    Format("OBJ, mesh", "obj"),
    Format("NPZ, AMASS layout", "npz"),
    Format("JSON", "json"),
    Format("PNG, picture", "png"),
    *(Format(f"PNG, {kind} map", "png", kind) for kind in MAPS),
)

SCOPES = ("This pose", "All poses")


@dataclass(frozen=True)
class Wish:
    """What somebody wants to save, checked.

    Attributes:
        poses: at least one, in order.
        format: of the file.
        name: of the file, with its ending.
        camera: where a picture is taken from; None frames the body.
        remark: what was left out, if anything; a sentence.
    """

    poses: tuple[Pose, ...]
    format: Format
    name: str
    camera: View | None = None
    remark: str = ""


def poses_of(turns: Sequence[Turn]) -> list[Pose]:
    """The poses that were in view, in order; one that stayed counts once, a fresh start not at all."""
    seen: list[Pose] = []
    for turn in turns:
        if turn.pose is not None and (not seen or seen[-1] != turn.pose):
            seen.append(turn.pose)
    return seen


def wish_for(turns: Sequence[Turn], label: Any, scope: Any, name: Any, camera: Any) -> Wish:
    """A wish out of what a browser sent.

    Args:
        turns: of the conversation.
        label: of one of :data:`FORMATS`.
        scope: one of :data:`SCOPES`; what holds one pose is given the one in view.
        name: for the file, without ending; may be empty.
        camera: see :func:`view_of`.

    Raises:
        ValueError: there is no pose, or no such format.
    """
    chosen = next((each for each in FORMATS if each.label == label), None)
    if chosen is None:
        raise ValueError(f"there is no format {str(label)[:40]!r}; pick one of the list")
    in_view = turns[-1].pose if turns else None
    if in_view is None:
        raise ValueError("there is no pose to save yet; say one first")
    poses, remark = [in_view], ""
    if scope == SCOPES[1]:
        seen = poses_of(turns)
        if chosen.ending not in SEQUENCES:
            remark = "It holds one pose, the one in view." if len(seen) > 1 else ""
        else:
            poses = seen[-MAX_POSES:] if chosen.ending in _MOVEMENTS else seen
            remark = f"It has the last {MAX_POSES} of {len(seen)} poses." if len(poses) < len(seen) else ""
    return Wish(tuple(poses), chosen, file_name(name, chosen, len(poses)), view_of(camera), remark)


def file_name(name: Any, chosen: Format, poses: int) -> str:
    """A name that every system takes, by the one that was given, if any."""
    words = re.sub(r"[^A-Za-z0-9_-]+", "-", name if isinstance(name, str) else "").strip("-_")[:_LONGEST_NAME]
    what = chosen.kind if chosen.kind in MAPS else ""
    base = "-".join(filter(None, (words, what))) if words else f"unipose-{what or ('pose' if poses == 1 else 'poses')}"
    return f"{base}.{chosen.ending}"


def view_of(camera: Any) -> View | None:
    """The view that a browser tells, or None where it tells none that a picture can be taken from.

    Args:
        camera: JSON of an object with ``position`` and ``target`` in metres, ``field_of_view`` in degrees, and ``size``
            in pixels, of which at most :data:`MAX_SIDE` are kept.
    """
    if not isinstance(camera, str) or len(camera) > 1000:
        return None
    try:
        told = json.loads(camera)
        width, height = (float(side) for side in told["size"])
        smaller = min(1.0, MAX_SIDE / max(width, height))
        position, target = (tuple(float(each) for each in told[key]) for key in ("position", "target"))
        size = max(1, round(width * smaller)), max(1, round(height * smaller))
        view = View(position, target, float(told["field_of_view"]), size)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError, OverflowError, ZeroDivisionError, RecursionError):
        return None
    sensible = min(width, height) >= 1 and max(map(abs, (*view.position, *view.target))) <= _FAR
    return view if sensible else None


def save(wish: Wish, folder: Path, body: FreeBody) -> Path:
    """Make the file in a folder; one of its name there is replaced.

    Raises:
        ValueError: the body cannot be seen from the camera; a sentence.
    """
    picture: dict[str, Any] = {}
    if wish.format.ending == "png":
        picture = {"kind": wish.format.kind, "camera": wish.camera}
    poses = wish.poses if len(wish.poses) > 1 else wish.poses[0]
    return export(poses, folder / wish.name, body=body, **picture)


def size_of(path: Path) -> str:
    """A file's size as people read it."""
    size = path.stat().st_size
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(1, round(size / 2**10))} kB"
