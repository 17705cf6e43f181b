"""Poses as arrays, JSON and triangles: the files that hold poses as they are, without in-betweens."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from unipose.body.pose import Pose
from unipose.body.skeleton import PARENTS

SEQUENCE_FORMAT = "unipose.poses"


def write_npz(poses: Sequence[Pose], path: Path, seconds_between: float) -> None:
    """AMASS's layout: ``poses`` [T, 66] axis-angle in radians, one row a pose, with ``mocap_framerate`` and zeros for
    ``trans`` and ``betas``. AMASS itself is Z up; these are Y up, which the added key ``up_axis`` says."""
    count = len(poses)
    np.savez(
        path,
        poses=np.stack([pose.axis_angle.reshape(-1) for pose in poses]),
        trans=np.zeros((count, 3), np.float32),
        betas=np.zeros(10, np.float32),
        gender=np.array("neutral"),
        mocap_framerate=np.float32(1.0 / seconds_between),
        up_axis=np.array("Y"),
    )


def json_text(poses: Sequence[Pose], seconds_between: float) -> str:
    """One pose is what :meth:`unipose.body.pose.Pose.save` writes and more; several are a list of them with times."""
    described = [pose.to_dict() for pose in poses]
    first = described[0] | {"units": {"angles": "radians", "lengths": "metres"}, "parents": list(PARENTS)}
    if len(poses) == 1:
        return json.dumps(first, indent=1) + "\n"
    each = ("axis_angle", "joints_m")
    header: dict[str, Any] = {key: value for key, value in first.items() if key not in each}
    header["format"] = SEQUENCE_FORMAT
    frames = [
        {"time_s": round(index * seconds_between, 6)} | {key: pose[key] for key in each}
        for index, pose in enumerate(described)
    ]
    return json.dumps(header | {"poses": frames}, indent=1) + "\n"


def obj_text(vertices: Tensor, faces: Tensor) -> str:
    """Wavefront OBJ of vertices [V, 3] in metres and triangles [F, 3]."""
    lines = ["# metres, Y up, the body's left is +X, the lowest point at Y = 0", "o body"]
    lines += [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in vertices.tolist()]
    lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in faces.tolist()]
    return "\n".join(lines) + "\n"
