"""The photo on screen: the people found in it, and the pose that was read drawn over one of them.

A message brings the picture, the boxes, the body as a translucent layer, and the skeleton in pixels of the photo. The
browser sends back a place in the photo, or the number of a person.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
import torch
from PIL import Image

from unipose.body.cameras import find_camera
from unipose.body.skeleton import JOINT_NAMES, PARENTS
from unipose.chat.estimating import overlaid
from unipose.photos.overlay import body_layer
from unipose.ui.viewer import STATIC

if TYPE_CHECKING:
    from unipose.body.pose import Pose
    from unipose.chat.looking import Look
    from unipose.ui.bodies import Body

MAX_SIDE = 1280
"""Pixels of the longer side on screen."""

_LIMBS = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")

EMPTY = json.dumps({"shown": False})
"""The message for no photo."""


def pack_photo(photo: Image.Image, look: Look, pose: Pose | None, body: Body, number: int) -> str:
    """A photo and what was found in it to the message that the panel reads.

    Args:
        photo: upright.
        look: at it.
        pose: that was read from it, if one was.
        body: drawn over the photo.
        number: of the update.

    Returns:
        A JSON object. ``people`` have a ``box`` and whether they are ``chosen``; ``bones`` are [x, y, x, y, side];
        lengths are in pixels of a photo of ``width`` and ``height``. ``picture`` and ``layer`` are data addresses.
    """
    found = look.detections
    people: Sequence[Any] = () if found is None else found.people
    message: dict[str, Any] = {
        "shown": True,
        "number": number,
        "alt": alternative(look, pose is not None),
        "label": label(look),
        "width": photo.width,
        "height": photo.height,
        "picture": _picture(photo),
        "people": [
            {"box": [round(side, 1) for side in person.box], "chosen": index == look.chosen}
            for index, person in enumerate(people)
        ],
        "bones": [],
    }
    joints = None if pose is None else overlaid(pose, look)
    if pose is not None and joints is not None:
        message["bones"] = _bones(joints)
        layer = body_layer(
            np.asarray(body.vertices(pose.rotations)), np.asarray(body.faces), _camera(body, pose, joints), photo.size
        )
        message["layer"] = _data(layer, "PNG")
    return json.dumps(message)


def alternative(look: Look, posed: bool) -> str:
    """What a screen reader says of the photo: how many people there are, and who of them is chosen."""
    if look.detections is None:
        return "Your photo. Nobody looked for people in it."
    count = len(look.detections.people)
    many = "one person" if count == 1 else f"{count} people"
    if look.chosen is None:
        return f"Your photo with {many}, numbered from left to right. Nobody is chosen yet."
    who = "" if count == 1 else f" Person {look.chosen + 1}, counted from the left, is chosen."
    drawn = " The body and skeleton that were read are drawn over the photo." if posed and look.camera else ""
    return f"Your photo with {many}.{who}{drawn}"


def label(look: Look) -> str:
    """The line below the photo."""
    count = 0 if look.detections is None else len(look.detections.people)
    if count < 2:
        return "Your photo, and the body as it was read"
    if look.chosen is None:
        return f"{count} people. Click the one you mean."
    return f"Person {look.chosen + 1} of {count}. Click another to read their pose."


def panel(address: str, **options: Any) -> gr.HTML:
    """The component. Its value is a message of :func:`pack_photo`; it selects ``{"x": ..., "y": ...}`` in pixels.

    Args:
        address: where the script is served, relative to the page.
        options: of ``gr.HTML``.
    """
    return gr.HTML(
        value=None,
        html_template=(STATIC / "photo.html").read_text(encoding="utf-8"),
        head=f'<script src="{address}/photo.js"></script>',
        js_on_load="window.uniposePhoto.mount(element, props, watch, trigger);",
        apply_default_css=False,
        **options,
    )


def _camera(body: Body, pose: Pose, joints: np.ndarray) -> tuple[float, float, float]:
    """Where the body is drawn: its proportions are its own, so its limbs come as near to the skeleton's as they can.

    Args:
        body: drawn.
        pose: as the camera sees it.
        joints: [22, 2] of the skeleton, in pixels.
    """
    limbs = [place for place, name in enumerate(JOINT_NAMES) if name.partition("_")[2] in _LIMBS]
    own = body.joints(pose.rotations)[limbs].float()
    seen = torch.cat((torch.from_numpy(joints[limbs]).float(), torch.ones(len(limbs), 1)), dim=-1)
    camera = find_camera(own, seen)
    return float(camera.scale), float(camera.tx), float(camera.ty)


def _bones(joints: np.ndarray) -> list[list[Any]]:
    """Joints [22, 2] in pixels to lines between neighbours, with the side of the body."""
    bones: list[list[Any]] = []
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            side = JOINT_NAMES[joint].partition("_")[0]
            ends = [round(float(value), 1) for value in (*joints[parent], *joints[joint])]
            bones.append([*ends, side if side in ("left", "right") else "middle"])
    return bones


def _picture(photo: Image.Image) -> str:
    small = photo.copy()
    small.thumbnail((MAX_SIDE, MAX_SIDE))
    return _data(small, "JPEG", quality=85)


def _data(image: Image.Image, form: str, **options: Any) -> str:
    written = io.BytesIO()
    image.save(written, form, **options)
    return f"data:image/{form.lower()};base64,{base64.b64encode(written.getvalue()).decode()}"


def opened(photo: Any) -> Image.Image:
    """The picture of a photo that was accepted before."""
    if isinstance(photo, str | Path):
        with Image.open(photo) as image:
            return image.convert("RGB")
    return photo
