"""Train the prior over real poses that the solver keeps to.

    python -m tools.train_prior --data DATA

writes ``assets/body/prior.safetensors`` and prints how well it does on people it never saw. A few minutes on one core.
Only poses that may shape shipped files are used, each with its mirror image; poses of rare postures and poses far from
all others are drawn more often, so that lying, kneeling and handstands are not drowned by walking.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from unipose.body.prior import LATENT, PosePrior, facing_front
from unipose.body.skeleton import forward_kinematics, mirror_rotations
from unipose.data.sources import PoseBank, find_poses, load_poses
from unipose.evaluation.words.nearest_pose import nearest
from unipose.language.measuring.posture import posture
from unipose.language.measuring.registry import Registry

OUTPUT = Path(__file__).resolve().parents[1] / "assets" / "body" / "prior.safetensors"
# What reconstruction may miss by, as the standard deviations of a Gaussian: metres of a joint, entries of a rotation.
JOINT_NOISE, ENTRY_NOISE = 0.03, 0.12
# How much more often poses are drawn the farther they are from all others (tier 0 to 5).
TIER_WEIGHT = torch.tensor([3.0, 2.5, 2.0, 1.5, 1.0, 0.7])


def sampling_weights(poses: PoseBank) -> Tensor:
    """How often each pose is drawn: by tier, and by the square root of how rare its posture is."""
    registry = Registry.load()
    names: list[str] = []
    for part in poses.rotations.split(4096):
        names += posture(registry, registry.truth(registry.measure_poses(part)))
    known = sorted(set(names))
    which = torch.tensor([known.index(name) for name in names])
    return TIER_WEIGHT[poses.tier] * torch.bincount(which).float()[which] ** -0.5


def train(prior: PosePrior, rotations: Tensor, weights: Tensor, steps: int, generator: torch.Generator) -> None:
    optimizer = torch.optim.AdamW(prior.parameters(), lr=2e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    batches = tqdm(range(steps))
    for step in batches:
        batch = rotations[torch.multinomial(weights, 512, replacement=True, generator=generator)]
        batch = torch.cat([batch[:256], mirror_rotations(batch[256:])])
        mean, deviation = prior.posterior(batch)
        decoded = prior.decode(mean + deviation * torch.randn(mean.shape, generator=generator))
        # headings are not encoded, so both are compared as the decoder turns them
        target = facing_front(batch)
        entries = ((decoded - target)[:, :, :2] ** 2).sum((1, 2, 3)) / (2 * ENTRY_NOISE**2)
        joints = ((forward_kinematics(decoded)[0] - forward_kinematics(target)[0]) ** 2).sum((1, 2))
        nats = 0.5 * (mean**2 + deviation**2 - 1.0 - 2.0 * deviation.log()).sum(-1)
        loss = (entries + joints / (2 * JOINT_NOISE**2) + nats).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(prior.parameters(), 50.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            parts = (entries.mean(), joints.mean() / (2 * JOINT_NOISE**2), nats.mean())
            batches.set_postfix_str("entries {:.0f} joints {:.0f} latents {:.0f} nats".format(*parts))


@torch.no_grad()
def gather(prior: PosePrior, rotations: Tensor, weights: Tensor, generator: torch.Generator, rounds: int = 15) -> None:
    """Fit the mixture over latents: k-means of real poses and their mirror images, one spread for all clusters."""
    drawn = rotations[torch.multinomial(weights, 60_000, replacement=True, generator=generator)]
    drawn = torch.cat([drawn[::2], mirror_rotations(drawn[1::2])])
    mean, deviation = prior.posterior(drawn)
    anchors = mean[torch.randperm(len(mean), generator=generator)[: len(prior.anchors)]]
    for _ in range(rounds):
        nearest = torch.cat([torch.cdist(part, anchors).argmin(1) for part in mean.split(4096)])
        counts = torch.bincount(nearest, minlength=len(anchors)).float()
        sums = torch.zeros_like(anchors).index_add_(0, nearest, mean)
        anchors = torch.where(counts[:, None] > 0, sums / counts.clamp_min(1.0)[:, None], anchors)
    prior.anchors.copy_(anchors)
    prior.share.copy_((counts + 1.0) / (counts + 1.0).sum())
    prior.spread.copy_(((mean - anchors[nearest]) ** 2 + deviation**2).mean(0).sqrt())


@torch.no_grad()
def report(prior: PosePrior, data: Path, bank: Tensor, generator: torch.Generator) -> None:
    for split in ("val", "test"):
        held = load_poses(data, split)
        real = held.rotations[held.tier <= 3]
        real = real[torch.randperm(len(real), generator=generator)[:600]]
        decoded = prior.decode(prior.encode(real))
        error = (forward_kinematics(decoded)[0] - forward_kinematics(facing_front(real))[0]).norm(dim=-1).mean()
        print(
            f"{split}: reconstruction {1000 * error:.1f} mm; to the nearest training pose: real "
            f"{100 * nearest(real, bank).mean():.1f} cm, reconstructed {100 * nearest(decoded, bank).mean():.1f} cm"
        )
    normal = prior.decode(torch.randn(600, LATENT, generator=generator))
    print(
        f"samples: {100 * nearest(prior.sample(600, generator), bank).mean():.1f} cm to the nearest training pose "
        f"(of a standard normal instead of the mixture: {100 * nearest(normal, bank).mean():.1f} cm)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the prior over real poses.")
    parser.add_argument("--data", type=Path, help="folder with poses.npz and trials.json")
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--hidden", type=int, default=384)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    data = find_poses(options.data)
    poses = load_poses(data, "train")
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    weights = sampling_weights(poses)
    prior = PosePrior(options.hidden)
    train(prior, poses.rotations, weights, options.steps, generator)
    prior.eval()
    gather(prior, poses.rotations, weights, generator)
    save_file({name: value.contiguous() for name, value in prior.state_dict().items()}, options.output)
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.2f} MB")
    bank = torch.cat([poses.rotations, mirror_rotations(poses.rotations)])
    report(prior, data, bank, generator)


if __name__ == "__main__":
    main()
