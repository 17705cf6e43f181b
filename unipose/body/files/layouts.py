"""Tables of arrays that hold body poses, as the field's programs name and shape them, to one array of rotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

WHOLE = ("poses", "fullpose", "full_pose", "pose", "thetas", "theta", "smpl_pose", "pose_aa", "rotations", "axis_angle")
ROOTS = ("root_orient", "global_orient", "root_pose")
BODIES = ("pose_body", "body_pose")
RATES = ("mocap_framerate", "mocap_frame_rate", "fps")
KEYS = (*WHOLE, *ROOTS, *BODIES, *RATES, "trans", "transl", "betas", "up_axis")
"""Everything that is looked at; other keys are left where they are."""

_MODELS = {22: "SMPL body", 24: "SMPL", 52: "SMPL-H", 55: "SMPL-X"}
_BODY_JOINTS = (21, 23)  # without the root; SMPL's two hands come last


@dataclass(frozen=True, eq=False)
class Found:
    """Poses in a table.

    Attributes:
        values: [T, 22, 3] axis-angle in radians or [T, 22, 3, 3] matrices, local, joint 0 the orientation.
        layout: which keys and which body model, in words.
        dropped: what of the file a pose has no place for, in words.
        camera: True for the layout of programs that fit bodies to photos, whose bodies may hang upside down.
        rate: frames a second, if the table says.
    """

    values: np.ndarray
    layout: str
    dropped: tuple[str, ...]
    camera: bool
    rate: float | None


def find_poses(table: Mapping[str, np.ndarray]) -> Found:
    """The poses of a table.

    Raises:
        ValueError: none of the known keys, or a shape that is none of theirs; the message lists both.
    """
    whole = next((key for key in WHOLE if key in table), None)
    root, body = (next((key for key in keys if key in table), None) for keys in (ROOTS, BODIES))
    if whole is not None and not (root and body):
        joints = _joints(table[whole], tuple(_MODELS), whole)
        said, dropped = f"{_MODELS[joints.shape[1]]} in '{whole}'", _hands(joints[:, 22:])
    elif root is not None and body is not None:
        turn, joints = _joints(table[root], (1,), root), _joints(table[body], _BODY_JOINTS, body)
        if len(turn) != len(joints):
            raise ValueError(f"'{root}' has {len(turn)} frames and '{body}' {len(joints)}; both need the same")
        if turn.ndim != joints.ndim:
            raise ValueError(f"'{root}' and '{body}' need one kind of rotation, axis-angle or matrices")
        joints = np.concatenate((turn, joints), axis=1)
        said = f"SMPL family in '{root}' and '{body}'"
        dropped = _hands(joints[:, 22:])
    else:
        raise ValueError(
            f"it has no poses: expected 'poses' [T, 66, 72, 156 or 165], or 'root_orient' [T, 3] and 'pose_body' "
            f"[T, 63], or 'global_orient' and 'body_pose'; found {_listed(table)}"
        )
    for key, what in (("trans", "translation"), ("transl", "translation"), ("betas", "shape")):
        if key in table and table[key].dtype.kind in "fiu" and np.any(table[key] != 0):
            dropped = (*dropped, what)
    form = "matrices" if joints.ndim == 4 else "axis-angle in radians"
    return Found(joints[:, :22], f"{said}, {form}", dropped, bool(root and root != "root_orient"), _rate(table))


def _joints(array: np.ndarray, counts: tuple[int, ...], key: str) -> np.ndarray:
    """[T, J, 3] or [T, J, 3, 3] with J one of ``counts``, of an array that may be flat, single or nested deeper."""
    if array.dtype.kind not in "fiu":
        raise ValueError(f"'{key}' is no array of numbers but of {array.dtype}")
    shape = array.shape
    if not array.size:
        raise ValueError(f"'{key}' is empty, of shape {list(shape)}")
    for count in counts:
        if shape[-2:] == (3, 3) and array.ndim >= 3 and (count == 1 or shape[-3] == count):
            return array.reshape(-1, count, 3, 3)
    for count in counts:
        if shape[-2:] == (count, 3) or (shape and shape[-1] == 3 * count):
            return array.reshape(-1, count, 3)
    wanted = ", ".join(f"{3 * count}" for count in counts)
    raise ValueError(
        f"'{key}' has shape {list(shape)}; expected [T, n] with n one of {wanted} (axis-angle), or matrices "
        f"[T, n / 3, 3, 3]"
    )


def _hands(beyond: np.ndarray) -> tuple[str, ...]:
    rest = np.eye(3) if beyond.ndim == 4 else 0.0
    return ("hands and face",) if beyond.size and not np.allclose(beyond, rest) else ()


def _rate(table: Mapping[str, np.ndarray]) -> float | None:
    for key in RATES:
        if key in table and table[key].dtype.kind in "fiu" and table[key].size == 1:
            rate = float(table[key].reshape(()))
            if 0 < rate <= 1000:
                return rate
    return None


def _listed(table: Mapping[str, np.ndarray]) -> str:
    shapes = [f"{key[:40]} {list(value.shape)}" for key, value in table.items()]
    return (", ".join(shapes[:8]) + (" and more" if len(shapes) > 8 else "")) or "nothing known"
