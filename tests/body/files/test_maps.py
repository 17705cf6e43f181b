"""Maps for image generators: what must lie where, checked against the body's own geometry."""

import numpy as np
import pytest
from PIL import Image

from unipose.body.export import export
from unipose.body.files.maps import COCO18, COLOURS, LIMBS, MAPS, PART_COLOURS, coco18
from unipose.body.files.scene import bone_offsets, pelvis_places, standing_vertices
from unipose.body.keypoints import keypoints
from unipose.body.mesh import PART_NAMES, FreeBody
from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.body.views import View

SIZE = (320, 400)
BODY = FreeBody.load("light")


def front(azimuth=0.0, elevation=0.0):
    return View.around(standing_vertices(BODY, standing().rotations), azimuth, elevation, SIZE)


def drawn(tmp_path, kind, view=None, pose=None):
    path = export(pose or standing(), tmp_path / f"{kind}.png", kind=kind, camera=view or front(), body=BODY)
    picture = Image.open(path)
    assert picture.size == SIZE
    return np.asarray(picture).astype(int), picture


def keypoint_pixels(view, pose):
    pelvis = pelvis_places(BODY, pose.rotations[None])[0]
    return view.project(coco18(keypoints(pose.rotations, bone_offsets(BODY)) + pelvis))


@pytest.mark.parametrize("azimuth", [0.0, 35.0, -60.0])
def test_every_visible_keypoint_is_a_dot_of_its_colour_in_its_place(tmp_path, azimuth):
    pose = Pose.from_axis_angle(standing().axis_angle * 1.2)
    view = front(azimuth, 15.0)
    picture, _ = drawn(tmp_path, "skeleton", view, pose)
    found = 0
    for name, colour, (x, y, _) in zip(COCO18, COLOURS, keypoint_pixels(view, pose), strict=True):
        near = picture[int(y), int(x)]
        found += np.abs(near - colour).max() < 90  # a later dot may lie on an earlier one
        if name in ("right_wrist", "left_knee", "right_ankle"):
            assert np.abs(near - colour).max() < 30, name
    assert found >= 13


def test_limbs_have_the_dimmed_colours_of_openpose(tmp_path):
    view = front()
    picture, _ = drawn(tmp_path, "skeleton", view)
    points = keypoint_pixels(view, standing())[:, :2]
    published = {(2, 3): (255, 170, 0), (5, 6): (170, 255, 0), (8, 9): (0, 255, 85), (12, 13): (0, 85, 255)}
    for limb, colour in published.items():
        x, y = (points[limb[0]] + points[limb[1]]) / 2
        assert np.abs(picture[int(y), int(x)] - 0.6 * np.array(colour)).max() <= 1, limb
    assert len(LIMBS) == 17 and len(COLOURS) == len(COCO18) == 18


def test_the_face_is_left_out_from_behind(tmp_path):
    for azimuth, seen in ((0.0, True), (180.0, False)):
        _, picture = drawn(tmp_path, "skeleton", front(azimuth))
        assert ("nose=" in picture.text["keypoints"]) is seen
        assert ("left_eye=" in picture.text["keypoints"]) is seen
        assert "left_shoulder=" in picture.text["keypoints"]


def test_nearer_is_brighter(tmp_path):
    reach = standing().axis_angle
    reach[16], reach[17] = (0.0, -1.5, 0.0), (0.0, -1.5, 0.0)  # left arm forward, right arm back
    pose = Pose.from_axis_angle(reach)
    view = front()
    depth, picture = drawn(tmp_path, "depth", view, pose)
    screen = view.project(standing_vertices(BODY, pose.rotations))
    order = np.argsort(screen[:, 2])
    shades = [depth[int(y), int(x)] for x, y, _ in screen[order[-5:]]]
    assert min(shades) > 225 and depth.max() == 255
    assert depth[0, 0] == 0 and picture.mode == "L" and depth[depth > 0].min() == 32
    left, right = (joint for joint in (20, 21))
    pelvis = pelvis_places(BODY, pose.rotations[None])[0].numpy()
    wrists = view.project(BODY.joints(pose.rotations).numpy()[[left, right]] - BODY.rest_joints[0].numpy() + pelvis)
    near, far = (depth[int(y), int(x)] for x, y, _ in wrists)
    assert near > far + 60


def test_normals_point_where_the_surface_does(tmp_path):
    picture, _ = drawn(tmp_path, "normal")
    assert tuple(picture[0, 0]) == (128, 128, 255)
    body = (picture != (128, 128, 255)).any(-1)
    unit = picture[body] / 127.5 - 1
    assert np.abs(np.linalg.norm(unit, axis=1) - 1).max() < 0.03
    assert (unit[:, 2] > -0.2).mean() > 0.99, "seen surfaces face the eye"
    rows, columns = np.nonzero(body)
    row = np.median(rows[rows < rows.min() + 30]).astype(int)  # across the head
    across = np.flatnonzero(body[row])
    assert picture[row, across[0] + 1, 0] < 100 < 155 < picture[row, across[-1] - 1, 0], "red is to the right"
    top = columns[rows == rows.min()][0]
    assert picture[rows.min() + 1, top, 1] > 160, "green is up"


def test_parts_have_the_legend_s_colours_where_their_vertices_are(tmp_path):
    view = front()
    picture, file = drawn(tmp_path, "part", view)
    vertices = standing_vertices(BODY, standing().rotations)
    legend = {name: tuple(int(code[i : i + 2], 16) for i in (1, 3, 5)) for name, code in
              (entry.split("=") for entry in file.text["legend"].split())}  # fmt: skip
    assert legend == PART_COLOURS and len(set(legend.values())) == len(PART_NAMES) == 24
    allowed = {(0, 0, 0), *legend.values()}
    assert {tuple(colour) for colour in picture.reshape(-1, 3)} <= allowed, "a mixed colour"
    for part in ("left_knee", "right_elbow", "head", "left_hip", "right_hand"):
        members = vertices[BODY.parts == PART_NAMES.index(part)].mean(0, keepdim=True)
        x, y, _ = view.project(members)[0]
        assert tuple(picture[int(y), int(x)]) == PART_COLOURS[part]


def test_the_maps_of_one_view_lie_on_one_another(tmp_path):
    view = front(30.0, 20.0)
    depth, part = (drawn(tmp_path, kind, view)[0] for kind in ("depth", "part"))
    assert np.array_equal(depth > 0, part.any(-1))
    assert MAPS == ("skeleton", "depth", "normal", "part")


def test_a_view_is_checked():
    with pytest.raises(ValueError, match="away from its position"):
        View((0, 1, 0), (0, 1, 0), 30, SIZE)
    with pytest.raises(ValueError, match="1 to 1536 pixels"):
        View((0, 1, 3), (0, 1, 0), 30, (9000, 10))
    with pytest.raises(ValueError, match="finite"):
        View((0, float("nan"), 3), (0, 1, 0), 30, SIZE)
    with pytest.raises(ValueError, match="1 to 150 degrees"):
        View((0, 1, 3), (0, 1, 0), 180, SIZE)


def test_an_eye_inside_the_body_is_refused(tmp_path):
    with pytest.raises(ValueError, match="move it away"):
        drawn(tmp_path, "depth", View((0, 1, 0.1), (0, 1, 0), 60, SIZE))


def test_a_body_out_of_the_picture_is_an_empty_map(tmp_path):
    away = View((0, 1, 5), (9, 1, 0), 30, SIZE)
    assert not drawn(tmp_path, "part", away)[0].any()
    assert not drawn(tmp_path, "depth", away)[0].any()


def test_straight_from_above_is_a_view_like_any_other(tmp_path):
    picture, _ = drawn(tmp_path, "part", View((0, 4, 0), (0, 1, 0), 40, SIZE))
    assert picture.any(-1).mean() > 0.01
