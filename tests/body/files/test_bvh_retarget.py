"""Other programs' skeletons: built here under their names, with their rest poses and axes, moved, written, and read.

What must survive is where the bones of arms and legs point, whatever the skeleton; this file computes it by itself.
"""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from unipose.body.files.reading import read_poses
from unipose.body.skeleton import JOINT_NAMES

# One plain skeleton: part, parent, place at rest in centimetres (left side; Y up, facing +Z, arms out).
TREE = [
    ("hips", None, (0, 95, 0)), ("waist", "hips", (0, 105, 0)), ("chest", "waist", (0, 120, 0)),
    ("neck", "chest", (0, 145, 0)), ("head", "neck", (0, 155, 0)),
    ("L collar", "chest", (3, 140, 0)), ("L arm", "L collar", (17, 140, 0)), ("L forearm", "L arm", (45, 140, 0)),
    ("L hand", "L forearm", (70, 140, 0)),
    ("L thigh", "hips", (9, 90, 0)), ("L shin", "L thigh", (9, 48, 0)), ("L foot", "L shin", (9, 8, 0)),
    ("L toe", "L foot", (9, 2, 12)),
]  # fmt: skip
PARTS = ("collar", "arm", "forearm", "hand", "thigh", "shin", "foot", "toe")
OURS = dict(zip(PARTS, ("collar", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "foot"), strict=True))
BONES = [("arm", "forearm"), ("forearm", "hand"), ("thigh", "shin"), ("shin", "foot")]

# pelvis, two of the spine, neck, head; then a pattern for each limb part
SCHEMES = {
    "Mixamo": (
        ["mixamorig:Hips", "mixamorig:Spine", "mixamorig:Spine1", "mixamorig:Neck", "mixamorig:Head"],
        "mixamorig:{Left}{}", ["Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase"],
    ),
    "CMU": (
        ["Hips", "LowerBack", "Spine1", "Neck1", "Head"],
        "{Left}{}", ["Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase"],
    ),
    "Rigify": (
        ["spine", "spine.001", "spine.003", "spine.004", "head"],
        "{}.{L}", ["shoulder", "upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe"],
    ),
    "Daz": (
        ["hip", "abdomen", "chest", "neck", "head"],
        "{l}{}", ["Collar", "Shldr", "ForeArm", "Hand", "Thigh", "Shin", "Foot", "Toe"],
    ),
    "Unreal": (
        ["pelvis", "spine_01", "spine_03", "neck_01", "head"],
        "{}_{l}", ["clavicle", "upperarm", "lowerarm", "hand", "thigh", "calf", "foot", "ball"],
    ),
    "Biped": (
        ["Bip01", "Bip01 Spine", "Bip01 Spine1", "Bip01 Neck", "Bip01 Head"],
        "Bip01 {L} {}", ["Clavicle", "UpperArm", "Forearm", "Hand", "Thigh", "Calf", "Foot", "Toe0"],
    ),
    "Biovision": (
        ["Hips", "Chest", "Chest2", "Neck", "Head"],
        "{Left}{}", ["Collar", "Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle", "Toe"],
    ),
    "VRM": (
        ["J_Bip_C_Hips", "J_Bip_C_Spine", "J_Bip_C_Chest", "J_Bip_C_Neck", "J_Bip_C_Head"],
        "J_Bip_{L}_{}", ["Shoulder", "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "ToeBase"],
    ),
    "Acclaim": (
        ["root", "lowerback", "thorax", "upperneck", "head"],
        "{l}{}", ["clavicle", "humerus", "radius", "hand", "femur", "tibia", "foot", "toes"],
    ),
}  # fmt: skip
ARMS = {"T": 0.0, "A": -45.0, "down": -85.0}
Y_UP = np.eye(3)
Z_UP = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # ours to a world with Z up, facing -Y


def skeleton(arms, axes):
    """Part to (parent, rest place in the file's axes)."""
    turn = Rotation.from_euler("z", ARMS[arms], degrees=True)
    found = {}
    for part, parent, place in TREE:
        place = np.array(place, float)
        if part in ("L forearm", "L hand"):
            place = np.array([17.0, 140, 0]) + turn.apply(place - [17, 140, 0])
        found[part] = (parent, axes @ place)
        if part.startswith("L "):
            other = None if parent is None else parent.replace("L ", "R ")
            found[part.replace("L ", "R ")] = (other, axes @ (place * [-1, 1, 1]))
    return found


def named(part, scheme):
    trunk, pattern, limbs = SCHEMES[scheme]
    if part[:2] not in ("L ", "R "):
        return trunk[["hips", "waist", "chest", "neck", "head"].index(part)]
    left = part[0] == "L"
    sides = {"Left": "Left" if left else "Right", "L": part[0], "l": part[0].lower()}
    return pattern.format(limbs[PARTS.index(part[2:])], **sides)


def written(bones, scheme, turns, order="ZXY"):
    """A BVH file of one frame, ``turns`` a local Rotation by part."""
    lines, numbers = ["HIERARCHY"], []

    def joint(part, depth):
        parent, place = bones[part]
        offset = place if parent is None else place - bones[parent][1]
        lines.append(("ROOT " if parent is None else "JOINT ") + named(part, scheme) + " {")
        lines.append("OFFSET " + " ".join(f"{value:.6f}" for value in offset))
        travel = ["Xposition", "Yposition", "Zposition"] if parent is None else []
        lines.append(f"CHANNELS {3 + len(travel)} " + " ".join(travel + [f"{axis}rotation" for axis in order]))
        numbers.extend([0.0] * len(travel) + turns[part].as_euler(order, degrees=True).tolist())
        children = [child for child, (above, _) in bones.items() if above == part]
        for child in children:
            joint(child, depth + 1)
        if not children:
            lines.extend(["End Site {", "OFFSET 0 5 0", "}"])
        lines.append("}")

    joint("hips", 0)
    row = " ".join(f"{number:.6f}" for number in numbers)
    return "\n".join([*lines, "MOTION", "Frames: 1", "Frame Time: 0.04", row]) + "\n"


def directions(bones, turns, axes):
    """Unit vectors of the limbs' bones in our axes."""
    globals_ = {}
    for part, (parent, _) in bones.items():
        globals_[part] = turns[part] if parent is None else globals_[parent] * turns[part]
    found = {}
    for side in "LR":
        for start, end in BONES:
            bone = unit(bones[f"{side} {end}"][1] - bones[f"{side} {start}"][1])
            found[f"{side} {start}"] = axes.T @ globals_[f"{side} {start}"].apply(bone)
    return found


def unit(vector):
    return vector / np.linalg.norm(vector)


def some_turns(bones, seed, size=40.0):
    draws = np.random.default_rng(seed)
    return {part: Rotation.from_rotvec(draws.normal(0, size, 3), degrees=True) for part in bones}


def worst_degrees(pose, wanted):
    joints = pose.joints
    worst = 0.0
    for key, direction in wanted.items():
        side = {"L": "left", "R": "right"}[key[0]]
        start, end = next(pair for pair in BONES if pair[0] == key[2:])
        ends = [joints[JOINT_NAMES.index(f"{side}_{OURS[part]}")] for part in (start, end)]
        worst = max(worst, np.degrees(np.arccos(np.clip(unit(ends[1] - ends[0]) @ direction, -1, 1))))
    return worst


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("arms", ARMS)
def test_limbs_point_where_they_did(tmp_path, scheme, arms):
    for axes, told in ((Y_UP, "+Y up and facing +Z"), (Z_UP, "+Z up and facing -Y")):
        bones = skeleton(arms, axes)
        turns = some_turns(bones, seed=len(scheme))
        (tmp_path / "a.bvh").write_text(written(bones, scheme, turns))
        read = read_poses(tmp_path / "a.bvh")
        assert worst_degrees(read.poses[0], directions(bones, turns, axes)) < 0.1
        assert told in read.stated and "1 frame" in read.stated and "the travel of the root" in read.stated
        assert ("Approximated" in read.stated) and ("unbent: spine2" in read.stated)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**31), order=st.sampled_from(["XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"]))
def test_channels_may_come_in_any_order(tmp_path, seed, order):
    bones = skeleton("T", Y_UP)
    turns = some_turns(bones, seed, size=60.0)
    (tmp_path / "a.bvh").write_text(written(bones, "Mixamo", turns, order))
    assert worst_degrees(read_poses(tmp_path / "a.bvh").poses[0], directions(bones, turns, Y_UP)) < 0.1


def test_a_whole_body_turn_and_a_bow_come_over(tmp_path):
    bones = skeleton("T", Y_UP)
    turns = dict.fromkeys(bones, Rotation.identity())
    turns["hips"] = Rotation.from_euler("y", 60, degrees=True)
    turns["waist"] = Rotation.from_euler("x", 50, degrees=True)
    (tmp_path / "a.bvh").write_text(written(bones, "CMU", turns))
    pose = read_poses(tmp_path / "a.bvh").poses[0]
    assert np.degrees(pose.heading) == pytest.approx(60, abs=0.1)
    assert np.degrees(np.linalg.norm(pose.axis_angle[JOINT_NAMES.index("spine1")])) == pytest.approx(50, abs=0.1)


def test_joints_that_only_twist_a_limb_count_with_it(tmp_path):
    """A thigh in two pieces, as Daz has it: the lower one twists by 60 degrees, then the knee bends by 60."""
    bones = skeleton("T", Y_UP)
    turns = dict.fromkeys(bones, Rotation.identity()) | {"L shin": Rotation.from_euler("x", 60, degrees=True)}
    head, _, row = written(bones, "Daz", turns).rstrip().rpartition("\n")
    before, after = head.split("JOINT lShin {")
    inner = "JOINT lThighTwist {\nOFFSET 0 -20 0\nCHANNELS 1 Yrotation\nJOINT lShin {"
    after = after.replace("OFFSET 0.000000 -42.000000 0.000000", "OFFSET 0 -22 0", 1)
    after = after.replace("JOINT rThigh", "}\nJOINT rThigh")  # the next one's beginning closes the twist
    place, numbers = 6 + 3 * before.count("CHANNELS 3"), row.split()
    frame = " ".join([*numbers[:place], "60", *numbers[place:]])
    (tmp_path / "a.bvh").write_text(f"{before}{inner}{after}\n{frame}\n")
    pose = read_poses(tmp_path / "a.bvh").poses[0]
    knee, hip = (
        np.degrees(np.linalg.norm(pose.axis_angle[JOINT_NAMES.index(name)])) for name in ("left_knee", "left_hip")
    )
    assert knee == pytest.approx(60, abs=7) and hip == pytest.approx(60, abs=7)


def good(tmp_path):
    bones = skeleton("T", Y_UP)
    return written(bones, "CMU", some_turns(bones, 1)), tmp_path / "a.bvh"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.replace("LeftForeArm", "Widget"), "no left_elbow.*rename"),
        (lambda t: t.replace("MOTION", "NOTION"), "no BVH"),
        (lambda t: t.replace("HIERARCHY", ""), "no BVH"),
        (lambda t: t.replace("}\nMOTION", "MOTION"), "cut off"),
        (lambda t: t.replace("Zrotation", "Wrotation", 1), "CHANNELS needs"),
        (lambda t: t.replace("OFFSET 0 5 0", "OFFSET 0 5", 1).replace("OFFSET 0.0", "OFFSET x", 1), "OFFSET needs"),
        (lambda t: t.replace("Frames: 1", "Frames: many"), "does not begin"),
        (lambda t: t.rstrip().rpartition(" ")[0], "each frame needs so many numbers"),
        (lambda t: t.rstrip().rpartition(" ")[0] + " nan", "frame 0 has NaN"),
        (lambda t: t.rstrip().rpartition(" ")[0] + " one", "no regular table"),
        (lambda t: t.rstrip().rpartition("\n")[0], "no frame"),
        (lambda t: t.replace("Frame Time: 0.04", "Frame Time: -3"), "frame time"),
        (lambda t: t.replace("ROOT Hips", "ROOT Hips {\nROOT Hips"), "several skeletons"),
        (lambda t: t.replace("OFFSET", "ONSET", 1), "unexpected line"),
        (lambda t: re.sub(r"OFFSET -?9.000000 -5", "OFFSET 0 -5", t), "rest pose"),
    ],
)  # fmt: skip
def test_a_bad_skeleton_is_refused_in_one_line(tmp_path, change, said):
    text, path = good(tmp_path)
    path.write_text(change(text))
    with pytest.raises(ValueError, match=said) as error:
        read_poses(path)
    assert "\n" not in str(error.value) and "a.bvh" in str(error.value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 1), noise=st.text(max_size=6))
def test_a_torn_file_is_read_or_refused(tmp_path, cut, noise):
    text, path = good(tmp_path)
    place = int(cut * len(text))
    path.write_text(text[:place] + noise + text[place + len(noise) :], encoding="utf-8", errors="replace")
    try:
        assert len(read_poses(path).poses) == 1
    except ValueError as error:
        assert "\n" not in str(error)
