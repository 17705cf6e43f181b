"""Numbers read off a pose: angles, distances, heights, head and trunk rotations.

``measures.yaml`` says what is measured; this file knows how, once per kind, on whole batches. Angles are degrees and
lengths are metres of the reference body. Everything is invariant to heading and to body size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from unipose.body.skeleton import JOINT_NAMES, forward_kinematics
from unipose.language.frames import AXES, FRAMES, frames

_JOINT = {name: index for index, name in enumerate(JOINT_NAMES)}
_DEGREES = 180.0 / math.pi
_EPSILON = 1e-8


@dataclass(frozen=True)
class Measure:
    """One number of a pose. ``sigma`` is its just-noticeable difference, ``mirror`` the id on the mirrored body.

    ``own`` measures are taken in the frame of the part they hang from: they change only when their own joint does.
    """

    id: str
    kind: str
    unit: str
    sigma: float
    region: str
    mirror: str
    odd: bool
    own: bool


def sided(entry: Mapping[str, Any], side: str) -> dict[str, Any]:
    """Fill ``{side}`` and ``{other}`` in every text of a data entry."""
    other = {"left": "right", "right": "left"}.get(side, "")

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace("{side}", side).replace("{other}", other)
        if isinstance(value, list):
            return [fill(item) for item in value]
        if isinstance(value, dict):
            return {fill(key): fill(item) for key, item in value.items()}
        return value

    return {key: fill(value) for key, value in entry.items()}


def swap_sides(name: str) -> str:
    """``left_elbow`` to ``right_elbow`` and back; a name without a side is its own mirror."""
    side, _, rest = name.partition("_")
    return {"left": f"right_{rest}", "right": f"left_{rest}"}.get(side, name)


def _unit(vectors: Tensor) -> Tensor:
    return vectors / vectors.norm(dim=-1, keepdim=True).clamp_min(_EPSILON)


def _angle(first: Tensor, second: Tensor) -> Tensor:
    # atan2 of cross and dot keeps its precision (and its gradient) near 0 and 180, where acos loses both
    cross = torch.linalg.cross(first, second).norm(dim=-1)
    return torch.atan2(cross, (first * second).sum(-1)) * _DEGREES


class MeasureSet:
    """Every measure of a data file, evaluated together.

    Args:
        data: the parsed ``measures.yaml``.

    Raises:
        ValueError: on an unknown point, kind, axis or frame, naming the measure.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._reference_leg = float(data["reference_leg"])
        self._points: dict[str, int] = dict(_JOINT)
        self._offsets: list[tuple[int, tuple[float, float, float]]] = []
        self._middles: list[tuple[int, int]] = []
        self._add_points(data["points"])
        floor = {k.replace("{side}", s): v for k, v in data["floor"].items() for s in ("left", "right")}
        self._floor = torch.tensor([self._points[name] for name in floor])
        self._flesh = torch.tensor([float(flesh) for flesh in floor.values()])
        measures: list[Measure] = []
        self._groups: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        for entry in data["measures"]:
            for side in ("left", "right") if "{side}" in entry["id"] else ("",):
                measures.append(self._add_measure(sided(entry, side), len(measures)))
        self.measures: tuple[Measure, ...] = tuple(measures)
        self.index: dict[str, int] = {each.id: i for i, each in enumerate(self.measures)}

    def _add_points(self, points: Mapping[str, Any]) -> None:
        middles: list[tuple[str, list[str]]] = []
        for name, raw in points.items():
            for side in ("left", "right") if "{side}" in name else ("",):
                entry, full = sided(raw, side), name.replace("{side}", side)
                if "middle" in entry:
                    middles.append((full, entry["middle"]))
                    continue
                x, y, z = entry["offset"]
                x = -x if entry.get("mirrored") and side == "right" else x
                self._points[full] = len(self._points)
                self._offsets.append((_JOINT[entry["joint"]], (x, y, z)))
        for full, ends in middles:
            self._middles.append((self._points[ends[0]], self._points[ends[1]]))
            self._points[full] = len(self._points)

    def _add_measure(self, entry: dict[str, Any], column: int) -> Measure:
        name, kind = entry["id"], entry["kind"]
        if kind not in _KINDS:
            raise ValueError(f"measure {name}: unknown kind {kind!r}; known kinds are {sorted(_KINDS)}")
        unknown = [p for p in entry.get("of", ()) if p not in self._points]
        axes = [entry[key] for key in ("axis", "to", "local") if key in entry]
        unknown += [axis for axis in axes if axis not in AXES]
        if entry.get("frame", "heading") not in FRAMES or unknown:
            raise ValueError(f"measure {name}: unknown frame, point or axis in {entry}; add it to measures.yaml")
        length = kind in ("distance", "offset", "clearance")
        measure = Measure(
            id=name,
            kind=kind,
            unit="m" if length else "deg",
            sigma=float(entry["sigma"]),
            region=entry["region"],
            mirror=swap_sides(name),
            odd=bool(entry.get("odd", False)),
            own=bool(entry.get("own", False)),
        )
        self._groups.setdefault(kind, []).append((column, entry))
        return measure

    def __call__(self, joints: Tensor, rotations: Tensor) -> Tensor:
        """Measure poses.

        Args:
            joints: [..., 22, 3] positions in metres, Y up, any heading and translation.
            rotations: [..., 22, 3, 3] local rotations.

        Returns:
            Float32 [..., M] in the order of ``measures``.
        """
        batch = joints.shape[:-2]
        joints = joints.reshape(-1, len(JOINT_NAMES), 3).float()
        rotations = rotations.reshape(-1, len(JOINT_NAMES), 3, 3).float()
        body = self._body(joints, rotations)
        out = joints.new_empty(len(joints), len(self.measures))
        for kind, group in self._groups.items():
            columns = [column for column, _ in group]
            out[:, columns] = _KINDS[kind](body, [entry for _, entry in group])
        return out.reshape(*batch, len(self.measures))

    def _body(self, joints: Tensor, rotations: Tensor) -> _Body:
        _, turned = forward_kinematics(rotations)
        leg = joints.new_zeros(len(joints))
        for side in ("left", "right"):
            hip, knee, ankle = (joints[:, _JOINT[f"{side}_{part}"]] for part in ("hip", "knee", "ankle"))
            leg = leg + 0.5 * ((knee - hip).norm(dim=-1) + (ankle - knee).norm(dim=-1))
        scale = leg / self._reference_leg
        owners = [joint for joint, _ in self._offsets]
        offsets = joints.new_tensor([offset for _, offset in self._offsets])
        rigid = joints[:, owners] + (turned[:, owners] @ offsets[..., None])[..., 0] * scale[:, None, None]
        points = torch.cat([joints, rigid], dim=1)
        starts, ends = ([pair[i] for pair in self._middles] for i in (0, 1))
        points = torch.cat([points, 0.5 * (points[:, starts] + points[:, ends])], dim=1)
        flesh = self._flesh.to(joints.device) * scale[:, None]
        ground = (points[:, self._floor, 1] - flesh).amin(dim=1)
        return _Body(self._points, points, rotations, turned, frames(joints, turned), scale, ground)


@dataclass(frozen=True)
class _Body:
    """A batch of poses made ready for measuring. ``points`` [B, N, 3], ``frames`` [B, 3, 3, 3], ``scale`` [B]."""

    names: Mapping[str, int]
    points: Tensor
    rotations: Tensor
    turned: Tensor
    frames: Tensor
    scale: Tensor
    ground: Tensor

    def place(self, entries: Sequence[dict[str, Any]], which: int) -> Tensor:
        return self.points[:, [self.names[entry["of"][which]] for entry in entries]]

    def segment(self, entries: Sequence[dict[str, Any]]) -> Tensor:
        return self.place(entries, 1) - self.place(entries, 0)

    def axis(self, entries: Sequence[dict[str, Any]], key: str = "axis") -> Tensor:
        """Unit axes [B, K, 3] named by each entry, in its frame."""
        frame = [FRAMES.index(entry.get("frame", "heading")) for entry in entries]
        row, sign = zip(*(AXES[entry[key]] for entry in entries), strict=True)
        return self.frames[:, frame, list(row)] * self.points.new_tensor(sign)[:, None]


def _flexion(body: _Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    middle = body.place(entries, 1)
    return 180.0 - _angle(body.place(entries, 0) - middle, body.place(entries, 2) - middle)


def _distance(body: _Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    return body.segment(entries).norm(dim=-1) / body.scale[:, None]


def _offset(body: _Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    return (body.segment(entries) * body.axis(entries)).sum(-1) / body.scale[:, None]


def _toward(body: _Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    return _angle(_unit(body.segment(entries)), body.axis(entries))


def _incline(body: _Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    return 90.0 - _toward(body, entries)


def _swing(body: _Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    segment = body.segment(entries)
    along = (segment * body.axis(entries)).sum(-1)
    across = (segment * body.axis(entries, "to")).sum(-1)
    return torch.atan2(across, along) * _DEGREES


def _clearance(body: _Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    return (body.place(entries, 0)[..., 1] - body.ground[:, None]) / body.scale[:, None]


def _facing(body: _Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    joints = [_JOINT[entry["joint"]] for entry in entries]
    column, sign = zip(*(AXES[entry["local"]] for entry in entries), strict=True)
    own = [body.turned[:, j, :, c] * s for j, c, s in zip(joints, column, sign, strict=True)]
    return 90.0 - _angle(torch.stack(own, dim=1), body.axis(entries))


def _chain(body: _Body, entry: dict[str, Any]) -> Tensor:
    first, *rest = (_JOINT[name] for name in entry["chain"])
    turned = body.rotations[:, first]
    for joint in rest:
        turned = turned @ body.rotations[:, joint]
    return turned


def _turn_one(turned: Tensor, entry: dict[str, Any]) -> Tensor:
    # the twist about the upward axis of a swing-twist split; positive to the left
    trace = turned.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 2.0 * torch.atan2(turned[:, 0, 2] - turned[:, 2, 0], 1.0 + trace) * _DEGREES


def _rise_of(axis: Tensor) -> Tensor:
    return torch.atan2(axis[:, 1], axis[:, [0, 2]].norm(dim=-1)) * _DEGREES


def _nod_one(turned: Tensor, entry: dict[str, Any]) -> Tensor:
    return -_rise_of(turned[:, :, 2])


def _tilt_one(turned: Tensor, entry: dict[str, Any]) -> Tensor:
    return -_rise_of(turned[:, :, 0])


def _bend_one(turned: Tensor, entry: dict[str, Any]) -> Tensor:
    row, sign = AXES[entry["about"]]
    upright = turned[:, :, 1]
    return sign * torch.atan2(upright[:, row], upright[:, 1]) * _DEGREES


def _each(one: Callable[[Tensor, dict[str, Any]], Tensor]) -> Callable[[_Body, Sequence[dict[str, Any]]], Tensor]:
    def all_of(body: _Body, entries: Sequence[dict[str, Any]]) -> Tensor:
        return torch.stack([one(_chain(body, entry), entry) for entry in entries], dim=1)

    return all_of


_KINDS: dict[str, Callable[[_Body, Sequence[dict[str, Any]]], Tensor]] = {
    "flexion": _flexion,
    "distance": _distance,
    "offset": _offset,
    "toward": _toward,
    "incline": _incline,
    "swing": _swing,
    "clearance": _clearance,
    "facing": _facing,
    "turn": _each(_turn_one),
    "nod": _each(_nod_one),
    "tilt": _each(_tilt_one),
    "bend": _each(_bend_one),
}
