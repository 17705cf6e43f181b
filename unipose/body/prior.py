"""What real poses look like: a small variational autoencoder over poses without their heading.

A pose is its 21 local rotations and which way is up as the pelvis sees it; where the body faces is no part of it. The
latents of real poses are gathered in a mixture of Gaussians, which says where in the latent space poses are and makes
sampling and plausibility honest: the middle of nowhere in a standard normal is nobody's pose.
``tools/train_prior.py`` trains it.
"""

from __future__ import annotations

import functools
import math
from os import PathLike

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from unipose import paths
from unipose.body.rotations import matrix_to_rot6d, rot6d_to_matrix
from unipose.body.skeleton import JOINT_NAMES

LATENT = 32
_FEATURES = 6 * (len(JOINT_NAMES) - 1) + 3
_FILE = "body/prior.safetensors"


class PosePrior(nn.Module):
    """Encodes, decodes, samples and judges poses. Load the shipped one with :meth:`load`.

    Args:
        hidden: width of the layers.
        anchors: number of Gaussians in the mixture over latents.
    """

    anchors: Tensor
    spread: Tensor
    share: Tensor

    def __init__(self, hidden: int = 384, anchors: int = 1024) -> None:
        super().__init__()
        self.encoder = _layers(_FEATURES, hidden, 2 * LATENT)
        self.decoder = _layers(LATENT, hidden, _FEATURES)
        self.register_buffer("anchors", torch.zeros(anchors, LATENT))
        self.register_buffer("spread", torch.ones(LATENT))
        self.register_buffer("share", torch.full((anchors,), 1.0 / anchors))

    @staticmethod
    @functools.cache
    def load(path: str | PathLike[str] | None = None) -> PosePrior:
        """The prior in a file of weights; the shipped one when left out. Read once, then shared; do not train it."""
        weights = load_file(paths.assets() / _FILE if path is None else path)
        prior = PosePrior(weights["encoder.0.weight"].shape[0], len(weights["anchors"]))
        prior.load_state_dict({name: value.float() for name, value in weights.items()})
        return prior.requires_grad_(False).eval()

    def posterior(self, rotations: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation [..., LATENT] of the latent of poses [..., 22, 3, 3]."""
        mean, log_deviation = self.encoder(_features(rotations)).chunk(2, dim=-1)
        return mean, log_deviation.clamp(-6.0, 2.0).exp()

    def encode(self, rotations: Tensor) -> Tensor:
        """Poses [..., 22, 3, 3] to latents [..., LATENT]; their heading does not matter."""
        return self.posterior(rotations)[0]

    def decode(self, latents: Tensor) -> Tensor:
        """Latents [..., LATENT] to poses [..., 22, 3, 3] that face about +Z. Differentiable."""
        features = self.decoder(latents)
        local = rot6d_to_matrix(features[..., 3:].unflatten(-1, (-1, 6)))
        up = torch.nn.functional.normalize(features[..., :3], dim=-1, eps=1e-6)
        return torch.cat([_upright(up)[..., None, :, :], local], dim=-3)

    def latents(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw latents [count, LATENT] from the mixture."""
        which = torch.multinomial(self.share, count, replacement=True, generator=generator)
        return self.anchors[which] + self.spread * torch.randn(count, LATENT, generator=generator)

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw poses [count, 22, 3, 3]."""
        return self.decode(self.latents(count, generator))

    def surprise(self, latents: Tensor) -> Tensor:
        """How implausible latents [..., LATENT] are: nats [...] above the most plausible place. Differentiable."""
        scaled, anchors = latents / self.spread, self.anchors / self.spread
        square = (scaled**2).sum(-1, keepdim=True) + (anchors**2).sum(-1) - 2.0 * scaled @ anchors.T
        return math.log(self.share.max().item()) - torch.logsumexp(self.share.log() - 0.5 * square, dim=-1)


def facing_front(rotations: Tensor) -> Tensor:
    """Poses [..., 22, 3, 3] turned about the vertical as :meth:`PosePrior.decode` turns them: fronts toward +Z."""
    return torch.cat([_upright(rotations[..., 0, 1, :])[..., None, :, :], rotations[..., 1:, :, :]], dim=-3)


def _layers(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, outputs)
    )


def _features(rotations: Tensor) -> Tensor:
    # the second row of the pelvis's rotation is the world's up in the pelvis's own axes, whatever its heading
    return torch.cat([rotations[..., 0, 1, :], matrix_to_rot6d(rotations[..., 1:, :, :]).flatten(-2)], dim=-1)


def _upright(up: Tensor) -> Tensor:
    """The rotation of a pelvis that sees the world's up at ``up`` [..., 3], with its front or its top turned to +Z."""
    # a pelvis that looks straight up or down has no front on the ground; what is forward then is where its top points
    steep = up[..., 2:].abs() > 0.9
    own = torch.where(steep, -up[..., 2:].sign() * up.new_tensor([0.0, 1.0, 0.0]), up.new_tensor([0.0, 0.0, 1.0]))
    front = torch.nn.functional.normalize(own - (own * up).sum(-1, keepdim=True) * up, dim=-1)
    return torch.stack([torch.linalg.cross(up, front, dim=-1), up, front], dim=-2)
