"""How each kind of measure is read off a batch of poses; ``measures.yaml`` says what is read where."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from unipose.body.balance import left_load, support_margin
from unipose.body.capsules import Capsules, capsules, gaps
from unipose.body.skeleton import JOINT_NAMES
from unipose.language.measuring.frames import AXES, FRAMES

JOINT = {name: index for index, name in enumerate(JOINT_NAMES)}
_DEGREES = 180.0 / math.pi
_EPSILON = 1e-8
_MIRROR = (-1.0, 1.0, 1.0)


def _unit(vectors: Tensor) -> Tensor:
    return vectors / vectors.norm(dim=-1, keepdim=True).clamp_min(_EPSILON)


def _bearing(across: Tensor, along: Tensor) -> Tensor:
    """atan2 in degrees; 0, with a gradient of 0, where both parts vanish and there is no bearing."""
    nowhere = (across.abs() + along.abs()) < _EPSILON
    return torch.atan2(across, torch.where(nowhere, torch.ones_like(along), along)) * _DEGREES


def _angle(first: Tensor, second: Tensor) -> Tensor:
    # atan2 of cross and dot keeps its precision (and its gradient) near 0 and 180, where acos loses both
    cross = torch.linalg.cross(first, second).norm(dim=-1)
    return _bearing(cross, (first * second).sum(-1))


@dataclass(frozen=True)
class Body:
    """A batch of poses made ready for measuring. ``points`` [B, N, 3], ``frames`` [B, 3, 3, 3], ``scale`` [B].

    ``names`` says which point is which, ``ground`` [B] how high the floor is; lengths are metres of the body at hand.
    """

    names: Mapping[str, int]
    joints: Tensor
    points: Tensor
    rotations: Tensor
    turned: Tensor
    frames: Tensor
    scale: Tensor
    ground: Tensor

    @cached_property
    def surface(self) -> Capsules:
        """The body's surface, which few kinds look at."""
        return capsules(self.joints, self.turned)

    def place(self, entries: Sequence[dict[str, Any]], which: int) -> Tensor:
        return self.points[:, [self.names[entry["of"][which]] for entry in entries]]

    def segment(self, entries: Sequence[dict[str, Any]]) -> Tensor:
        return self.place(entries, 1) - self.place(entries, 0)

    def axis(self, entries: Sequence[dict[str, Any]], key: str = "axis") -> Tensor:
        """Unit axes [B, K, 3] named by each entry, in its frame."""
        frame = [FRAMES.index(entry.get("frame", "heading")) for entry in entries]
        row, sign = zip(*(AXES[entry[key]] for entry in entries), strict=True)
        return self.frames[:, frame, list(row)] * self.points.new_tensor(sign)[:, None]


def _flexion(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    middle = body.place(entries, 1)
    return 180.0 - _angle(body.place(entries, 0) - middle, body.place(entries, 2) - middle)


def _distance(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    return body.segment(entries).norm(dim=-1) / body.scale[:, None]


def _offset(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    return (body.segment(entries) * body.axis(entries)).sum(-1) / body.scale[:, None]


def _toward(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    return _angle(_unit(body.segment(entries)), body.axis(entries))


def _incline(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    return 90.0 - _toward(body, entries)


def _swing(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    segment = body.segment(entries)
    along = (segment * body.axis(entries)).sum(-1)
    across = (segment * body.axis(entries, "to")).sum(-1)
    return _bearing(across, along)


def _clearance(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    return (body.place(entries, 0)[..., 1] - body.ground[:, None]) / body.scale[:, None]


def _facing(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    joints = [JOINT[entry["joint"]] for entry in entries]
    column, sign = zip(*(AXES[entry["local"]] for entry in entries), strict=True)
    own = [body.turned[:, j, :, c] * s for j, c, s in zip(joints, column, sign, strict=True)]
    return 90.0 - _angle(torch.stack(own, dim=1), body.axis(entries))


def _aim(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    both = body.axis(entries, "axis") + body.axis(entries, "to")
    return _angle(_unit(body.segment(entries)), both)


def _hinge(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    joints = [JOINT[entry["joint"]] for entry in entries]
    column, sign = zip(*(AXES[entry["local"]] for entry in entries), strict=True)
    row, way = zip(*(AXES[entry["to"]] for entry in entries), strict=True)
    local = body.rotations[:, joints]
    each = list(range(len(joints)))
    # the axis that points along the part beyond the joint, seen from the part before it
    along = local[:, each, list(column), list(column)]
    across = local[:, each, list(row), list(column)] * local.new_tensor(sign) * local.new_tensor(way)
    return _bearing(across, along)


def _reach(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    first, middle, last = (body.place(entries, which) for which in range(3))
    length = (middle - first).norm(dim=-1) + (last - middle).norm(dim=-1)
    return (last - first).norm(dim=-1) / length.clamp_min(_EPSILON)


def _gap(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    flesh = body.points.new_tensor([float(entry["flesh"]) for entry in entries])
    return _distance(body, entries) - flesh


def _surface(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    first, second = ([entry["parts"][i] for entry in entries] for i in (0, 1))
    return gaps(body.surface, list(zip(first, second, strict=True))) / body.scale[:, None]


def _mismatch(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    return torch.stack([_mismatch_one(body, entry) for entry in entries], dim=1)


def _mismatch_one(body: Body, entry: dict[str, Any]) -> Tensor:
    frame = body.frames[:, FRAMES.index(entry["frame"])]
    limb = {
        side: torch.stack(
            [
                body.points[:, body.names[f"{side}_{end}"]] - body.points[:, body.names[f"{side}_{start}"]]
                for start, end in zip(entry["limb"], entry["limb"][1:], strict=False)
            ],
            dim=1,
        )
        for side in ("left", "right")
    }
    seen = {side: _unit(bones @ frame.transpose(-1, -2)) for side, bones in limb.items()}
    return _angle(seen["left"], seen["right"] * seen["right"].new_tensor(_MIRROR)).amax(dim=1)


def _balance(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    return support_margin(body.surface)[:, None].expand(-1, len(entries))


def _load(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
    return left_load(body.surface)[:, None].expand(-1, len(entries))


def _chain(body: Body, entry: dict[str, Any]) -> Tensor:
    first, *rest = (JOINT[name] for name in entry["chain"])
    turned = body.rotations[:, first]
    for joint in rest:
        turned = turned @ body.rotations[:, joint]
    return turned


def _turn_one(turned: Tensor, entry: dict[str, Any]) -> Tensor:
    # the twist about the upward axis of a swing-twist split; positive to the left, or to the side named
    _, sign = AXES[entry.get("toward", "left")]
    trace = turned.diagonal(dim1=-2, dim2=-1).sum(-1)
    return sign * 2.0 * _bearing(turned[:, 0, 2] - turned[:, 2, 0], 1.0 + trace)


def _rise_of(axis: Tensor) -> Tensor:
    return _bearing(axis[:, 1], axis[:, [0, 2]].norm(dim=-1))


def _nod_one(turned: Tensor, entry: dict[str, Any]) -> Tensor:
    return -_rise_of(turned[:, :, 2])


def _tilt_one(turned: Tensor, entry: dict[str, Any]) -> Tensor:
    return -_rise_of(turned[:, :, 0])


def _bend_one(turned: Tensor, entry: dict[str, Any]) -> Tensor:
    row, sign = AXES[entry["about"]]
    upright = turned[:, :, 1]
    return sign * _bearing(upright[:, row], upright[:, 1])


def _each(one: Callable[[Tensor, dict[str, Any]], Tensor]) -> Callable[[Body, Sequence[dict[str, Any]]], Tensor]:
    def all_of(body: Body, entries: Sequence[dict[str, Any]]) -> Tensor:
        return torch.stack([one(_chain(body, entry), entry) for entry in entries], dim=1)

    return all_of


UNITS = {
    **dict.fromkeys(("distance", "offset", "clearance", "gap", "surface"), "m"),
    **dict.fromkeys(("reach", "balance", "load"), "ratio"),
}
"""Kind to unit; all others are degrees."""

KINDS: dict[str, Callable[[Body, Sequence[dict[str, Any]]], Tensor]] = {
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
    "aim": _aim,
    "hinge": _hinge,
    "reach": _reach,
    "gap": _gap,
    "surface": _surface,
    "mismatch": _mismatch,
    "balance": _balance,
    "load": _load,
}
"""Kind to its function: a batch and K data entries to [B, K]."""
