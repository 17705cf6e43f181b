"""Put a trained nano into ``assets/nano``: half-precision weights and a model card with what was measured.

    python tools/ship_nano.py --run runs/language --tokenizer runs/tokenizer --data DATA

reads the two runs, converts the weights to float16, evaluates *the converted weights* on the validation people, and
writes weights, configuration, processor, figures (``figures.json``) and card (``README.md``).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from unipose.chat import UniPose
from unipose.data.sources import load_poses
from unipose.evaluation.run import evaluate, table
from unipose.model.processor import UniPoseProcessor
from unipose.model.unipose import UniPoseModel
from unipose.training.loops import LOG

ASSETS = Path(__file__).resolve().parents[1] / "assets" / "nano"

CARD = """\
---
license: apache-2.0
library_name: unipose
tags: [human-pose, smpl, text-to-pose, pose-to-text]
---
# UniPose nano

The small UniPose model that ships with the repository: text to pose, pose to text, pose editing and pose difference on
a CPU, offline. {parameters:.1f} million numbers in float16: a pose tokenizer ({tokenizer:.1f} M, 40 tokens a pose, 1024
codes) and a language model trained from nothing ({language:.1f} M). It has no image towers yet.

## Data

Human motion capture and hand-made poses, subjects of the training split only, {count:,} poses:
{licences}. Poses under share-alike licences were left out. Texts were written by this repository's pose language about
those poses, and about new ones made by exchanging limbs; no sentence of another dataset was used.

> The data used in this project was obtained from mocap.cs.cmu.edu. The database was created with funding from NSF
> EIA-0196217.

## Recipe

| stage | command | steps | seconds |
|---|---|---|---|
| tokenizer | `python -m unipose train tokenizer --data DATA --out runs/tokenizer --budget {tokenizer_budget}` | {tokenizer_steps} | {tokenizer_seconds} |
| language | `python -m unipose train language --data DATA --tokenizer runs/tokenizer --out runs/language --budget {language_budget}` | {language_steps} | {language_seconds} |

Two shared cores of an AMD EPYC (Zen 5, bfloat16), busy with other work. `tools/ship_nano.py` then made this folder.
The language run was resumed while its recipe was being settled: the verdict loss joined at step 1000, the weights of
words, poses and tasks took their present values at step 1600 (`docs/log.md`). The command runs the settled recipe from
the first step.

## Measured

`python -m unipose evaluate --data DATA` on these weights; {examples} examples a task from validation subjects, none of
whom were trained on; 95 % bootstrap intervals; distances in millimetres. "statements" is the share of single claims that
hold by the pose registry, "all" the share of texts all of whose claims do. "shown" is what a
person is shown: answers that miss what was asked, or say what is not so, are drawn anew. "ceiling" is the true pose after
the tokenizer, "chance" another person's pose.

```
{figures}
```

## Limits

It knows postures and limbs, not actions, objects or styles, and reads English only. Words it never met are ignored. Poses
have no translation, hands or shape.
"""  # noqa: E501 (a table row of the card is one line)


def main() -> None:
    parser = argparse.ArgumentParser(description="Put a trained nano into assets/nano.")
    parser.add_argument("--run", type=Path, required=True, help="folder of the language run")
    parser.add_argument("--tokenizer", type=Path, required=True, help="folder of the tokenizer run")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--count", type=int, default=300, help="examples a task")
    options = parser.parse_args()

    trained = UniPoseModel.from_pretrained(options.run)
    halves = {
        name: value.half() if value.is_floating_point() else value for name, value in trained.state_dict().items()
    }
    trained.save_pretrained(ASSETS, state_dict=halves)
    UniPoseProcessor.from_pretrained(options.run).save_pretrained(ASSETS)

    unipose = UniPose.from_pretrained(ASSETS)
    model = unipose.model
    report = evaluate(unipose, options.data, count=options.count, progress=_say)
    (ASSETS / "figures.json").write_text(json.dumps({"commit": _commit(), "figures": report}, indent=1) + "\n")
    train = load_poses(options.data, "train")
    runs = {"tokenizer": _last(options.tokenizer), "language": _last(options.run)}
    sizes = {"tokenizer": model.pose_tokenizer.num_parameters(), "all": model.num_parameters()}
    card = CARD.format(
        parameters=sizes["all"] / 1e6,
        tokenizer=sizes["tokenizer"] / 1e6,
        language=(sizes["all"] - sizes["tokenizer"]) / 1e6,
        count=len(train),
        licences=", ".join(f"{count:,} under {name}" for name, count in train.licenses.items()),
        examples=options.count,
        figures=table(report),
        **{f"{stage}_steps": int(run["steps"]) for stage, run in runs.items()},
        **{f"{stage}_seconds": round(run["seconds"]) for stage, run in runs.items()},
        **{f"{stage}_budget": f"{round(run['seconds'] / 60)}m" for stage, run in runs.items()},
    )
    (ASSETS / "README.md").write_text(card, encoding="utf-8")
    _say(table(report))


def _last(run: Path) -> dict[str, float]:
    """The figures a finished run ended its log with."""
    line = json.loads((run / LOG).read_text(encoding="utf-8").splitlines()[-1])
    if not line.get("final"):
        raise SystemExit(f"the run in '{run}' is not finished; go on with --resume")
    return line


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=ASSETS.parent, check=False)
    return done.stdout.strip()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
