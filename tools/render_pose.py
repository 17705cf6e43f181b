"""Draw poses on the free body, as one picture each or a contact sheet::

python -m tools.render_pose sheet.png a.npz b.json ...   # pose files, front and side views
python -m tools.render_pose sheet.png                    # the poses below, to judge the body by
python -m tools.render_pose sheet.png --parts            # the 24 parts in colours
"""

from __future__ import annotations

import argparse
import colorsys
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from unipose.body.mesh import FreeBody  # noqa: E402
from unipose.body.pose import Pose  # noqa: E402
from unipose.body.render import contact_sheet, render  # noqa: E402
from unipose.body.skeleton import JOINT_NAMES  # noqa: E402

Degrees = tuple[float, float, float]


def both(joint: str, degrees: Degrees) -> dict[str, Degrees]:
    """The left joint's rotation vector, and its mirror image on the right."""
    x, y, z = degrees
    return {f"left_{joint}": degrees, f"right_{joint}": (x, -y, -z)}


# Rotation vectors in degrees. Chosen to stress the skin, and several lopsided, so that swapped sides show.
POSES: dict[str, dict[str, Degrees]] = {
    "T-pose": {},
    "standing, arms down": both("shoulder", (0, 0, -75)),
    "sitting": {
        **both("hip", (-88, 0, 4)), **both("knee", (88, 0, 0)),
        **both("shoulder", (0, -20, -65)), **both("elbow", (0, -50, 0)),
    },
    "deep squat, arms forward": {
        "pelvis": (25, 0, 0), **both("hip", (-115, 0, 18)), **both("knee", (130, 0, 0)),
        **both("ankle", (-30, 0, 0)), **both("shoulder", (0, -85, -10)),
    },
    "high kick, LEFT leg": {
        "left_hip": (-105, 0, 5), "left_knee": (8, 0, 0), "left_shoulder": (0, 10, -60),
        "right_shoulder": (0, 60, 30), "right_elbow": (0, 70, 0), "spine1": (-8, 0, 0),
    },
    "both arms up": {**both("collar", (0, 0, 18)), **both("shoulder", (0, 0, 68))},
    "twist to the LEFT": {
        "spine1": (0, 20, 0), "spine2": (0, 22, 0), "spine3": (0, 18, 0), "neck": (0, 15, 0), "head": (0, 15, 0),
        "left_shoulder": (0, 30, -40), "right_shoulder": (0, 50, 40), "left_elbow": (0, -40, 0),
    },
    "LEFT hand raised": {
        "left_shoulder": (0, 0, 55), "left_elbow": (0, -70, 0),
        "right_shoulder": (0, 0, 72), "right_elbow": (0, 15, 0),
    },
    "RIGHT knee up, LEFT arm forward": {
        "right_hip": (-90, 0, 0), "right_knee": (95, 0, 0), "left_shoulder": (0, -85, -20),
        "right_shoulder": (0, -30, 65), "right_elbow": (0, 60, 0),
    },
    "forward bend": {
        "pelvis": (25, 0, 0), **both("hip", (-25, 0, 0)), "spine1": (25, 0, 0), "spine2": (25, 0, 0),
        "spine3": (15, 0, 0), "head": (-20, 0, 0), **both("shoulder", (0, -80, -30)),
    },
    "kneeling on the RIGHT knee": {
        "left_hip": (-85, 0, 5), "left_knee": (90, 0, 0), "right_knee": (95, 0, 0), "right_ankle": (30, 0, 0),
        "left_shoulder": (0, -30, -60), "right_shoulder": (0, 20, 70), "left_elbow": (0, -60, 0),
    },
    "lying on the back": {
        "pelvis": (-90, 0, 0), "left_shoulder": (0, 0, -60), "right_shoulder": (0, 0, -50),
        "left_hip": (-40, 0, 0), "left_knee": (75, 0, 0),
    },
    "wrists and elbows": {
        **both("shoulder", (0, -40, -45)), **both("elbow", (0, -125, 0)),
        "left_wrist": (0, 0, 60), "right_wrist": (0, 0, 60),
    },
    "forearms twisted": {"left_elbow": (70, 0, 0), "right_elbow": (-70, 0, 0), "left_wrist": (30, 0, 0)},
    "side split stance": {**both("hip", (0, 0, 50)), **both("shoulder", (0, 0, 20))},
    "walking": {
        "left_hip": (-28, 0, 0), "left_knee": (10, 0, 0), "right_hip": (22, 0, 0), "right_knee": (25, 0, 0),
        "left_shoulder": (25, 10, -70), "right_shoulder": (-25, 25, 70),
        "left_elbow": (0, -25, 0), "right_elbow": (0, 30, 0),
    },
}  # fmt: skip


def pose_of(table: dict[str, Degrees]) -> Pose:
    vectors = np.zeros((22, 3))
    for joint, degrees in table.items():
        vectors[JOINT_NAMES.index(joint)] = np.deg2rad(degrees)
    return Pose.from_axis_angle(vectors)


def part_colors(body: FreeBody) -> np.ndarray:
    """[V, 3]: a hue for each part, neighbours far apart."""
    hues = np.array([colorsys.hsv_to_rgb(part * 0.381966 % 1.0, 0.55, 0.95) for part in range(24)])
    return hues[body.parts.numpy()]


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw poses on the free body.")
    parser.add_argument("output", type=Path, help="the .png to write")
    parser.add_argument("poses", type=Path, nargs="*", help=".npz or .json poses; built-in ones when none")
    parser.add_argument("--resolution", default="full", choices=["light", "full"])
    parser.add_argument("--size", type=int, default=288, help="pixels of one picture")
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--views", type=float, nargs="*", default=[25.0], help="camera azimuths in degrees")
    parser.add_argument("--parts", action="store_true", help="colour the 24 parts")
    options = parser.parse_args()

    poses = {path.stem: Pose.load(path) for path in options.poses} or {n: pose_of(t) for n, t in POSES.items()}
    body = FreeBody.load(options.resolution)
    colors = part_colors(body) if options.parts else None
    images, captions = [], []
    for name, pose in poses.items():
        vertices = body.vertices(pose.rotations)
        for view in options.views:
            images.append(render(vertices, body.faces, options.size, view, colors=colors))
            captions.append(name)
    contact_sheet(images, captions, options.columns).save(options.output)


if __name__ == "__main__":
    main()
