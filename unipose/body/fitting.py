"""Bringing a pose and what was detected in a photo together.

A draft of a pose (a network's, say) knows what a single view cannot show; detections know where joints are drawn. Here
the draft moves until its keypoints are drawn where they were seen, no farther from the draft and from what real poses
look like than that takes. It is one nonlinear least-squares problem, solved by Levenberg-Marquardt for a batch at once:
how a keypoint moves as a joint turns is known in closed form, so a step costs one small linear system.

Unknown are the turns of the 22 joints, the camera (weak perspective), and a few bone lengths: people differ, and the
pose shall not bend to make up for long legs. What a single view leaves open, the depth of a limb, stays as drafted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import roma
import torch
from torch import Tensor

from unipose.body.cameras import Camera, find_camera, reprojection_error
from unipose.body.capsules import self_penetration
from unipose.body.fitting_tables import tables
from unipose.body.keypoints import KEYPOINT_NAMES, KEYPOINT_OFFSETS, keypoints
from unipose.body.limits import clamp
from unipose.body.prior import PosePrior
from unipose.body.skeleton import JOINT_NAMES, PARENTS_24, REST_OFFSETS, forward_kinematics

_JOINTS = len(JOINT_NAMES)
_POINTS = len(KEYPOINT_NAMES)
_TURNS = 3 * _JOINTS
_LONGEST = 0.25  # a bone is at most so much longer or shorter than ours, as a share


@dataclass(frozen=True)
class Weights:
    """What counts how much, as standard deviations: the smaller, the stricter.

    Attributes:
        pixel: metres at the person by which detected points are off.
        pixel_tail: metres from which on a point is an outlier rather than off; where the descent ends.
        landmark: radians by which bones of 3D landmarks point elsewhere.
        draft: degrees by which a joint of the draft is off; ``root`` those of the whole body.
        length: share by which bones are longer or shorter than ours.
        surprise: weight of a nat of implausibility.
        penetration: metres of parts of the body standing in each other, in all.
        claim: the square root of what a claim may cost.
        steps: of the descent.
    """

    pixel: float = 0.045
    pixel_tail: float = 0.12
    landmark: float = 0.25
    draft: float = 20.0
    root: float = 20.0
    length: float = 0.08
    surprise: float = 0.1
    penetration: float = 0.03
    claim: float = 0.2
    steps: int = 14


@dataclass(frozen=True, eq=False)
class Fit:
    """Poses brought to what was detected.

    Attributes:
        rotations: float32 [B, 22, 3, 3], within the limits of joints; bone lengths are not part of a pose.
        camera: [B], for our body in that pose.
        errors: [B] mean reprojection error of our body, as a share of the person's standing height.
    """

    rotations: Tensor
    camera: Camera
    errors: Tensor


Claims = Callable[[Tensor], Tensor]
"""What else shall hold: poses [B, 22, 3, 3] to costs [B, K] of missing each of K claims, at least 0; differentiable."""


def fit(
    drafts: Tensor,
    points: Tensor,
    world: Tensor | None = None,
    weights: Weights | None = None,
    claims: Claims | None = None,
) -> Fit:
    """Move drafts of poses to where the detections are.

    Args:
        drafts: [B, 22, 3, 3], the root as the camera sees it.
        points: [B, 27, 3] x and y in pixels (y down) and confidence 0 to 1 of
            :data:`unipose.body.keypoints.KEYPOINT_NAMES`; what has no confidence is left out.
        world: [B, 27, 3] 3D landmarks in metres, x right, Y up, z toward the camera; of them only the directions of
            bones are used, as sure as both ends are.
        weights: how much counts what; :class:`Weights` when left out.
        claims: what else shall hold of the poses, such as what somebody said of them.

    Returns:
        The poses. One in whose photo fewer than two points were seen is returned as drafted, within limits.

    Raises:
        ValueError: for shapes that do not go together, or numbers that are not finite.
    """
    _check(drafts, points, world)
    # some of the misses are followed by gradients, whatever the caller does
    with torch.inference_mode(False), torch.no_grad():
        start, seen = clamp(drafts.float().clone()), points.float().clone()
        landmarks = None if world is None else world.float().clone()
        found = _Descent(start, seen, landmarks, weights or Weights(), claims).run()
        found = torch.where(((seen[..., 2] > 0).sum(-1) < 2)[:, None, None, None], start, found)
        body = keypoints(found)
        camera = find_camera(body, seen)
        return Fit(found, camera, reprojection_error(body, seen, camera) / camera.stature)


# -- descent -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _State:
    """Where the descent is: rotations [B, 22, 3, 3], bone lengths [B, G] as shares beyond ours, and the camera [B, 3]
    as scale, tx and ty, in units in which the person's scale is about 1."""

    rotations: Tensor
    lengths: Tensor
    camera: Tensor

    def better(self, other: _State, where: Tensor) -> _State:
        """Rows of ``other`` where the bool [B] says so."""
        pairs = zip(
            (self.rotations, self.lengths, self.camera), (other.rotations, other.lengths, other.camera), strict=True
        )
        return _State(*(torch.where(where.view(-1, *(1,) * (own.ndim - 1)), new, own) for own, new in pairs))


@dataclass(frozen=True)
class _Body:
    """A state's keypoints [B, 27, 3], joints [B, 24, 3], global rotations [B, 22, 3, 3], and the bones [B, 24, 3]
    that end in each joint as they were if they had our lengths."""

    keypoints: Tensor
    joints: Tensor
    turned: Tensor
    rest: Tensor


class _Descent:
    """Levenberg-Marquardt over turns of joints (in their own axes), bone lengths and camera."""

    def __init__(
        self, start: Tensor, points: Tensor, world: Tensor | None, weights: Weights, claims: Claims | None
    ) -> None:
        self._weights, self._tables, self._prior = weights, tables(), PosePrior.load()
        self._claims = claims
        self._start = start
        self._sure = points[..., 2]
        first = find_camera(keypoints(start), points)
        # pixels are counted from the middle of the points, in units of the person's own scale: metres at the person
        self._target = (points[..., :2] - torch.stack((first.tx, first.ty), -1)[:, None]) / first.scale[:, None, None]
        self._pixel = (weights.pixel + self._tables.vague) / self._sure.clamp_min(1e-3)
        self._arrow, self._arrow_weight = self._directions(world)
        pull = torch.full((_JOINTS, 3), math.radians(weights.draft) ** -2)
        pull[0] = math.radians(weights.root) ** -2
        self._pull = pull.flatten()

    def run(self) -> Tensor:
        """The poses it ends with."""
        batch = len(self._start)
        state = _State(
            self._start,
            self._start.new_zeros(batch, self._tables.length.shape[1]),
            self._start.new_tensor([1.0, 0.0, 0.0]).repeat(batch, 1),
        )
        damping = self._start.new_full((batch,), 1e-2)
        for step in range(self._weights.steps):
            tail = self._tail(step)
            with_flesh = 2 * step >= self._weights.steps
            body = self._body(state)
            matrix, slope = self._system(state, body, tail, with_flesh)
            tried = self._stepped(state, matrix, slope, damping)
            gain = self._cost(state, body, tail, with_flesh) - self._cost(tried, self._body(tried), tail, with_flesh)
            better = gain > 0
            state = state.better(tried, better)
            damping = torch.where(better, damping / 4, damping * 8).clamp(1e-5, 1e3)
        return state.rotations

    def _tail(self, step: int) -> float:
        """From where on points are outliers: far at first, since a draft may be far off, then nearer."""
        end = self._weights.pixel_tail
        return end * 4.0 ** max(0.0, 1.0 - step / (0.6 * self._weights.steps))

    def _directions(self, world: Tensor | None) -> tuple[Tensor, Tensor]:
        """The directions [B, E, 3] that landmarks give bones, and their weights [B, E]."""
        arrows, ends = self._tables.arrows, self._tables.ends
        if world is None:
            return self._start.new_zeros(len(self._start), len(arrows), 3), self._start.new_zeros(
                len(self._start), len(arrows)
            )
        sure = torch.where(ends, self._sure[:, None], 1.0).amin(-1)
        return torch.nn.functional.normalize(arrows @ world, dim=-1), (
            sure / (self._weights.landmark * self._tables.arrow_vague)
        ) ** 2

    def _body(self, state: _State) -> _Body:
        _, turned = forward_kinematics(state.rotations)
        parents = turned[:, [max(parent, 0) for parent in PARENTS_24]]
        rest = (parents @ REST_OFFSETS[:, :, None])[..., 0]
        joints = self._tables.chain @ (rest * (1.0 + state.lengths @ self._tables.length.T)[..., None])
        at = self._tables.joint
        # hands (22, 23) do not turn by themselves
        places = (turned[:, at.clamp_max(_JOINTS - 1)] @ KEYPOINT_OFFSETS[:, :, None])[..., 0] + joints[:, at]
        return _Body(places, joints, turned, rest)

    def _misses(self, state: _State, body: _Body) -> tuple[Tensor, Tensor]:
        """How far points [B, 27, 2] and directions [B, E, 3] are from where they were seen."""
        flat = body.keypoints[..., :2] * body.keypoints.new_tensor([1.0, -1.0])
        drawn = state.camera[:, None, :1] * flat + state.camera[:, None, 1:]
        return drawn - self._target, torch.nn.functional.normalize(
            self._tables.arrows @ body.keypoints, dim=-1
        ) - self._arrow

    def _cost(self, state: _State, body: _Body, tail: float, with_flesh: bool) -> Tensor:
        pixels, arrows = self._misses(state, body)
        seen = torch.where(self._sure > 0, torch.log1p((pixels.square().sum(-1)) / tail**2), 0.0) * tail**2
        cost = (seen / self._pixel**2).sum(-1) + (self._arrow_weight * arrows.square().sum(-1)).sum(-1)
        cost = cost + (self._pull * self._moved(state).square()).sum(-1)
        cost = cost + (state.lengths / self._weights.length).square().sum(-1)
        cost = 0.5 * cost + self._weights.surprise * self._prior.surprise(self._prior.encode(state.rotations))
        if with_flesh:
            depth = self_penetration(body.joints[:, :_JOINTS], body.turned).sum(-1)
            cost = cost + 0.5 * (depth / self._weights.penetration) ** 2
        if self._claims is not None:
            cost = cost + self._claims(state.rotations).sum(-1) / self._weights.claim**2
        return cost

    def _moved(self, state: _State) -> Tensor:
        """[B, 66] how far joints have turned from the draft, in their own axes."""
        return roma.rotmat_to_rotvec(self._start.transpose(-1, -2) @ state.rotations).flatten(1)

    def _system(self, state: _State, body: _Body, tail: float, with_flesh: bool) -> tuple[Tensor, Tensor]:
        """The normal equations [B, P, P] and [B, P] of a step: turns first, then lengths, then the camera."""
        batch, groups = len(state.rotations), state.lengths.shape[1]
        moves = self._moves(body)
        pixels, arrows = self._misses(state, body)
        scale = state.camera[:, :1, None, None]
        flip = body.keypoints.new_tensor([1.0, -1.0])
        drawn = moves[:, :, :2] * flip[:, None] * scale  # [B, 27, 2, 66 + G]
        by_scale = (body.keypoints[..., :2] * flip)[..., None]
        by_shift = torch.eye(2).expand(batch, _POINTS, 2, 2)
        drawn = torch.cat((drawn, by_scale, by_shift), dim=-1)
        weight = torch.where(self._sure > 0, 1.0 / (1.0 + pixels.square().sum(-1) / tail**2), 0.0) / self._pixel**2
        matrix, slope = _normal(drawn, pixels, weight[..., None].expand(-1, -1, 2))
        if self._arrow_weight.any():
            along = self._tables.arrows @ body.keypoints
            length = along.norm(dim=-1).clamp_min(1e-6)[..., None, None]
            unit = along / length[..., 0]
            turn = torch.einsum("ek,bkdp->bedp", self._tables.arrows, moves)
            turn = (turn - unit[..., None] * (unit[..., None] * turn).sum(-2, keepdim=True)) / length
            more = _normal(turn, arrows, self._arrow_weight[..., None].expand(-1, -1, 3))
            size = _TURNS + groups
            matrix[:, :size, :size] += more[0]
            slope[:, :size] += more[1]
        diagonal = matrix.diagonal(dim1=-2, dim2=-1)
        diagonal[:, :_TURNS] += self._pull
        slope[:, :_TURNS] += self._pull * self._moved(state)
        diagonal[:, _TURNS : _TURNS + groups] += self._weights.length**-2
        slope[:, _TURNS : _TURNS + groups] += state.lengths * self._weights.length**-2
        self._add_prior(state, matrix, slope)
        if with_flesh:
            self._add_flesh(state, matrix, slope)
        if self._claims is not None:
            self._add_claims(self._claims, state, matrix, slope)
        return matrix, slope

    def _moves(self, body: _Body) -> Tensor:
        """[B, 27, 3, 66 + G]: how keypoints move as joints turn and bones grow."""
        arms = body.keypoints[:, :, None] - body.joints[:, None, :_JOINTS]  # from each joint to each keypoint
        # turning joint j by w in its own axes moves what it carries by (turned_j w) x arm
        axes = body.turned[:, None].transpose(-1, -2)  # rows are the joint's own axes as the world sees them
        turn = torch.linalg.cross(axes, arms[..., None, :], dim=-1) * self._tables.carried[:, :, None, None]
        turn = turn.flatten(2, 3).transpose(-1, -2)
        share = self._tables.chain[self._tables.joint]
        grow = torch.einsum("kj,bjd,jg->bkdg", share, body.rest, self._tables.length)
        return torch.cat((turn, grow), dim=-1)

    def _add_prior(self, state: _State, matrix: Tensor, slope: Tensor) -> None:
        """The pull of real poses: how latents follow turns, and the centre that the nearest ones have in common."""
        prior = self._prior

        def latent(turns: Tensor, rotations: Tensor) -> Tensor:
            return prior.encode(rotations @ (torch.eye(3) + _cross(turns.unflatten(-1, (_JOINTS, 3)))))

        def both(turns: Tensor, rotations: Tensor) -> tuple[Tensor, Tensor]:
            found = latent(turns, rotations)
            return found, found

        zero = torch.zeros(_TURNS)
        follow, now = torch.func.vmap(torch.func.jacrev(both, has_aux=True), in_dims=(None, 0))(zero, state.rotations)
        scaled, anchors = now / prior.spread, prior.anchors / prior.spread
        square = anchors.square().sum(-1) - 2.0 * scaled @ anchors.T
        share = torch.softmax(prior.share.log() - 0.5 * square, dim=-1)
        follow = follow / prior.spread[:, None]
        weight = self._weights.surprise
        matrix[:, :_TURNS, :_TURNS] += weight * follow.transpose(-1, -2) @ follow
        slope[:, :_TURNS] += weight * (follow.transpose(-1, -2) @ (scaled - share @ anchors)[..., None])[..., 0]

    def _add_flesh(self, state: _State, matrix: Tensor, slope: Tensor) -> None:
        """Parts of the body out of each other, all of it taken as one miss."""
        with torch.enable_grad():
            turns = torch.zeros(len(state.rotations), _JOINTS, 3, requires_grad=True)
            joints, turned = forward_kinematics(state.rotations @ (torch.eye(3) + _cross(turns)))
            depth = self_penetration(joints, turned).sum(-1)
            (follow,) = torch.autograd.grad(depth.sum(), turns)
        follow = follow.flatten(1) / self._weights.penetration
        matrix[:, :_TURNS, :_TURNS] += follow[:, :, None] * follow[:, None]
        slope[:, :_TURNS] += follow * (depth.detach() / self._weights.penetration)[:, None]

    def _add_claims(self, claims: Claims, state: _State, matrix: Tensor, slope: Tensor) -> None:
        """Each claim as one miss whose square is twice its cost."""
        with torch.enable_grad():
            turns = torch.zeros(len(state.rotations), _JOINTS, 3, requires_grad=True)
            costs = claims(state.rotations @ (torch.eye(3) + _cross(turns)))
            for number, each in enumerate(costs.unbind(-1)):
                more = number + 1 < costs.shape[-1]
                (follow,) = torch.autograd.grad(each.sum(), turns, retain_graph=more, allow_unused=True)
                if follow is None:
                    continue
                follow = follow.flatten(1) / self._weights.claim**2
                missed = (2.0 * each.detach() / self._weights.claim**2).clamp_min(1e-6)
                matrix[:, :_TURNS, :_TURNS] += follow[:, :, None] * follow[:, None] / missed[:, None, None]
                slope[:, :_TURNS] += follow

    def _stepped(self, state: _State, matrix: Tensor, slope: Tensor, damping: Tensor) -> _State:
        diagonal = matrix.diagonal(dim1=-2, dim2=-1)
        diagonal += damping[:, None] * diagonal + 1e-6
        step = -torch.linalg.solve_ex(matrix, slope)[0]
        turn = roma.rotvec_to_rotmat(step[:, :_TURNS].unflatten(-1, (_JOINTS, 3)))
        lengths = (state.lengths + step[:, _TURNS:-3]).clamp(-_LONGEST, _LONGEST)
        camera = state.camera + step[:, -3:]
        camera = torch.cat((camera[:, :1].clamp_min(0.2), camera[:, 1:]), dim=-1)
        return _State(clamp(state.rotations @ turn), lengths, camera)


def _normal(follow: Tensor, miss: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Misses [B, K, d], how they follow P unknowns [B, K, d, P] and weights [B, K, d] to normal equations."""
    follow, miss, weight = follow.flatten(1, 2), miss.flatten(1), weight.flatten(1)
    weighted = (follow * weight[..., None]).transpose(-1, -2)
    return weighted @ follow, (weighted @ miss[..., None])[..., 0]


def _cross(vectors: Tensor) -> Tensor:
    """[..., 3] to the matrices [..., 3, 3] that multiply by them."""
    x, y, z = vectors.unbind(-1)
    zero = torch.zeros_like(x)
    return torch.stack((zero, -z, y, z, zero, -x, -y, x, zero), dim=-1).unflatten(-1, (3, 3))


def _check(drafts: Tensor, points: Tensor, world: Tensor | None) -> None:
    batch = len(drafts) if drafts.ndim else 0
    for name, found, shape in (
        ("drafts", drafts, (batch, _JOINTS, 3, 3)),
        ("points", points, (batch, _POINTS, 3)),
        *((("world", world, (batch, _POINTS, 3)),) if world is not None else ()),
    ):
        if tuple(found.shape) != shape:
            raise ValueError(f"expected {name} {list(shape)}, found {list(found.shape)}")
        if not torch.isfinite(found).all():
            raise ValueError(f"{name} have numbers that are not finite; give zero confidence to what is unknown")
