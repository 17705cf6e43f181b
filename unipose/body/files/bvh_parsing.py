"""The text of a BVH file to numbers; knows nothing of bodies."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np

MAX_JOINTS = 1000
_LONGEST_NAME = 100  # characters; the rest is cut off
_AXES = "XYZ"


@dataclass(frozen=True, eq=False)
class Bvh:
    """A skeleton and its movement, as written.

    Attributes:
        names: J joints, parents before children; End Sites are not among them.
        parents: index of each one's parent, -1 for the root.
        offsets: float64 [J, 3] from the parent, in the file's own unit.
        channels: of each joint, in order, as ``Xposition`` or ``Zrotation``.
        frame_time: seconds.
        frames: float64 [T, C], degrees and the file's own unit.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: np.ndarray
    channels: tuple[tuple[str, ...], ...]
    frame_time: float
    frames: np.ndarray

    @cached_property
    def rest(self) -> np.ndarray:
        """Float64 [J, 3]: where the joints are when nothing is turned."""
        places = np.array(self.offsets)
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                places[joint] += places[parent]
        return places

    @cached_property
    def first_channels(self) -> tuple[int, ...]:
        """The column at which each joint's channels begin."""
        return tuple(np.cumsum([0, *(len(each) for each in self.channels)])[:-1].tolist())

    def turns(self, joint: int, frames: slice) -> np.ndarray:
        """Float64 [t, 3, 3]: a joint's rotation from its parent, on column vectors, the first channel outermost."""
        turned = np.eye(3)[None]
        for column, channel in enumerate(self.channels[joint], self.first_channels[joint]):
            if channel.endswith("rotation"):
                turned = turned @ _about(_AXES.index(channel[0]), np.deg2rad(self.frames[frames, column]))
        return np.broadcast_to(turned, (len(self.frames[frames]), 3, 3))


def parse_bvh(text: str) -> Bvh:
    """Read a file's text.

    Raises:
        ValueError: not BVH, no frame, numbers missing or not finite, or more than :data:`MAX_JOINTS` joints.
    """
    head, found, motion = text.lstrip("\ufeff \t\r\n").partition("MOTION")
    if not found or not head.startswith("HIERARCHY"):
        raise ValueError("it is no BVH, which starts with HIERARCHY and has a MOTION")
    names, parents, offsets, channels = _hierarchy(head.removeprefix("HIERARCHY"))
    frame_time, frames = _frames(motion, sum(len(each) for each in channels))
    return Bvh(tuple(names), tuple(parents), np.array(offsets), tuple(channels), frame_time, frames)


def _hierarchy(text: str) -> tuple[list[str], list[int], list[list[float]], list[tuple[str, ...]]]:
    names: list[str] = []
    parents: list[int] = []
    offsets: list[list[float]] = []
    channels: list[tuple[str, ...]] = []
    open_joints: list[int] = []  # -1 for an End Site
    coming: int | None = None
    for line in re.sub(r"([{}])", r"\n\1\n", text).splitlines():
        word, _, rest = line.strip().partition(" ") if " " in line.strip() else line.strip().partition("\t")
        if word in ("ROOT", "JOINT"):
            if word == "ROOT" and names:
                raise ValueError("it has several skeletons; keep one")
            parents.append(open_joints[-1] if open_joints else -1)
            names.append(rest.strip()[:_LONGEST_NAME])
            offsets.append([0.0, 0.0, 0.0])
            channels.append(())
            coming = len(names) - 1
            if len(names) > MAX_JOINTS:
                raise ValueError(f"its skeleton has more than {MAX_JOINTS} joints")
        elif word == "End":
            coming = -1
        elif word == "{" and coming is not None:
            open_joints.append(coming)
            coming = None
        elif word == "}" and open_joints:
            open_joints.pop()
        elif word == "OFFSET" and open_joints:
            if open_joints[-1] >= 0:
                offsets[open_joints[-1]] = _three_numbers(rest)
        elif word == "CHANNELS" and open_joints:
            channels[open_joints[-1]] = _channels(rest)
        elif word:
            raise ValueError(f"its hierarchy has an unexpected line: {line.strip()[:60]!r}")
    if open_joints or not names:
        raise ValueError("its hierarchy is cut off")
    return names, parents, offsets, channels


def _three_numbers(text: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split()]
    except ValueError:
        numbers = []
    if len(numbers) != 3 or not np.isfinite(numbers).all():
        raise ValueError(f"an OFFSET needs three numbers, found {text.strip()[:60]!r}")
    return numbers


def _channels(text: str) -> tuple[str, ...]:
    count, *names = text.split() or [""]
    known = all(re.fullmatch(r"[XYZ](position|rotation)", name) for name in names)
    if not known or count != str(len(names)):
        raise ValueError(f"CHANNELS needs a count and names such as Zrotation, found {text.strip()[:60]!r}")
    return tuple(names)


def _frames(text: str, width: int) -> tuple[float, np.ndarray]:
    header = re.match(r"\s*Frames:\s*(\d{1,9})\s*Frame Time:\s*([-+.\deE]{1,30})", text)
    if not header:
        raise ValueError("its MOTION does not begin with 'Frames:' and 'Frame Time:'")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of having no lines, which is an error below
            frames = np.loadtxt(text[header.end() :].splitlines(), dtype=np.float64, ndmin=2, comments=None)
        seconds = float(header[2])
    except ValueError as error:
        raise ValueError(f"its frames are no regular table of numbers: {error}") from None
    if not frames.size or frames.shape[1] != width:
        found = f"{frames.shape[1]} numbers" if frames.size else "no frame"
        raise ValueError(f"its skeleton has {width} channels, each frame needs so many numbers; found {found}")
    if not np.isfinite(frames).all():
        raise ValueError(f"frame {int(np.argwhere(~np.isfinite(frames))[0, 0])} has NaN or infinity")
    if not 0 <= seconds <= 3600:
        raise ValueError(f"its frame time must be 0 to 3600 seconds, found {seconds:g}")
    return seconds, frames


def _about(axis: int, angle: np.ndarray) -> np.ndarray:
    """[t] radians to [t, 3, 3]: rotations about one axis."""
    i, j = (axis + 1) % 3, (axis + 2) % 3
    turned = np.zeros((len(angle), 3, 3))
    turned[:, axis, axis] = 1.0
    turned[:, i, i] = turned[:, j, j] = np.cos(angle)
    turned[:, j, i], turned[:, i, j] = np.sin(angle), -np.sin(angle)
    return turned
