"""Numbers read off a pose: angles, distances, heights, head and trunk rotations.

``measures.yaml`` says what is measured; this file knows how, once per kind, on whole batches. Angles are degrees and
lengths are metres of the reference body. Everything is invariant to heading and to body size.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from unipose.body.capsules import CAPSULE_NAMES
from unipose.body.skeleton import JOINT_NAMES, OTHER_SIDE, forward_kinematics
from unipose.language.measuring.frames import AXES, FRAMES, frames
from unipose.language.measuring.kinds import JOINT, KINDS, UNITS, Body

_LEG_STARTS, _LEG_ENDS = (
    [JOINT[f"{side}_{joint}"] for joint in joints for side in ("left", "right")]
    for joints in (("hip", "knee"), ("knee", "ankle"))
)


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
    other = OTHER_SIDE.get(side, "")

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


class MeasureSet:
    """Every measure of a data file, evaluated together.

    Args:
        data: the parsed ``measures.yaml``.

    Raises:
        ValueError: on an unknown point, kind, axis or frame, naming the measure.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._reference_leg = float(data["reference_leg"])
        self._points: dict[str, int] = dict(JOINT)
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
                self._offsets.append((JOINT[entry["joint"]], (x, y, z)))
        for full, ends in middles:
            self._middles.append((self._points[ends[0]], self._points[ends[1]]))
            self._points[full] = len(self._points)

    def _add_measure(self, entry: dict[str, Any], column: int) -> Measure:
        name, kind = entry["id"], entry["kind"]
        if kind not in KINDS:
            raise ValueError(f"measure {name}: unknown kind {kind!r}; known kinds are {sorted(KINDS)}")
        unknown = [p for p in entry.get("of", ()) if p not in self._points]
        unknown += [part for part in entry.get("parts", ()) if part not in CAPSULE_NAMES]
        axes = [entry[key] for key in ("axis", "to", "local", "toward") if key in entry]
        unknown += [axis for axis in axes if axis not in AXES]
        if entry.get("frame", "heading") not in FRAMES or unknown:
            raise ValueError(f"measure {name}: unknown frame, point or axis in {entry}; add it to measures.yaml")
        measure = Measure(
            id=name,
            kind=kind,
            unit=UNITS.get(kind, "deg"),
            sigma=float(entry["sigma"]),
            region=entry["region"],
            mirror=swap_sides(name),
            odd=bool(entry.get("odd", False)),
            own=bool(entry.get("own", False)),
        )
        self._groups.setdefault(kind, []).append((column, entry))
        return measure

    def __call__(self, joints: Tensor, rotations: Tensor, turned: Tensor | None = None) -> Tensor:
        """Measure poses.

        Args:
            joints: [..., 22, 3] positions in metres, Y up, any heading and translation.
            rotations: [..., 22, 3, 3] local rotations.
            turned: [..., 22, 3, 3] global rotations, where they are known; worked out when left out.

        Returns:
            Float32 [..., M] in the order of ``measures``.
        """
        batch = joints.shape[:-2]
        joints = joints.reshape(-1, len(JOINT_NAMES), 3).float()
        rotations = rotations.reshape(-1, len(JOINT_NAMES), 3, 3).float()
        turned = forward_kinematics(rotations)[1] if turned is None else turned.reshape(rotations.shape).float()
        body = self._body(joints, rotations, turned)
        out = joints.new_zeros(len(joints), len(self.measures))
        if self._groups:
            values = [KINDS[kind](body, [entry for _, entry in group]) for kind, group in self._groups.items()]
            columns = [column for group in self._groups.values() for column, _ in group]
            out = out.index_copy(1, torch.tensor(columns), torch.cat(values, dim=1))
        return out.reshape(*batch, len(self.measures))

    def some(self, columns: Iterable[int]) -> MeasureSet:
        """What measures only these of ``measures`` and leaves zeros in the other columns, in less time."""
        wanted, part = set(columns), copy.copy(self)
        groups = {kind: [each for each in group if each[0] in wanted] for kind, group in self._groups.items()}
        part._groups = {kind: group for kind, group in groups.items() if group}
        return part

    def _body(self, joints: Tensor, rotations: Tensor, turned: Tensor) -> Body:
        scale = 0.5 * (joints[:, _LEG_ENDS] - joints[:, _LEG_STARTS]).norm(dim=-1).sum(-1) / self._reference_leg
        owners = [joint for joint, _ in self._offsets]
        offsets = joints.new_tensor([offset for _, offset in self._offsets])
        rigid = joints[:, owners] + (turned[:, owners] @ offsets[..., None])[..., 0] * scale[:, None, None]
        points = torch.cat([joints, rigid], dim=1)
        starts, ends = ([pair[i] for pair in self._middles] for i in (0, 1))
        points = torch.cat([points, 0.5 * (points[:, starts] + points[:, ends])], dim=1)
        flesh = self._flesh.to(joints.device) * scale[:, None]
        ground = (points[:, self._floor, 1] - flesh).amin(dim=1)
        return Body(self._points, joints, points, rotations, turned, frames(joints, turned), scale, ground)
