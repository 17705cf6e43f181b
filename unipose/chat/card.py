"""The model card: what a folder of weights says about itself, for people and for the Hub's index.

Everything in it is read from the folder. Figures appear only where the training left them (``training.json``).
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from safetensors import safe_open

from unipose.model.config import UniPoseConfig

CARD = "README.md"

_TEXT = """\
---
license: {license}
library_name: unipose
pipeline_tag: {pipeline}
tags: [{tags}]
---
# {title}

A UniPose model: it turns words into 3D human poses, poses into words, and edits and compares poses{eyes}.
{numbers:.1f} million numbers: a {kind} language model, and a pose tokenizer of {tokens} tokens a pose and
{codes} codes. A pose is 22 joint rotations in SMPL order, without hands, shape or translation.

## Use

```bash
python -m unipose chat --model {repo}
python app.py --model {repo}
```

```python
from unipose import UniPose

model = UniPose.from_pretrained("{repo}")
pose = model.generate("Lift your left leg.").poses[0]
```

`{repo}@REVISION` pins a branch, tag or commit. The folder holds safetensors only and needs no code from the Hub.
"""

_FIGURES = """
## Training

Stage "{stage}", as it ended (`training.json`):

| figure | value |
|---|---|
{rows}
"""


def write_card(folder: Path, repo: str, license: str = "other") -> Path:
    """Write the card of the model in ``folder``, if it has none; returns the card's path.

    Args:
        folder: one that :func:`unipose.chat.folders.check_folder` accepts.
        repo: ``owner/name`` it is to have on the Hub, told in how to load it.
        license: an identifier of the Hub. The default claims nothing: weights carry the terms of what they were
            trained on and started from.
    """
    path = folder / CARD
    if path.exists():
        return path
    config = UniPoseConfig.from_pretrained(folder)
    sees = config.vision_config is not None
    text = _TEXT.format(
        license=license,
        pipeline="any-to-any" if sees else "text-to-3d",
        tags=", ".join(["human-pose", "smpl", "text-to-pose", "pose-to-text", *(["image-to-pose"] if sees else [])]),
        title=repo.split("/")[-1],
        eyes=", and estimates them from photos" if sees else "",
        numbers=_count_numbers(folder) / 1e6,
        kind=config.text_config.model_type,
        tokens=config.pose_tokenizer_config.num_tokens,
        codes=config.pose_tokenizer_config.num_codes,
        repo=repo,
    )
    path.write_text(text + _training(folder), encoding="utf-8")
    return path


def _count_numbers(folder: Path) -> int:
    """Of all weights, by the headers of their files."""
    count = 0
    for path in folder.glob("model*.safetensors"):
        with safe_open(path, framework="numpy") as weights:
            count += sum(math.prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118 (no dict)
    return count


def _training(folder: Path) -> str:
    path = folder / "training.json"
    if not path.is_file():
        return ""
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    rows = "\n".join(f"| {name} | {value:.4g} |" for name, value in told["figures"].items())
    return _FIGURES.format(stage=told["stage"], rows=rows)
