"""A second implementation of most measures, and of what predicates make of them, to check the registry by.

Written from what ``measures.yaml`` says each measure is, in plain numpy and double precision, measure by measure; it
shares no code with ``unipose.language`` but the table of predicates and its own forward kinematics starts from the
rest pose. Where both agree, a bug would have to have been made twice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from unipose.evaluation.words.second_balance import balance, weight_to_left
from unipose.evaluation.words.second_body import OTHER, OUT, UP, Array, Body, along, angle, size, twist, within
from unipose.language.measuring.registry import Part, Registry

Values = dict[str, Array]


def second_opinion(rotations: Array) -> Values:
    """Measures of poses.

    Args:
        rotations: float64 [N, 22, 3, 3], local.

    Returns:
        Measure id to [N]; degrees and metres of the reference body.
    """
    body = Body(np.asarray(rotations, dtype=np.float64))
    found: Values = {}
    for side in OTHER:
        for part in (_arm(body, side), _hand(body, side), _leg(body, side)):
            found.update({f"{side}_{name}": values for name, values in part.items()})
    found.update(_pairs(body))
    found.update(_trunk_and_head(body))
    found.update({"balance": balance(body), "weight_to_left": weight_to_left(body)})
    return found


class SecondJudge:
    """Which predicates hold, by the second implementation.

    Args:
        registry: the table of predicates.
        values: measure id to [N].
    """

    def __init__(self, registry: Registry, values: Values) -> None:
        self._registry = registry
        self._values = values
        self._known: dict[tuple[int, float], NDArray[np.bool_] | None] = {}

    def holds(self, predicate: str, slack: float = 0.0) -> NDArray[np.bool_] | None:
        """Bool [N], each edge moved out by ``slack`` sigmas; None where a measure was not implemented twice."""
        return self._holds(self._registry.index[predicate], slack)

    def _holds(self, which: int, slack: float) -> NDArray[np.bool_] | None:
        if (which, slack) not in self._known:
            self._known[which, slack] = self._judge(which, slack)
        return self._known[which, slack]

    def _judge(self, which: int, slack: float) -> NDArray[np.bool_] | None:
        predicate = self._registry.table[which]
        terms: list[NDArray[np.bool_] | None] = [self._part(part, slack) for part in predicate.all]
        for interval in predicate.intervals:
            measure = self._registry.measures[interval.measure]
            value, reach = self._values.get(measure.id), slack * measure.sigma
            terms.append(None if value is None else (value >= interval.lo - reach) & (value <= interval.hi + reach))
        some = [self._part(part, slack) for part in predicate.any]
        known = [term for term in (*terms, *some) if term is not None]
        if len(known) < len(terms) + len(some):
            return None
        every = known[: len(terms)]
        return np.all([*every, np.any(known[len(terms) :], axis=0)] if some else every, axis=0)

    def _part(self, part: Part, slack: float) -> NDArray[np.bool_] | None:
        held = self._holds(part.predicate, -slack if part.negated else slack)
        return ~held if held is not None and part.negated else held


# ---------------------------------------------------------------------------------------------- parts of the body


def _arm(body: Body, s: str) -> Values:
    o, out = OTHER[s], body.left * OUT[s]
    chest = body.turned["spine3"]
    upper, lower, arm = (
        body.bone(f"{s}_{a}", f"{s}_{b}") for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "wrist"))
    )
    across_chest = chest[:, :, 0] * OUT[s]
    in_chest = within(chest, upper)
    palm = -body.turned[f"{s}_wrist"][:, :, 1]
    wrist, collar = body.local[f"{s}_wrist"], body.local[f"{s}_collar"]
    return {
        "elbow_flexion": angle(upper, lower),
        "upper_arm_rise": angle(upper, -chest[:, :, 1]),
        "upper_arm_front": 90 - angle(upper, chest[:, :, 2]),
        "upper_arm_out": 90 - angle(upper, across_chest),
        "upper_arm_azimuth": np.degrees(np.arctan2(in_chest[:, 0] * OUT[s], in_chest[:, 2])),
        "arm_rise": 90 - angle(arm, UP),
        "arm_from_up": angle(arm, UP),
        "arm_from_front": angle(arm, body.front),
        "arm_from_side": angle(arm, out),
        "arm_from_front_up": angle(arm, body.front + UP),
        "arm_from_front_down": angle(arm, body.front - UP),
        "arm_from_side_up": angle(arm, out + UP),
        "arm_from_side_down": angle(arm, out - UP),
        "arm_from_side_front": angle(arm, out + body.front),
        "arm_from_side_back": angle(arm, out - body.front),
        "arm_from_back_down": angle(arm, -body.front - UP),
        "arm_from_across_front": angle(arm, body.front - out),
        "arm_reach": size(arm) / (size(upper) + size(lower)),
        "forearm_rise": 90 - angle(lower, UP),
        "forearm_from_front": angle(lower, body.front),
        "forearm_from_side": angle(lower, out),
        "palm_rise": 90 - angle(palm, UP),
        "palm_front": 90 - angle(palm, body.front),
        "palm_in": 90 - angle(palm, -out),
        "wrist_flexion": np.degrees(np.arctan2(-OUT[s] * wrist[:, 1, 0], wrist[:, 0, 0])),
        "wrist_deviation": np.degrees(np.arctan2(OUT[s] * wrist[:, 2, 0], wrist[:, 0, 0])),
        "collar_lift": np.degrees(np.arctan2(OUT[s] * collar[:, 1, 0], collar[:, 0, 0])),
        "collar_forward": np.degrees(np.arctan2(OUT[s] * collar[:, 2, 0], collar[:, 0, 0])),
        "elbow_over_shoulder": body.higher(f"{s}_shoulder", f"{s}_elbow"),
        "elbow_gap_knee": body.apart(f"{s}_elbow", f"{s}_knee") - 0.11,
        "elbow_gap_other_knee": body.apart(f"{s}_elbow", f"{o}_knee") - 0.11,
        "shoulder_clearance": (body.at[f"{s}_shoulder"][:, 1] - body.floor) / body.scale,
    }


def _hand(body: Body, s: str) -> Values:
    o, hand = OTHER[s], f"{s}_hand"
    from_chest = within(body.turned["spine3"], body.bone("spine2", hand)) / body.scale[:, None]
    found = {
        "hand_clearance": (body.at[hand][:, 1] - body.floor) / body.scale,
        "hand_ahead": from_chest[:, 2],
        "hand_aside": from_chest[:, 0] * OUT[s],
        "hand_gap_head": body.apart(hand, "head_middle") - 0.145,
        "hand_gap_neck": body.off_bone(hand, "neck", "head") - 0.10,
    }
    for name, side in (("", s), ("other_", o)):
        found[f"hand_gap_{name}thigh"] = body.off_bone(hand, f"{side}_hip", f"{side}_knee") - 0.125
        found[f"hand_gap_{name}shin"] = body.off_bone(hand, f"{side}_knee", f"{side}_ankle") - 0.10
    found["hand_gap_other_upper_arm"] = body.off_bone(hand, f"{o}_shoulder", f"{o}_elbow") - 0.095
    found["hand_gap_other_forearm"] = body.off_bone(hand, f"{o}_elbow", f"{o}_wrist") - 0.085
    below = {"shoulder": f"{s}_shoulder", "crown": "crown", "pelvis": "pelvis", "face": "face", "chest": "spine3"}
    below |= {"waist": "spine1", "knee": f"{s}_knee"}
    found |= {f"hand_over_{name}": body.higher(point, hand) for name, point in below.items()}
    near = {"skull": "skull", "crown": "crown", "face": "face", "nape": "nape", "breast": "breast", "belly": "belly"}
    near |= {"small_of_back": "small_of_back", "own_shoulder": f"{s}_shoulder", "other_shoulder": f"{o}_shoulder"}
    near |= {"other_elbow": f"{o}_elbow", "waist": f"{s}_waist", "thigh": f"{s}_thigh", "knee": f"{s}_knee"}
    near |= {"other_knee": f"{o}_knee", "foot": f"{s}_foot", "other_foot": f"{o}_foot"}
    found |= {f"hand_to_{name}": body.apart(hand, point) for name, point in near.items()}
    flesh = {"crown": 0.045, "face": 0.065, f"{s}_ear": 0.065, "nape": 0.065, "chin": 0.065, f"{s}_shoulder": 0.11}
    flesh |= {f"{o}_shoulder": 0.11, "breast": 0.085, "belly": 0.085, f"{s}_waist": 0.085, f"{s}_hip_side": 0.085}
    flesh |= {"small_of_back": 0.085, "seat": 0.085, f"{s}_knee": 0.11, f"{o}_knee": 0.11, f"{s}_ankle": 0.09}
    flesh |= {f"{o}_ankle": 0.09, f"{o}_elbow": 0.09}
    named = {f"{s}_ear": "ear", f"{s}_shoulder": "own_shoulder", f"{o}_shoulder": "other_shoulder"}
    named |= {f"{s}_waist": "waist", f"{s}_hip_side": "hip", f"{s}_knee": "knee", f"{o}_knee": "other_knee"}
    named |= {f"{s}_ankle": "ankle", f"{o}_ankle": "other_ankle", f"{o}_elbow": "other_elbow"}
    found |= {f"hand_gap_{named.get(point, point)}": body.apart(hand, point) - thick for point, thick in flesh.items()}
    return found


def _leg(body: Body, s: str) -> Values:
    o, out = OTHER[s], body.left * OUT[s]
    thigh, shin, leg = (
        body.bone(f"{s}_{a}", f"{s}_{b}") for a, b in (("hip", "knee"), ("knee", "ankle"), ("hip", "ankle"))
    )
    in_pelvis = within(body.turned["pelvis"], thigh)
    ankle, hip = body.local[f"{s}_ankle"], body.local[f"{s}_hip"]
    toes = body.bone(f"{s}_heel", f"{s}_toe")
    return {
        "knee_flexion": angle(thigh, shin),
        "hip_flexion": np.degrees(np.arctan2(in_pelvis[:, 2], -in_pelvis[:, 1])),
        "hip_spread": 90 - angle(thigh, body.turned["pelvis"][:, :, 0] * OUT[s]),
        "hip_turnout": twist(hip) * OUT[s],
        "thigh_rise": angle(thigh, -UP),
        "shin_rise": angle(shin, -UP),
        "leg_from_front": angle(leg, body.front),
        "leg_from_side": angle(leg, out),
        "leg_from_up": angle(leg, UP),
        "leg_from_front_down": angle(leg, body.front - UP),
        "leg_from_front_up": angle(leg, body.front + UP),
        "leg_from_side_down": angle(leg, out - UP),
        "leg_from_side_up": angle(leg, out + UP),
        "leg_from_back_down": angle(leg, -body.front - UP),
        "foot_ahead": along(body.bone("pelvis", f"{s}_ankle"), body.front) / body.scale,
        "foot_over_knee": body.higher(f"{o}_knee", f"{s}_ankle"),
        "foot_over_hip": body.higher(f"{o}_hip", f"{s}_ankle"),
        "knee_over_hip": body.higher(f"{s}_hip", f"{s}_knee"),
        "foot_to_other_knee": body.apart(f"{s}_foot", f"{o}_knee"),
        "foot_clearance": (body.at[f"{s}_sole"][:, 1] - body.floor) / body.scale,
        "knee_clearance": (body.at[f"{s}_knee"][:, 1] - body.floor) / body.scale,
        "heel_to_seat": body.apart(f"{s}_heel", "seat"),
        "heel_lift": body.higher(f"{s}_sole", f"{s}_heel"),
        "ankle_point": np.degrees(np.arctan2(-ankle[:, 1, 2], ankle[:, 2, 2])),
        "toes_out": np.degrees(np.arctan2(along(toes, out), along(toes, body.front))),
        "knee_gap_chest": body.apart(f"{s}_knee", "breast") - 0.10,
    }


def _pairs(body: Body) -> Values:
    """Left against right: the left part less the right one."""
    chest, pelvis = body.turned["spine3"], body.turned["pelvis"]
    steps = {
        name: body.bone(f"right_{name}", f"left_{name}")
        for name in ("ankle", "hand", "wrist", "forearm", "knee", "shin")
    }
    return {
        "hands_distance": body.apart("left_hand", "right_hand"),
        "hands_height_gap": steps["hand"][:, 1] / body.scale,
        "hands_depth_gap": along(steps["hand"], body.front) / body.scale,
        "hands_gap": body.apart("left_hand", "right_hand") - 0.09,
        "elbows_gap": body.apart("left_elbow", "right_elbow") - 0.09,
        "wrists_order": within(chest, steps["wrist"])[:, 0] / body.scale,
        "wrists_depth_gap": within(chest, steps["forearm"])[:, 2] / body.scale,
        "forearms_height_gap": within(chest, steps["forearm"])[:, 1] / body.scale,
        "arms_mismatch": _mismatch(body, "spine3", ("shoulder", "elbow", "wrist")),
        "feet_distance": body.apart("left_ankle", "right_ankle"),
        "feet_height_gap": steps["ankle"][:, 1] / body.scale,
        "knees_distance": body.apart("left_knee", "right_knee"),
        "knees_height_gap": steps["knee"][:, 1] / body.scale,
        "knees_gap": body.apart("left_knee", "right_knee") - 0.13,
        "thighs_gap": body.apart("left_thigh", "right_thigh") - 0.16,
        "knees_order": within(pelvis, steps["knee"])[:, 0] / body.scale,
        "ankles_order": within(pelvis, steps["ankle"])[:, 0] / body.scale,
        "shins_depth_gap": within(pelvis, steps["shin"])[:, 2] / body.scale,
        "stride": along(steps["ankle"], body.front) / body.scale,
        "step_width": along(steps["ankle"], body.left) / body.scale,
        "legs_mismatch": _mismatch(body, "pelvis", ("hip", "knee", "ankle")),
    }


def _trunk_and_head(body: Body) -> Values:
    trunk = body.bone("pelvis", "neck")
    spine = body.local["spine1"] @ body.local["spine2"] @ body.local["spine3"]
    neck = body.local["neck"] @ body.local["head"]
    chest, gaze = body.turned["spine3"], body.turned["head"][:, :, 2]
    return {
        "trunk_pitch": np.degrees(np.arctan2(along(trunk, body.front), trunk[:, 1])),
        "trunk_lean": 90 - angle(trunk, body.left),
        "trunk_rise": 90 - angle(trunk, UP),
        "chest_skyward": 90 - angle(chest[:, :, 2], UP),
        "flank_rise": 90 - angle(chest[:, :, 0], UP),
        "spine_bend": np.degrees(np.arctan2(spine[:, 2, 1], spine[:, 1, 1])),
        "spine_side_bend": np.degrees(np.arctan2(spine[:, 0, 1], spine[:, 1, 1])),
        "spine_twist": twist(spine),
        "pelvis_clearance": (body.at["pelvis"][:, 1] - body.floor) / body.scale,
        "crown_clearance": (body.at["crown"][:, 1] - body.floor) / body.scale,
        "crown_over_pelvis": body.higher("pelvis", "crown"),
        "head_turn": twist(neck),
        "head_nod": -np.degrees(np.arcsin(np.clip(neck[:, 1, 2], -1, 1))),
        "head_tilt": -np.degrees(np.arcsin(np.clip(neck[:, 1, 0], -1, 1))),
        "gaze_rise": 90 - angle(gaze, UP),
        "gaze_side": 90 - angle(gaze, body.left),
    }


def _mismatch(body: Body, frame: str, limb: tuple[str, str, str]) -> Array:
    """The greatest angle between a bone of the left limb and the mirror image of the right one's."""
    mirror = np.array([-1.0, 1.0, 1.0])
    angles = [
        angle(
            within(body.turned[frame], body.bone(f"left_{a}", f"left_{b}")),
            within(body.turned[frame], body.bone(f"right_{a}", f"right_{b}")) * mirror,
        )
        for a, b in zip(limb, limb[1:], strict=False)
    ]
    return np.max(angles, axis=0)
