"""Real photos, whose poses nobody knows: do the joints fall where the detector found them, how long does it take, and
what does it look like?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image, ImageOps

from unipose.body.cameras import Camera, find_camera, reprojection_error
from unipose.body.keypoints import keypoints
from unipose.body.mesh import FreeBody
from unipose.body.render import BACKGROUND, contact_sheet, render
from unipose.chat import Reply, UniPose
from unipose.chat.estimating import overlaid
from unipose.evaluation.metrics import estimate, median
from unipose.evaluation.tables.material import Table
from unipose.photos import open_photo
from unipose.photos.layouts import SURE
from unipose.photos.overlay import body_layer

ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
SIDE = 320
"""Pixels of a panel of the sheet."""

_PAINT = ((16, 40, 84), (190, 222, 255))  # dark and light of a body over a photo
_OPACITY = 0.72


@dataclass(frozen=True, eq=False)
class Photograph:
    """One photo and what was made of it.

    Attributes:
        path: its file.
        reply: the estimate; without poses where nobody was found.
        finding: seconds that finding people took.
        miss: mean distance of the joints from where the detector is sure of them, as a share of the person's standing
            height; None where nobody was found.
    """

    path: Path
    reply: Reply
    finding: float
    miss: float | None

    def told(self) -> str:
        """In one line."""
        if self.miss is None:
            return f"{self.path.name}: nobody found"
        times = f"{1000 * self.finding:.0f} + {1000 * self.reply.seconds:.0f} ms"
        return f"{self.path.name}: joints {100 * self.miss:.1f} % of the height away, {times}"


def photograph(
    unipose: UniPose, folder: str | Path, count: int, progress: Callable[[str], None] = lambda line: None
) -> list[Photograph]:
    """Estimate the main person of each photo in a folder, at most ``count``, in the order of names.

    Raises:
        ValueError: no folder, no photos in it, no detector, or a photo that cannot be opened.
    """
    place = Path(folder)
    files = sorted(path for path in place.glob("*") if path.suffix.lower() in ENDINGS) if place.is_dir() else []
    if not files:
        raise ValueError(f"no photos ({', '.join(ENDINGS)}) in '{folder}'")
    if unipose.looker.detector is None:
        raise ValueError(unipose.looker.reason)
    unipose.looker.look(Image.new("RGB", (64, 64)))  # loads the detector's weights
    found = []
    for path in files[:count]:
        picture = open_photo(path)
        started = time.perf_counter()
        unipose.looker.look(picture)  # who is in it is remembered
        finding = time.perf_counter() - started
        reply = unipose.estimate(picture)
        found.append(Photograph(path, reply, finding, _miss(reply)))
        progress(found[-1].told())
    return found


def figures(photos: Sequence[Photograph]) -> Table:
    """``reprojection`` as a share of the person's height, the share of photos with somebody ``found``, and times of
    finding people and of the estimate that follows, in milliseconds."""
    hit = [photo for photo in photos if photo.miss is not None]
    return {
        "shown": {
            "reprojection": estimate([photo.miss or 0.0 for photo in hit]),
            "found": estimate([float(photo.miss is not None) for photo in photos]),
            "finding_ms_p50": median([1000 * photo.finding for photo in photos]),
            "ms_p50": median([1000 * photo.reply.seconds for photo in hit]),
        }
    }


def sheet(photos: Sequence[Photograph], columns: int = 2) -> Image.Image:
    """Each photo with the estimate over it, beside the body as the camera sees it and from the right of the photo.

    Raises:
        ValueError: without photos.
    """
    captions = [
        photo.path.stem if photo.miss is None else f"{photo.path.stem}: {100 * photo.miss:.1f} %" for photo in photos
    ]
    return contact_sheet([_panels(photo) for photo in photos], captions, columns)


def drawn_over(reply: Reply) -> Image.Image | None:
    """The photo of an estimate with the body over it; the photo alone where nobody was found, None without a photo."""
    look = reply.look
    if look is None or look.picture is None:
        return None
    joints = overlaid(reply.poses[0], look) if reply.poses else None
    if joints is None:
        return look.picture
    body, rotations = FreeBody.load("light"), reply.poses[0].rotations
    # this body has other proportions than the skeleton; it is drawn where its own joints fall nearest
    seen = torch.cat((torch.from_numpy(joints).float(), torch.ones(len(joints), 1)), dim=1)
    camera = find_camera(body.joints(rotations), seen)
    where = float(camera.scale), float(camera.tx), float(camera.ty)
    layer = body_layer(body.vertices(rotations).numpy(), body.faces.numpy(), where, look.picture.size)
    layer = layer.resize(look.picture.size)
    grey, there = layer.split()
    picture = look.picture.copy()
    picture.paste(ImageOps.colorize(grey, *_PAINT), (0, 0), there.point(lambda alpha: round(_OPACITY * alpha)))
    return picture


def _panels(photo: Photograph) -> Image.Image:
    strip = Image.new("RGB", (3 * SIDE, SIDE), BACKGROUND)
    picture = drawn_over(photo.reply)
    assert picture is not None, "an estimate of a photo keeps the photo"
    strip.paste(ImageOps.pad(picture, (SIDE, SIDE), color=BACKGROUND))
    if photo.reply.poses:
        body = FreeBody.load("light")
        vertices = body.vertices(photo.reply.poses[0].rotations)
        for place, azimuth in ((1, 0.0), (2, 90.0)):
            strip.paste(render(vertices, body.faces, SIDE, azimuth, 4.0), (place * SIDE, 0))
    return strip


def _miss(reply: Reply) -> float | None:
    look = reply.look
    if look is None or look.person is None or look.camera is None or not reply.poses:
        return None
    camera = Camera(*torch.tensor(look.camera))
    body, seen = keypoints(reply.poses[0].rotations), torch.from_numpy(look.person.keypoints)
    return float(reprojection_error(body, seen, camera, SURE) / camera.stature)
