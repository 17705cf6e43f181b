"""From 3D landmarks to a pose, by the directions of bones alone.

Detectors that guess in 3D have bodies of other proportions than ours, so lengths are left out: each joint takes the
rotation that turns its resting bone where the landmarks put it. What the direction leaves open, the turn about the
bone, comes from the next bone on: elbows and knees are hinges, so a bent one says how the limb above is turned.
"""

from __future__ import annotations

import roma
import torch
from torch import Tensor

from unipose.body.keypoints import KEYPOINT_NAMES, KEYPOINT_OFFSETS
from unipose.body.limits import clamp
from unipose.body.postures import standing
from unipose.body.skeleton import JOINT_NAMES, PARENTS, REST_OFFSETS

_AHEAD, _UP = (0.0, 0.0, 1.0), (0.0, 1.0, 0.0)
_HINT = 0.1  # how much the usual turn of a limb counts beside a bend of its hinge by a right angle
_LEAST = 0.1  # confidence from which on a landmark is used
_TINY = 1e-6


def lifted(world: Tensor, confidence: Tensor | None = None) -> Tensor:
    """A pose whose bones point as landmarks say.

    Args:
        world: [..., 27, 3] places of :data:`unipose.body.keypoints.KEYPOINT_NAMES` in metres or any other unit, from
            any origin; x to the right of the photo, Y up, z toward the camera.
        confidence: [..., 27]; joints whose landmarks are below 0.1 hang as on someone who stands. All are used when
            left out.

    Returns:
        [..., 22, 3, 3] rotations within the limits of joints.

    Raises:
        ValueError: for another shape.
    """
    if world.ndim < 2 or tuple(world.shape[-2:]) != (len(KEYPOINT_NAMES), 3):
        raise ValueError(f"expected landmarks [..., {len(KEYPOINT_NAMES)}, 3], found {list(world.shape)}")
    known = torch.ones_like(world[..., 0]) if confidence is None else confidence
    return clamp(_Lift(world, known >= _LEAST).pose())


class _Lift:
    """Global rotations of joints, found one after the other from the pelvis outward."""

    def __init__(self, world: Tensor, known: Tensor) -> None:
        self._world, self._known = world, known
        rest = standing().rotations.to(world)
        self._rest = rest.expand(*world.shape[:-2], *rest.shape)
        self._turned: dict[str, Tensor] = {}

    def pose(self) -> Tensor:
        """Local rotations [..., 22, 3, 3]."""
        self._trunk()
        for side in ("left", "right"):
            self._leg(side)
            self._arm(side)
        local = []
        for joint, name in enumerate(JOINT_NAMES):
            own = self._turned[name]
            local.append(own if not joint else self._turned[JOINT_NAMES[PARENTS[joint]]].transpose(-1, -2) @ own)
        return torch.stack(local, dim=-3)

    def _trunk(self) -> None:
        hips, has_hips = self._between(("right_hip",), ("left_hip",))
        shoulders, has_shoulders = self._between(("right_shoulder",), ("left_shoulder",))
        up, has_up = self._between(("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"))
        upright = torch.tensor(_UP).to(up).expand_as(up)
        up = torch.where(has_up[..., None], up, upright)
        across = torch.where(has_hips[..., None], hips, shoulders)
        ours = torch.eye(3).to(up)
        pelvis = _frame(across, up)
        pelvis = torch.where((has_hips | has_shoulders)[..., None, None], pelvis, ours)
        # up the back of a standing body is not quite the pelvis's own up
        lean = _frame(ours[0], self._rest_up())
        pelvis = pelvis @ lean.transpose(-1, -2)
        chest = torch.where(has_shoulders[..., None, None], _frame(shoulders, up) @ lean.transpose(-1, -2), pelvis)
        self._turned["pelvis"] = pelvis
        for share, name in ((1 / 3, "spine1"), (2 / 3, "spine2"), (1.0, "spine3")):
            self._turned[name] = _part_way(pelvis, chest, share)
        ears, has_ears = self._between(("right_ear",), ("left_ear",))
        face, has_face = self._between(("left_ear", "right_ear"), ("nose",))
        rest_face = _place("nose") - 0.5 * (_place("left_ear") + _place("right_ear"))
        head = _frame(ears, face) @ _frame(ours[0], rest_face.to(up)).transpose(-1, -2)
        head = torch.where((has_ears & has_face)[..., None, None], head, chest)
        self._turned["neck"], self._turned["head"] = _part_way(chest, head, 0.5), head

    def _rest_up(self) -> Tensor:
        names = [JOINT_NAMES.index(name) for name in ("spine1", "spine2", "spine3", "left_collar", "left_shoulder")]
        up = REST_OFFSETS[names].sum(0) - REST_OFFSETS[JOINT_NAMES.index("left_hip")]
        return (up * torch.tensor([0.0, 1.0, 1.0])).to(self._world)

    def _arm(self, side: str) -> None:
        self._turned[f"{side}_collar"] = self._usual(f"{side}_collar")
        self._limb(side, ("shoulder", "elbow", "wrist"), _AHEAD)
        hand, has_hand = self._between((f"{side}_wrist",), (f"{side}_index", f"{side}_pinky"))
        palm, has_palm = self._between((f"{side}_pinky",), (f"{side}_index",))
        rest_hand = 0.5 * (_place(f"{side}_index") + _place(f"{side}_pinky")).to(hand)
        rest_palm = (_place(f"{side}_index") - _place(f"{side}_pinky")).to(hand)
        wrist = _frame(hand, palm) @ _frame(rest_hand, rest_palm).transpose(-1, -2)
        known = (has_hand & has_palm)[..., None, None]
        self._turned[f"{side}_wrist"] = torch.where(known, wrist, self._usual(f"{side}_wrist"))

    def _leg(self, side: str) -> None:
        self._limb(side, ("hip", "knee", "ankle"), tuple(-x for x in _AHEAD))
        foot, has_foot = self._between((f"{side}_heel",), (f"{side}_toe",))
        usual = self._usual(f"{side}_ankle")
        offset = REST_OFFSETS[JOINT_NAMES.index(f"{side}_foot")]
        rest = (_place(f"{side}_toe") + offset - _place(f"{side}_heel")).to(foot)
        ankle = _swung(usual, rest, foot)
        self._turned[f"{side}_ankle"] = torch.where(has_foot[..., None, None], ankle, usual)
        self._turned[f"{side}_foot"] = self._turned[f"{side}_ankle"]

    def _limb(self, side: str, joints: tuple[str, str, str], bends: tuple[float, ...]) -> None:
        """The two long bones of a limb, whose hinge closes toward ``bends`` in the axes of the upper bone."""
        first, second, third = (f"{side}_{name}" for name in joints)
        upper, has_upper = self._between((first,), (second,))
        lower, has_lower = self._between((second,), (third,))
        usual = self._usual(first)
        along, closing = REST_OFFSETS[JOINT_NAMES.index(second)].to(upper), torch.tensor(bends).to(upper)
        swung = _swung(usual, along, upper)
        bend = lower - (lower * upper).sum(-1, keepdim=True) * upper
        bend = torch.where(has_lower[..., None], bend, 0.0) + _HINT * (swung @ closing)
        turned = _frame(upper, bend) @ _frame(along, closing).transpose(-1, -2)
        self._turned[first] = torch.where(has_upper[..., None, None], turned, usual)
        usual = self._usual(second)
        swung = _swung(usual, REST_OFFSETS[JOINT_NAMES.index(third)].to(lower), lower)
        self._turned[second] = torch.where(has_lower[..., None, None], swung, usual)

    def _usual(self, name: str) -> Tensor:
        """The global rotation of a joint that hangs as on someone who stands."""
        joint = JOINT_NAMES.index(name)
        return self._turned[JOINT_NAMES[PARENTS[joint]]] @ self._rest[..., joint, :, :]

    def _between(self, start: tuple[str, ...], end: tuple[str, ...]) -> tuple[Tensor, Tensor]:
        """The direction [..., 3] from the middle of some landmarks to that of others, and whether all are known."""
        from_, to = ([KEYPOINT_NAMES.index(name) for name in names] for names in (start, end))
        known = self._known[..., [*from_, *to]].all(-1)
        along = self._world[..., to, :].mean(-2) - self._world[..., from_, :].mean(-2)
        known = known & (along.norm(dim=-1) > _TINY)
        return torch.where(known[..., None], torch.nn.functional.normalize(along, dim=-1), 0.0), known


def _place(name: str) -> Tensor:
    return KEYPOINT_OFFSETS[KEYPOINT_NAMES.index(name)]


def _frame(first: Tensor, second: Tensor) -> Tensor:
    """[..., 3, 3] axes whose first column points along ``first`` and whose second as near to ``second`` as it can."""
    first = torch.nn.functional.normalize(first, dim=-1, eps=_TINY)
    second = second - (second * first).sum(-1, keepdim=True) * first
    second = torch.nn.functional.normalize(second, dim=-1, eps=_TINY)
    first, second = torch.broadcast_tensors(first, second)
    return torch.stack((first, second, torch.linalg.cross(first, second, dim=-1)), dim=-1)


def _swung(turned: Tensor, rest: Tensor, to: Tensor) -> Tensor:
    """Rotations [..., 3, 3] turned on by the shortest way, so that the resting direction [3] points ``to`` [..., 3]."""
    now = torch.nn.functional.normalize(turned @ rest, dim=-1)
    axis, cosine = torch.linalg.cross(now, to, dim=-1), (now * to).sum(-1)[..., None, None]
    zero = torch.zeros_like(axis[..., 0])
    x, y, z = axis.unbind(-1)
    cross = torch.stack((zero, -z, y, z, zero, -x, -y, x, zero), dim=-1).unflatten(-1, (3, 3))
    shortest = torch.eye(3).to(turned) + cross + cross @ cross / (1.0 + cosine).clamp_min(_TINY)
    opposite = cosine < -1.0 + 1e-4  # half a turn has no shortest way; none is taken
    return torch.where(opposite, torch.eye(3).to(turned), shortest) @ turned


def _part_way(start: Tensor, end: Tensor, share: float) -> Tensor:
    """Rotations [..., 3, 3] a share of the way from one to the other."""
    return start @ roma.rotvec_to_rotmat(share * roma.rotmat_to_rotvec(start.transpose(-1, -2) @ end))
