"""What a trunk that is moved does not take along: who bends forward lets the arms hang, and the legs go on standing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import roma
import torch
from torch import Tensor

from unipose.body.limits import clamp
from unipose.body.pose import heading_of, yaw_matrix
from unipose.body.skeleton import JOINT_NAMES, OTHER_SIDE, forward_kinematics
from unipose.chat.assuming import spoken_of
from unipose.language import Item, Registry

_HELD = ("breast", "belly", "waist", "small_of_back", "head", "neck", "other_upper_arm", "other_forearm")
_TOUCHING = 0.04  # metres between a hand and what it is held to
_DOWN = 115.0  # degrees from upwards of an arm that leads down
_STANDING = 0.06  # metres off the floor of a foot that stands
_TIPPED = 0.15  # radians that a collar turns before its arm stays behind
_STICKS_OUT = 40.0  # degrees further up
_LACKS = 0.1  # radians that a hip may lack of what would let its leg stay
_LEG = ("hip", "knee", "ankle", "foot")
_SHOULDERS = [JOINT_NAMES.index(f"{side}_shoulder") for side in OTHER_SIDE]
_ARM_REGIONS = {"left_arm", "right_arm", "arms"}
_HIPS = [JOINT_NAMES.index(f"{side}_hip") for side in OTHER_SIDE]


def limbs_stay(before: Tensor, after: Tensor, claims: Sequence[Item], registry: Registry) -> Tensor:
    """A changed pose with the limbs that hang or stand, and that nobody spoke of, as they were in the world.

    Args:
        before, after: [22, 3, 3], the pose and what an order made of it.
        claims: of the order. Where none is about the trunk, or they are about postures, limbs are left alone.
        registry: the predicates.

    Returns:
        [22, 3, 3]; lifted feet have gone with the trunk, as arms have that hold on to it, to the head or each other, or
        of which more goes on to be true so.
    """
    regions = spoken_of(claims, registry)
    if "trunk" not in regions or regions & {"posture", "name"}:
        return after
    measures = registry.measure_poses(before[None])[0]
    values = dict(zip(registry.measure_index, measures.tolist(), strict=True))
    turned = forward_kinematics(torch.stack((before, after)))[1]
    standing, hanging = after.clone(), after.clone()
    for side in OTHER_SIDE:
        if not regions & {f"{side}_leg", "legs"} and values[f"{side}_foot_clearance"] < _STANDING:
            hip, *below = (JOINT_NAMES.index(f"{side}_{joint}") for joint in _LEG)
            standing[hip], standing[below] = turned[1, 0].T @ turned[0, hip], before[below]
        if not regions & {f"{side}_arm", "arms"} and _hangs(values, side):
            _hang(hanging, turned, side)
    made, let_down = clamp(torch.stack((standing, hanging)))
    # one leg that cannot stay would lift the other one
    if roma.rotmat_geodesic_distance(made[_HIPS], standing[_HIPS]).max() > _LACKS:
        made = after.clone()
    down = made.clone()
    down[_SHOULDERS] = let_down[_SHOULDERS]
    return down if _rather(measures, made, down, registry) else made


def _rather(before: Tensor, carried: Tensor, down: Tensor, registry: Registry) -> bool:
    """Whether arms are let down rather than carried along: where one would stick out, or more goes on to be true so.

    ``before`` are the measures [M] of the pose that was changed.
    """
    measures = torch.cat((before[None], registry.measure_poses(torch.stack((carried, down)))))
    rise = measures[:, [registry.measure_index[f"{side}_arm_from_up"] for side in OTHER_SIDE]]
    if (rise[0] - rise[1] > _STICKS_OUT).any():
        return True
    arms = torch.tensor([entry.region in _ARM_REGIONS for entry in registry.table])
    so = (registry.truth(measures) == 1) & arms
    return bool((so[2] & so[0]).sum() >= (so[1] & so[0]).sum())


def _hang(pose: Tensor, turned: Tensor, side: str) -> None:
    """Turn a shoulder so that its arm leads where it led; ``turned`` are the joints in the world [2, 22, 3, 3], as they
    were and as they are. What turns about the vertical takes its arms along."""
    collar, shoulder = (JOINT_NAMES.index(f"{side}_{joint}") for joint in ("collar", "shoulder"))
    then, now = turned[:, collar]
    about = yaw_matrix(heading_of(now @ then.T))
    if roma.rotmat_geodesic_distance(about, now @ then.T) > _TIPPED:
        pose[shoulder] = now.T @ about @ turned[0, shoulder]


def _hangs(values: Mapping[str, float], side: str) -> bool:
    """Whether an arm leads down and its hand holds on to nothing of the upper body; ``values`` by their measures."""
    free = all(values[f"{side}_hand_gap_{place}"] > _TOUCHING for place in _HELD)
    return free and values[f"{side}_arm_from_up"] > _DOWN
