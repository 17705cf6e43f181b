"""Poses out of files that other people made."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from unipose.body.archives import read_arrays
from unipose.body.files import layouts
from unipose.body.files.axes import UPS, Up, guess_up, told, turn_upright
from unipose.body.files.bvh_parsing import parse_bvh
from unipose.body.files.bvh_retarget import retarget
from unipose.body.files.plain import SEQUENCE_FORMAT
from unipose.body.pose import Pose
from unipose.body.skeleton import JOINT_NAMES

READABLE: tuple[str, ...] = ("npz", "json", "bvh")
"""Endings of the files that can be read."""

MAX_MEGABYTES: dict[str, int] = {"npz": 64, "json": 16, "bvh": 64}
"""A file of each ending, and what an archive's poses unpack to, is no larger."""

_OURS = ("unipose.pose", SEQUENCE_FORMAT)


@dataclass(frozen=True)
class Imported:
    """What was in a file.

    Attributes:
        poses: at least one, in order, in the axes of :mod:`unipose.body.skeleton`.
        times: seconds of each from the first frame of the file; whole numbers, the frames, where it has no rate.
        stated: one paragraph: format and convention as detected, frames, what was converted, left out or approximated.
    """

    poses: tuple[Pose, ...]
    times: tuple[float, ...]
    stated: str


@dataclass(frozen=True, eq=False)
class _Content:
    """One file's frames: axis-angle [T, 22, 3] or matrices [T, 22, 3, 3], and the verticals they may have.

    No verticals at all mean that the axes are ours already.
    """

    values: np.ndarray
    stated: str
    remarks: tuple[str, ...]
    rate: float | None
    verticals: tuple[Up, ...]


def read_poses(path: str | Path, *, up: Up = "auto", frame: int | None = None, max_frames: int = 200) -> Imported:
    """Read the poses of a file.

    ======  =========================================================================================================
    npz     AMASS and its kin: ``poses`` [T, 66, 72, 156 or 165] (SMPL body, SMPL, SMPL-H, SMPL-X), or ``root_orient``
            with ``pose_body``, or ``global_orient`` with ``body_pose``; axis-angle or matrices; one pose or many
    json    ours; an object with the same keys (SMPLify-X); a bare list of 66, 72, 156 or 165 numbers, or a list of such
    bvh     any skeleton of a person whose joints are named in one of the usual ways
            (:mod:`unipose.body.files.bvh_retarget`)
    ======  =========================================================================================================

    Args:
        path: the file; its ending names the format.
        up: which way is up in it. ``auto`` believes the file where it says, else sees how the bodies stand; a single
            pose of someone lying can be taken wrongly, so ``stated`` says what was decided. The skeleton of a BVH
            shows its axes.
        frame: only this frame, from 0; all when left out.
        max_frames: of more, so many are kept, evenly spread, the first and the last among them.

    Raises:
        ValueError: in one line: no such file, too large, not of its format, no poses in it, not finite, wrong shapes.
    """
    path = Path(path)
    ending = path.suffix.lower().removeprefix(".")
    readers = {"npz": _read_npz, "json": _read_json, "bvh": _read_bvh}
    if ending not in readers:
        raise ValueError(f"poses are read from .{', .'.join(READABLE[:-1])} or .{READABLE[-1]}, found '{path.name}'")
    if up not in UPS:
        raise ValueError(f"up is {', '.join(UPS)}, found {up!r}")
    if max_frames < 1:
        raise ValueError(f"max_frames must be at least 1, found {max_frames}")
    if not path.is_file():
        raise ValueError(f"no pose file at '{path}'")
    megabytes = path.stat().st_size / 2**20
    if megabytes > MAX_MEGABYTES[ending]:
        raise ValueError(f"'{path.name}' has {megabytes:.0f} MB, more than {MAX_MEGABYTES[ending]}; cut it shorter")
    try:
        return _finish(readers[ending](path), up, frame, max_frames)
    except (ValueError, RecursionError, OverflowError) as error:
        text = " ".join(str(error).split())
        raise ValueError(f"'{path.name}' cannot be read as poses: {text[:400]}") from None


def _finish(content: _Content, up: Up, frame: int | None, max_frames: int) -> Imported:
    total = len(content.values)
    if frame is not None and not 0 <= frame < total:
        raise ValueError(f"it has {total} frames, frame {frame} was asked for; the first is 0")
    kept = np.array([frame]) if frame is not None else np.unique(np.linspace(0, total - 1, max_frames).round())
    kept = kept.astype(int) if frame is not None or total > max_frames else np.arange(total)
    rotations = torch.stack([_pose(content.values[index], index).rotations for index in kept])
    decided = up if up != "auto" and content.verticals else guess_up(rotations, content.verticals or ("y",))
    sure = " (by how the body stands)" if up == "auto" and len(content.verticals) > 1 else ""
    axes = f"; {told(decided)}{sure}" if content.verticals else ""
    frames = "1 frame" if total == 1 else f"{total} frames"
    frames += f" at {content.rate:g} a second" if content.rate and total > 1 else ""
    if frame is not None:
        frames += f", number {frame} taken"
    elif total > max_frames:
        frames += f", thinned to {len(kept)}"
    stated = f"{content.stated}: {frames}{axes}"
    poses = tuple(Pose(each) for each in turn_upright(rotations, decided))
    times = tuple(float(index / (content.rate or 1.0)) for index in kept)
    return Imported(poses, times, ". ".join((stated, *content.remarks)) + ".")


def _pose(values: np.ndarray, index: int) -> Pose:
    try:
        return Pose.from_axis_angle(values) if values.ndim == 2 else Pose.from_rotations(values)
    except ValueError as error:
        raise ValueError(f"frame {index}: {error}") from None


# -- arrays ------------------------------------------------------------------------------------------------------------


def _read_npz(path: Path) -> _Content:
    if not zipfile.is_zipfile(path):  # numpy would offer to unpickle it
        raise ValueError("it is no .npz archive")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = {info.filename.removesuffix(".npy"): info.file_size for info in archive.infolist()}
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise ValueError(f"it is damaged: {error}") from None
    if sum(unpacked.get(key, 0) for key in layouts.KEYS) > MAX_MEGABYTES["npz"] * 2**20:
        raise ValueError(f"its arrays unpack to more than {MAX_MEGABYTES['npz']} MB; cut it shorter")
    table, names = read_arrays(path, layouts.KEYS)
    if not {*layouts.WHOLE, *layouts.ROOTS} & table.keys() and names:
        raise ValueError(f"it has no 'poses' [T, 66, 72, 156 or 165] (AMASS); found the keys {', '.join(names)[:200]}")
    found = layouts.find_poses(table)
    marked = str(table["up_axis"]).lower() if table.get("up_axis", np.zeros(2)).ndim == 0 else ""
    if marked in ("y", "z", "-y"):
        verticals: tuple[Up, ...] = tuple(each for each in UPS if each == marked)
    elif _saved_by_us(table):
        verticals = ("y",)
    else:
        verticals = ("y", "z", "-y") if found.camera else ("y", "z")
    return _content("NumPy archive", found, verticals)


def _saved_by_us(table: dict[str, np.ndarray]) -> bool:
    """Files of :meth:`Pose.save` do not say their axes, but no other program writes 66 numbers that never travel."""
    poses, trans = table.get("poses"), table.get("trans")
    return poses is not None and poses.shape[-1:] == (66,) and trans is not None and not np.any(trans)


def _content(kind: str, found: layouts.Found, verticals: tuple[Up, ...]) -> _Content:
    remarks = (f"Left out: {', '.join(found.dropped)}",) if found.dropped else ()
    return _Content(found.values, f"{kind}, {found.layout}", remarks, found.rate, verticals)


# -- JSON --------------------------------------------------------------------------------------------------------------


def _read_json(path: Path) -> _Content:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"it is no JSON: {error}") from None
    if isinstance(content, dict) and content.get("format") in _OURS:
        return _read_ours(content)
    if isinstance(content, list) and content and all(isinstance(each, dict) for each in content):
        content = {key: [each.get(key) for each in content] for key in layouts.KEYS if key in content[0]}
    if isinstance(content, list):
        content = {"poses": content}
    if not isinstance(content, dict):
        raise ValueError(f"it holds a {type(content).__name__}, expected an object or a list of numbers")
    table = {key: _numbers(content[key], key) for key in layouts.KEYS if content.get(key) is not None}
    if "body_pose" in table and table["body_pose"].shape[-1:] == (32,):
        raise ValueError("its 'body_pose' is a code of VPoser; decode it with VPoser to 63 numbers first")
    if not table and content:
        raise ValueError(f"it has no 'poses', nor 'global_orient' and 'body_pose'; found {', '.join(content)[:200]}")
    found = layouts.find_poses(table)
    return _content("JSON", found, ("y", "z", "-y") if found.camera else ("y", "z"))


def _read_ours(content: dict[str, Any]) -> _Content:
    names = content.get("joint_names", list(JOINT_NAMES))
    if names != list(JOINT_NAMES):
        raise ValueError(f"its 'joint_names' are not SMPL's 22 in their order, {JOINT_NAMES[0]} to {JOINT_NAMES[-1]}")
    frames = content.get("poses", [content])
    if not isinstance(frames, list) or not frames or not all(isinstance(each, dict) for each in frames):
        raise ValueError("its 'poses' are no list of objects with an 'axis_angle'")
    values = _numbers([each.get("axis_angle") for each in frames], "axis_angle")
    if values.ndim != 3 or values.shape[1:] != (len(JOINT_NAMES), 3):
        raise ValueError(f"its 'axis_angle' needs 22 x 3 numbers a pose, found shape {list(values.shape)}")
    times = [each.get("time_s") for each in frames]
    regular = len(times) > 1 and all(isinstance(each, int | float) for each in times[:2]) and times[1] > times[0]
    return _Content(values, "UniPose JSON", (), 1 / (times[1] - times[0]) if regular else None, ("y",))


def _numbers(value: Any, key: str) -> np.ndarray:
    if key == "up_axis":
        return np.array(str(value))
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"its '{key}' is no regular table of numbers") from None


# -- BVH ---------------------------------------------------------------------------------------------------------------


def _read_bvh(path: Path) -> _Content:
    found = retarget(parse_bvh(path.read_text(encoding="utf-8", errors="replace")))
    return _Content(found.rotations, found.stated, found.remarks, found.rate, ())
