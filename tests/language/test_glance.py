"""A pose at a glance: what kind it is, how far joints are bent, and which parts a text names."""

from __future__ import annotations

import pytest

from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.body.skeleton import JOINT_NAMES, JOINT_NAMES_24
from unipose.language.glance import glance, named_parts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Lift your left knee", ["the left knee"]),
        ("now raise both arms", ["both arms"]),
        ("arch the back, hands on hips", ["the back", "both hands", "both hips"]),
        ("the left hand on the right hip", ["the left hand", "the right hip"]),
        ("lean back and face the window", []),
        ("raise an arm", []),
        ("", []),
    ],
)
def test_the_parts_that_words_name(text, said):
    found = named_parts(text)
    assert [named.said for named in found] == said
    assert all(part in JOINT_NAMES_24 for named in found for part in (*named.parts, *named.joints))


def test_a_caption_names_the_posture_and_what_is_bent():
    assert glance(standing()).caption.startswith("Standing")
    bent = standing().axis_angle.copy()
    bent[JOINT_NAMES.index("left_knee")] = (1.5, 0, 0)
    seen = glance(Pose.from_axis_angle(bent))
    assert "left knee bent" in seen.caption and "right knee" not in seen.caption
    assert len(seen.joints) == 22 and seen.joints[0] == "pelvis"
