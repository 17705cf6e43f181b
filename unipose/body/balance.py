"""Does a pose stand: its centre of mass over what it stands on, and which foot carries it.

A pose has no ground of its own, so its lowest surface point is the floor. Nothing here knows of chairs: a seated body
reads as falling over. Segment masses and centres are de Leva's (J. Biomech. 29, 1996), male. Up is +Y, metres.
"""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor

from unipose.body.capsules import CAPSULE_NAMES, Capsules, lowest

# Part: (share of the body's mass, where along the capsule its centre is). The trunk's share is split over its capsules.
_MASS: dict[str, tuple[float, float]] = {
    "head": (0.0694, 0.0),
    "chest": (0.1596, 0.5),
    "belly": (0.1633, 0.5),
    "pelvis": (0.1117, 0.5),
    "upper_arm": (0.0271, 0.577),
    "forearm": (0.0162, 0.457),
    "hand": (0.0061, 0.0),
    "thigh": (0.1416, 0.410),
    "shin": (0.0433, 0.446),
    "foot": (0.0137, 0.442),
}
_CONTACT = 0.05  # a surface this near the floor carries, metres of the rest skeleton
_FADE = 20.0  # what is higher is drawn inward by this much a metre, so that well up it carries nothing
_DIRECTIONS = 64  # the hull is measured across this many headings
_FOOTING = 0.08  # a support narrower than the sole of a foot is measured as if it were one, metres
_NARROW = 0.05  # feet nearer than this side by side share the load evenly, metres


@functools.cache
@torch.inference_mode(False)  # kept for callers that follow gradients, whoever comes first
def _mass() -> tuple[Tensor, Tensor]:
    rows = [_MASS.get(name.removeprefix("left_").removeprefix("right_"), (0.0, 0.0)) for name in CAPSULE_NAMES]
    share, along = zip(*rows, strict=True)
    return torch.tensor(share) / sum(share), torch.tensor(along)


def centre_of_mass(body: Capsules) -> Tensor:
    """Where the mass of a body is centred: [..., 3] metres."""
    share, along = (each.to(body.radii)[:, None] for each in _mass())
    return (share * (body.starts + along * (body.ends - body.starts))).sum(-2)


def support_margin(body: Capsules) -> Tensor:
    """How far inside its support a body's centre of mass is.

    The support is the hull of the surfaces within 5 cm of the floor. The margin is the distance from the centre of
    mass to the hull's edge, over the mean half-width of the hull: 1 at the middle of a disc, 0 on the edge, negative
    where the body would tip.

    Args:
        body: capsules with leading dimensions [...].

    Returns:
        [...], without unit.
    """
    points = torch.cat([body.starts, body.ends], dim=-2)
    radii = torch.cat([body.radii, body.radii], dim=-1)
    height = points[..., 1] - radii
    above = height - height.amin(-1, keepdim=True) - _CONTACT * body.scale[..., None]
    outward = 0.7 * radii - _FADE * above.clamp_min(0.0)  # flesh pressed on the floor widens to most of its radius
    ways = _ways(body)
    reach = (points[..., [0, 2]] @ ways + outward[..., None]).amax(-2)
    centre = centre_of_mass(body)[..., None, [0, 2]]
    to_edge = (reach - (centre @ ways)[..., 0, :]).amin(-1)
    return to_edge / torch.maximum(reach.mean(-1), _FOOTING * body.scale)


@torch.no_grad()
def _ways(body: Capsules) -> Tensor:
    """Unit vectors [..., 2, K] all around, the first along the hips: what they measure turns with the body."""
    left, right = (CAPSULE_NAMES.index(f"{side}_thigh") for side in ("left", "right"))
    hips = (body.starts[..., left, :] - body.starts[..., right, :])[..., [0, 2]]
    start = torch.atan2(hips[..., 1], hips[..., 0])[..., None]
    angle = start + torch.arange(_DIRECTIONS).to(hips) * (2.0 * math.pi / _DIRECTIONS)
    return torch.stack([angle.cos(), angle.sin()], dim=-2)


def left_load(body: Capsules) -> Tensor:
    """How the weight is shared by the feet.

    A foot off the floor carries nothing; between two standing feet the share follows where the centre of mass is on
    the line from one to the other.

    Args:
        body: capsules with leading dimensions [...].

    Returns:
        [...] from -1 (all on the right foot) to 1 (all on the left), 0 when even or when neither foot is down.
    """
    height = lowest(body)
    ground = height.amin(-1)
    left, right = (CAPSULE_NAMES.index(f"{side}_foot") for side in ("left", "right"))
    middle = 0.5 * (body.starts + body.ends)[..., [0, 2]]
    between = middle[..., left, :] - middle[..., right, :]
    centre = centre_of_mass(body)[..., [0, 2]] - 0.5 * (middle[..., left, :] + middle[..., right, :])
    along = (centre * between).sum(-1) / ((between * between).sum(-1) + (_NARROW * body.scale) ** 2)
    toward = (0.5 + along).clamp(0.0, 1.0)

    def down(which: int) -> Tensor:
        return (2.0 - (height[..., which] - ground) / (_CONTACT * body.scale)).clamp(0.0, 1.0)

    on_left, on_right = down(left), down(right)
    both = torch.minimum(on_left, on_right)
    return (on_left - on_right) * (1.0 - both) + both * (2.0 * toward - 1.0)
