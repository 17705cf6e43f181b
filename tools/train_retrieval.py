"""Train the evaluators of retrieval: poses and their texts, pairs of poses and the texts about the change.

    python -m tools.train_retrieval --data DATA

writes ``assets/retrieval/poses`` and ``assets/retrieval/pairs``, float16, and prints how well each finds the texts of
people it never saw. About twelve minutes on one core for both; ``--budget`` ends the training of each early.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import torch
from tqdm import tqdm

from unipose.data.sources import find_poses, load_poses
from unipose.evaluation.metrics import recall
from unipose.evaluation.retrieval.examples import Examples, Storyteller
from unipose.evaluation.retrieval.model import KINDS, RetrievalModel
from unipose.evaluation.retrieval.training import teach
from unipose.training.schedule import parse_budget

OUTPUT = Path(__file__).resolve().parents[1] / "assets" / "retrieval"
LEARNT, HELD = 3, 2  # tiers: poses at least 3 cm apart to learn from, 5 cm to be tested on


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with poses.npz and trials.json")
    parser.add_argument("--steps", type=int, default=1200, help="of training of each")
    parser.add_argument("--budget", help="time to end the training of each within, such as 90s or 5m")
    parser.add_argument("--examples", type=int, default=40_000, help="texts written for each")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--only", choices=sorted(KINDS), help="train one of the two")
    options = parser.parse_args()
    data, seconds = find_poses(options.data), parse_budget(options.budget) if options.budget else math.inf
    taught, held = (load_poses(data, split) for split in ("train", "val"))
    learning = Storyteller(taught.rotations[taught.tier <= LEARNT])
    testing = Storyteller(held.rotations[held.tier <= HELD], mixing=False)
    for kind in [options.only] if options.only else KINDS:
        with tqdm(total=1.0, desc=kind, bar_format="{l_bar}{bar}| {postfix}") as bar:

            def show(done: float, loss: float, bar: tqdm = bar) -> None:
                bar.update(done - bar.n)
                bar.set_postfix_str(f"loss {loss:.2f}")

            model = teach(getattr(learning, kind)(options.examples, seed=0), options.steps, seconds, progress=show)
        folder = options.output / kind
        model.save_pretrained(folder, state_dict={name: value.half() for name, value in model.state_dict().items()})
        print(
            f"{folder}: {(folder / 'model.safetensors').stat().st_size / 1e6:.2f} MB, {len(model.config.words)} words"
        )
        _report(RetrievalModel.from_pretrained(folder, dtype=torch.float32).eval(), getattr(testing, kind)(512, seed=1))


@torch.inference_mode()
def _report(model: RetrievalModel, held: Examples) -> None:
    poses, texts = model.encode_poses(held.rotations), model.encode_texts(held.texts)
    for way, similar in (("text to pose", texts @ poses.T), ("pose to text", poses @ texts.T)):
        found = {"R@1 in 32": recall(similar, (1,), pool=32)["R@1"], **recall(similar)}
        print(f"  {way}: " + ", ".join(f"{name} {100 * one.value:.1f} %" for name, one in found.items()))


if __name__ == "__main__":
    main()
