"""A tiny made-up pose collection in the documented layout, for tests that need one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import roma
import torch
from PIL import Image, ImageDraw

from unipose.body.keypoints import keypoints
from unipose.body.pose import yaw_matrix
from unipose.body.postures import standing


def write_collection(folder: Path, count: int = 60, seed: int = 0) -> Path:
    """Random gentle poses: the first half train, then val, then test; every third under a share-alike licence."""
    rng = np.random.default_rng(seed)
    licences = ["CMU mocap terms", "CC0-1.0", "CC BY-SA 3.0"]
    split = np.repeat([0, 1, 2], [count // 2, count // 4, count - count // 2 - count // 4]).astype(np.uint8)
    np.savez(
        folder / "poses.npz",
        pose_aa=(0.3 * rng.standard_normal((count, 22, 3))).astype(np.float16),
        trial=np.arange(count, dtype=np.int32) % len(licences),
        tier=(np.arange(count) % 6).astype(np.uint8),
        split=split,
    )
    (folder / "trials.json").write_text(json.dumps([{"license": name} for name in licences]), encoding="utf-8")
    return folder


def write_pictures(folder: Path, count: int, layout: str = "jsonl", splits: list[str] | None = None) -> Path:
    """Small pictures of noise with labels beside them; every second has a hint."""
    rng = np.random.default_rng(0)
    names = [f"{number:02}.png" for number in range(count)]
    for name in names:
        Image.fromarray(rng.integers(0, 255, (48, 40, 3), dtype=np.uint8)).save(folder / name)
    poses = (0.3 * rng.standard_normal((count, 22, 3))).astype(np.float32)
    hints = ["arms raised" if number % 2 else "" for number in range(count)]
    if layout == "npz":
        given = {} if splits is None else {"split": np.array(splits)}
        np.savez(folder / "labels.npz", image=np.array(names), pose_aa=poses, text=np.array(hints), **given)
        return folder
    rows = [
        {"image": name, "pose": pose.tolist(), "text": hint}
        for name, pose, hint in zip(names, poses, hints, strict=True)
    ]
    if splits is not None:
        rows = [{**row, "split": split} for row, split in zip(rows, splits, strict=True)]
    (folder / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def write_drawn(folder: Path, splits: list[str], seed: int = 0) -> Path:
    """Small black pictures of people whose keypoints are dots, each of a grey of its own; labelled as drawn ones are.

    The last keypoint, the right toe, is by far the brightest.
    """
    dice = torch.Generator().manual_seed(seed)
    count, (width, height) = len(splits), (48, 64)
    rotations = yaw_matrix(6.28 * torch.rand(count, generator=dice))[:, None] @ standing().rotations[None, :1]
    rotations = torch.cat((rotations, standing().rotations[None, 1:].expand(count, -1, -1, -1)), dim=1)
    points = keypoints(rotations)
    camera = torch.tensor([24.0, width / 2, height / 2]) + 2 * torch.rand(count, 3, generator=dice)
    places = camera[:, None, :1] * points[..., :2] * torch.tensor([1.0, -1.0]) + camera[:, None, 1:]
    names = [f"{row:02}.png" for row in range(count)]
    for name, dots in zip(names, places.tolist(), strict=True):
        picture = Image.new("RGB", (width, height))
        for number, (x, y) in enumerate(dots):
            grey = 255 if number == len(dots) - 1 else 20 + 3 * number
            ImageDraw.Draw(picture).ellipse((x - 1.5, y - 1.5, x + 1.5, y + 1.5), fill=(grey,) * 3)
        picture.save(folder / name)
    np.savez(
        folder / "labels.npz",
        image=np.array(names),
        pose_aa=roma.rotmat_to_rotvec(rotations).numpy(),
        split=np.array(splits),
        keypoints_2d=torch.cat((places, torch.ones_like(places[..., :1])), -1).numpy(),
        keypoints_3d=points.numpy(),
        camera=camera.numpy(),
    )
    return folder
