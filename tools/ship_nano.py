"""Put a trained nano into ``assets/nano``: half-precision weights and a model card with what was measured.

    python -m tools.ship_nano --stages runs/tokenizer runs/alignment runs/eyes runs/instruction --data DATA

takes the model of the last stage, converts its weights to float16, evaluates *the converted weights* on test people,
and writes weights, configuration, processor, figures (``figures.json``) and card (``README.md``).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from unipose.chat import UniPose
from unipose.data.sources import load_poses
from unipose.evaluation.printing import table
from unipose.evaluation.run import evaluate, origin
from unipose.model.processor import UniPoseProcessor
from unipose.model.unipose import UniPoseModel
from unipose.training.provenance import PROVENANCE

ASSETS = Path(__file__).resolve().parents[1] / "assets" / "nano"

LARGEST = "24MB"  # of a file of weights; the repository takes 25

CARD = """\
---
license: apache-2.0
library_name: unipose
tags: [human-pose, smpl, text-to-pose, pose-to-text]
---
# UniPose nano

The small UniPose model that ships with the repository: text to pose, pose to text, pose editing, pose difference and
photo to pose on a CPU, offline. {parameters:.1f} million numbers in float16: a pose tokenizer ({tokenizer:.1f} M, {tokens}
tokens a pose, {codes} codes), a language model trained from nothing ({language:.1f} M){eyes}.

## Data

Human motion capture and hand-made poses, subjects of the training split only, {count:,} poses:
{licences}. Poses under share-alike licences were left out. Texts were written by this repository's pose language about
those poses, and about new ones made by exchanging limbs; no sentence of another dataset was used.

> The data used in this project was obtained from mocap.cs.cmu.edu. The database was created with funding from NSF
> EIA-0196217.

## Recipe

| stage | command | steps | seconds |
|---|---|---|---|
{stages}

`tools/ship_nano.py` then made this folder.

## Measured

`{command}` on these weights, on {machine}; people none of whom were trained on; in brackets 95 % bootstrap intervals;
distances in millimetres. "statements" is the share of single claims that hold by the pose registry, "all" the share of
texts all of whose claims do. "model" is the likeliest answer, "shown" what a person is shown: answers that miss what was
asked, or say what is not so, are drawn anew; poses are mended by the solver, and words that leave too much open are
completed by the pose language. "ceiling" is the true pose after the tokenizer, or one more text
of our own, "chance" what belongs to somebody else. Retrieval is by a separately trained evaluator (`assets/retrieval`);
R-precision in groups of 32, in pools of 32 drawn for each, and among all; METEOR without synonyms.

```
{figures}
```

## Limits

It knows postures and limbs, not actions, objects or styles, and reads English only. Words it never met are ignored. Poses
have no translation, hands or shape.
"""  # noqa: E501 (a table row of the card is one line)


def main() -> None:
    parser = argparse.ArgumentParser(description="Put a trained nano into assets/nano.")
    parser.add_argument("--stages", type=Path, nargs="+", required=True, help="folders of finished stages, in order")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="test", help="val or test")
    parser.add_argument("--count", type=int, default=300, help="examples a task")
    options = parser.parse_args()
    stages = [_finished(folder) for folder in options.stages]

    trained = UniPoseModel.from_pretrained(options.stages[-1])
    trained.config.pose_tokenizer_config.name_or_path = ""  # where it lay on the machine that trained it
    halves = {
        name: value.half() if value.is_floating_point() else value for name, value in trained.state_dict().items()
    }
    for old in ASSETS.glob("model*.safetensors*"):
        old.unlink()
    trained.save_pretrained(ASSETS, state_dict=halves, max_shard_size=LARGEST)
    UniPoseProcessor.from_pretrained(options.stages[-1]).save_pretrained(ASSETS)

    unipose = UniPose.from_pretrained(ASSETS)
    report = evaluate(unipose, options.data, split=options.split, count=options.count, progress=_say)
    command = f"python -m unipose evaluate --data DATA --split {options.split} --count {options.count}"
    result = origin(command, options.split, options.count, seed=0) | {"figures": report}
    (ASSETS / "figures.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (ASSETS / "README.md").write_text(_card(unipose.model, stages, options.data, result), encoding="utf-8")
    _say(table(report))


def _card(model: UniPoseModel, stages: list[dict[str, Any]], data: Path, result: dict[str, Any]) -> str:
    train, codes = load_poses(data, "train"), model.config.pose_tokenizer_config
    sizes = {"tokenizer": model.pose_tokenizer.num_parameters(), "all": model.num_parameters()}
    rows = [
        f"| {each['stage']} | `python -m unipose train {each['stage']} --data DATA --out runs/{each['stage']}` | "
        f"{each['figures']['steps']:.0f} | {each['figures']['seconds']:.0f} |"
        for each in stages
    ]
    return CARD.format(
        parameters=sizes["all"] / 1e6,
        tokenizer=sizes["tokenizer"] / 1e6,
        language=model.language_model.num_parameters() / 1e6,
        eyes=_eyes(model),
        tokens=codes.num_tokens,
        codes=codes.num_codes,
        count=len(train),
        licences=", ".join(f"{count:,} under {name}" for name, count in train.licenses.items()),
        stages="\n".join(rows),
        command=result["command"],
        machine=result["machine"],
        figures=table(result["figures"]),
    )


def _eyes(model: UniPoseModel) -> str:
    """What it sees with, in words."""
    parts = {"image towers and projector": model.vision, "a pose reader": model.pose_reader}
    sizes = {name: sum(p.numel() for p in part.parameters()) / 1e6 for name, part in parts.items() if part is not None}
    return "".join(f", {name} ({size:.1f} M)" for name, size in sizes.items())


def _finished(folder: Path) -> dict[str, Any]:
    """What a finished stage came to."""
    path = folder / PROVENANCE
    if not path.is_file():
        raise SystemExit(f"the stage in '{folder}' is not finished: no {PROVENANCE}; go on with --resume")
    return json.loads(path.read_text(encoding="utf-8"))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
