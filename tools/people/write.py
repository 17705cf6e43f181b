"""A set of pictures on disk, in the layout of :mod:`unipose.data.pictures`, with more arrays beside the pose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from tools.people.settings import HEIGHT, WIDTH
from tools.people.stream import Picture

SHARD = 1000
"""Pictures of one folder, and of one file of labels while the set is being written."""
_ARRAYS = ("pose_aa", "keypoints_2d", "keypoints_3d", "joints_2d", "joints_3d", "camera", "lens", "build", "number")


def missing(folder: Path, start: int, count: int, seed: int, split: str) -> Iterator[range]:
    """The ranges of numbers, at most a shard each, that the folder does not hold yet.

    Raises:
        ValueError: when the folder holds pictures of another seed or split.
    """
    for first in range(start, start + count, SHARD):
        numbers = range(first, min(first + SHARD, start + count))
        path = _shard(folder, first)
        if path.is_file():
            with np.load(path, allow_pickle=False) as archive:
                found = int(archive["seed"]), str(archive["split"][0])
                whole = len(archive["image"]) >= len(numbers)
            if found != (seed, split):
                raise ValueError(f"'{path}' is of seed and split {found}, not {(seed, split)}; name another folder")
            if whole:
                continue
        yield numbers


def write_shard(folder: Path, pictures: Iterable[Picture], seed: int, split: str) -> int:
    """Save pictures and then their labels; returns how many. Their numbers follow one another."""
    kept: list[Picture] = []
    names: list[str] = []
    for picture in pictures:
        name = f"{picture.number // SHARD:03d}/{picture.number:06d}.jpg"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        # quality is drawn from the number, so that a picture does not depend on the order of writing
        quality = int(np.random.default_rng((seed, picture.number, 1)).integers(55, 96))
        picture.image.save(folder / name, quality=quality)
        kept.append(picture)
        names.append(name)
    arrays = {name: np.stack([getattr(picture, name) for picture in kept]) for name in _ARRAYS}
    path = _shard(folder, kept[0].number)
    path.parent.mkdir(parents=True, exist_ok=True)
    _save(path, image=np.array(names), split=np.array([split] * len(kept)), seed=np.array(seed), **arrays)
    return len(kept)


def gather(folder: Path) -> int:
    """Join the labels of all shards into ``labels.npz``; returns how many pictures it names."""
    parts = []
    for path in sorted((folder / "shards").glob("*.npz")):
        with np.load(path, allow_pickle=False) as archive:
            parts.append({name: archive[name] for name in ("image", "split", *_ARRAYS)})
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    count = len(joined["image"])
    size = np.tile([WIDTH, HEIGHT], (count, 1))
    _save(folder / "labels.npz", text=np.array([""] * count), size=size, **joined)
    return count


def _shard(folder: Path, number: int) -> Path:
    return folder / "shards" / f"{number:06d}.npz"


def _save(path: Path, **arrays: np.ndarray) -> None:
    """Write beside and rename, so that a reader never meets half a file."""
    beside = path.with_name(f".{path.stem}.{id(arrays)}.npz")
    np.savez_compressed(beside, **arrays)
    beside.replace(path)
