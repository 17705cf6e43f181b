"""Poses as files for other programs."""

from __future__ import annotations

from pathlib import Path

from unipose.body.mesh import FreeBody
from unipose.body.pose import Pose

FORMATS = ("json", "obj")


def export(pose: Pose, path: str | Path) -> Path:
    """Write a pose in the format that the file's ending names.

    ``json`` holds the rotations and joints and says its own conventions; ``obj`` is the full free body as a
    triangle mesh in metres, Y up.

    Raises:
        ValueError: for another ending.
    """
    path = Path(path)
    if path.suffix == ".json":
        return pose.save(path)
    if path.suffix == ".obj":
        path.write_text(_obj(pose), encoding="ascii")
        return path
    raise ValueError(f"a pose is exported as {' or '.join(FORMATS)}, found '{path.name}'")


def _obj(pose: Pose) -> str:
    body = FreeBody.load("full")
    vertices = body.vertices(pose.rotations).tolist()
    lines = ["# metres, Y up, the body's left is +X"]
    lines += [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in vertices]
    lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in body.faces.tolist()]
    return "\n".join(lines) + "\n"
