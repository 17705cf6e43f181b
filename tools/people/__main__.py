"""Write a set of synthetic people; see the package. Resumes where it was stopped.

python -m tools.people --data DATA --out FOLDER --count 24000 --split train --seed 1
python -m tools.people --data DATA --out FOLDER --count 1500 --split test --held-out --seed 3
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch
from tqdm import tqdm

from tools.people.bodies import Poses
from tools.people.settings import HELD_OUT, TRAIN
from unipose.body.mesh import FreeBody
from unipose.data.sources import SPLITS, find_poses


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.people", description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder of the pose collection")
    parser.add_argument("--out", type=Path, required=True, help="folder to write; what it holds already is kept")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--start", type=int, default=0, help="first number, a multiple of 1000; for several processes")
    parser.add_argument("--split", choices=SPLITS, default="train", help="whose poses")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--held-out", action="store_true", help="clothes, backgrounds and cameras that training never sees"
    )
    parser.add_argument(
        "--extra", type=Path, help="npz with arrays of rotations [m, 22, 3, 3], one for each kind of pose"
    )
    asked = parser.parse_args()
    try:
        from tools.people.scene import Studio
        from tools.people.stream import stream
        from tools.people.write import gather, missing, write_shard
    except ModuleNotFoundError as error:
        raise SystemExit(f"{error}; pip install -r requirements-build.txt") from None
    torch.set_num_threads(1)
    body = FreeBody.load("full")
    studio = Studio(body)
    poses = Poses.load(find_poses(asked.data), asked.split, asked.extra)
    ranges = HELD_OUT if asked.held_out else TRAIN
    for numbers in missing(asked.out, asked.start, asked.count, asked.seed, asked.split):
        begun = time.perf_counter()
        pictures = stream(poses, ranges, asked.seed, numbers, studio, body)
        written = write_shard(asked.out, tqdm(pictures, total=len(numbers), mininterval=10), asked.seed, asked.split)
        print(f"{written / (time.perf_counter() - begun):.1f} pictures a second; {gather(asked.out)} in '{asked.out}'")


if __name__ == "__main__":
    main()
