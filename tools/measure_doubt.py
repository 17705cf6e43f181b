"""Measure how far a model's estimates from photos are off, so that what it says of photos holds nevertheless.

    python -m tools.measure_doubt --data DATA [--pictures PICTURES] [--model assets/nano]

writes ``photo_errors.safetensors`` into the model's folder (:mod:`unipose.chat.doubt`). The people are those of the
split ``val``: neither what the model learnt from nor what it is examined on. A few minutes on one core.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from unipose import paths
from unipose.body.pose import face_forward
from unipose.chat import UniPose
from unipose.chat.doubt import FILE, Doubt
from unipose.data.sources import load_poses
from unipose.evaluation.photos.cases import WAYS, Cases, Way, imagined, rendered
from unipose.evaluation.photos.seer import Seer
from unipose.language import Registry

PEOPLE = 256
APART = 2
"""The tier of poses at least 5 cm apart, see :mod:`unipose.data.sources`."""


def errors(seer: Seer, cases: Cases, way: Way) -> Tensor:
    """True minus estimated measures of people: float16 [N, M]."""
    registry = Registry.load()
    true, found = cases.rotations, seer.show(cases.given(way)).rotations
    measures = [registry.measure_poses(face_forward(rotations)) for rotations in (true, found)]
    return (measures[0] - measures[1]).half()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, required=True, help="pose collection")
    arguments.add_argument("--pictures", type=Path, help="drawn pictures, for a model with image towers")
    arguments.add_argument("--model", type=Path, default=paths.assets() / "nano", help="folder")
    options = arguments.parse_args()
    seer = Seer(UniPose.from_pretrained(options.model))
    bank = load_poses(options.data, "val")
    poses = bank.rotations[bank.tier <= APART]
    chosen = torch.randperm(len(poses), generator=torch.Generator().manual_seed(0))[:PEOPLE]
    cases = imagined(poses[chosen], seed=0)
    found = {
        "keypoints": errors(seer, cases, WAYS["keypoints"]),
        "landmarks": errors(seer, cases, WAYS["keypoints and landmarks"]),
    }
    if options.pictures is not None and seer.takes(WAYS["image alone"]):
        found["picture"] = errors(seer, rendered(options.pictures, "val", PEOPLE, 0), WAYS["image alone"])
    Doubt(found).save(options.model)
    print(f"{options.model / FILE}: {', '.join(f'{len(rows)} by {way}' for way, rows in found.items())}")


if __name__ == "__main__":
    main()
