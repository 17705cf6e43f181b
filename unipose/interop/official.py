"""The official release on disk: its four parts as one model's weights, each from the file that has the last word.

The official loader takes the language model and the semantic tower from the base, makes the table, the head and the
projector anew, and fills these from ``non_lora_trainables.bin``; the pose-aware tower comes from TokenHMR, the pose
tokenizer from its own checkpoint. It passes over what does not fit; here each such weight is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from unipose.interop.checkpoints import Weights, open_sharded, open_weights
from unipose.interop.lora import PREFIX, Adapter, open_adapter

TRAINED_FILE = "non_lora_trainables.bin"
_LANGUAGE = re.compile(r"model\.(layers|norm)\.")
_EYES = re.compile(r"model\.vision_tower\.vision_tower\.vision_model\.")
_TRAINED = re.compile(r"model\.(embed_tokens|mm_projector)\.|lm_head\.")
_NEWLINE = "model.image_newline"  # of the base's own way to cut pictures, which is not used
_TOWER, _POSES = "model.hmr_vit_backbone.", "model.pose_vqvae."
_POSE_WEIGHT = re.compile(r"(encoder|decoder|quantizer)\.")
# The training program around the pose tokenizer also kept its losses and metrics.
_POSE_EXTRAS = re.compile(r"loss|metric", re.IGNORECASE)
MUST_BE_TRAINED = (
    "model.embed_tokens.weight",
    "lm_head.weight",
    "model.mm_projector.0.weight",
    "model.mm_projector.0.bias",
    "model.mm_projector.2.weight",
    "model.mm_projector.2.bias",
)


@dataclass(frozen=True)
class OfficialFiles:
    """Where the parts lie.

    Attributes:
        unipose: the published folder: settings, words, adapter and ``non_lora_trainables.bin``.
        base: the folder of LLaVA-1.6-Mistral-7B.
        tokenhmr: TokenHMR's checkpoint.
        pose_vqvae: the pose tokenizer's checkpoint.
    """

    unipose: Path
    base: Path
    tokenhmr: Path
    pose_vqvae: Path


@dataclass(frozen=True)
class Assembled:
    """The official model, nothing of it read yet.

    Attributes:
        weights: by official name, in the order of the files.
        adapter: still to be merged into them.
    """

    weights: Weights
    adapter: Adapter


def open_poses(path: Path) -> Weights:
    """The pose tokenizer's weights by official name, without the name its training program put before them.

    Raises:
        ValueError: in one line: no codebook or several, or weights that are no part of it.
    """
    found = open_weights(path)
    books = [name for name in found if name.endswith("quantizer.codebook")]
    if len(books) != 1:
        raise ValueError(
            f"'{path}' has {len(books)} codebooks, expected one; fetch best_MPJPE.ckpt of the pose tokenizer"
        )
    prefix = books[0].removesuffix("quantizer.codebook")
    named = {name.removeprefix(prefix): weight for name, weight in found.items() if name.startswith(prefix)}
    poses = {name: weight for name, weight in named.items() if _POSE_WEIGHT.match(name)}
    outside = (name for name in found if not name.startswith(prefix))
    _refuse_unused(path, (name for name in (*named, *outside) if name not in poses and not _POSE_EXTRAS.search(name)))
    return poses


def assemble(files: OfficialFiles, poses: Weights) -> Assembled:
    """Open every file and put the parts together.

    Args:
        files: where they lie.
        poses: from :func:`open_poses`.

    Raises:
        ValueError: in one line, see :mod:`unipose.interop.checkpoints`; or naming weights that have no use, or that
            ``non_lora_trainables.bin`` should have.
    """
    base = open_sharded(files.base)
    trained = {name.removeprefix(PREFIX): w for name, w in open_weights(files.unipose / TRAINED_FILE).items()}
    if lacking := [name for name in MUST_BE_TRAINED if name not in trained]:
        raise ValueError(
            f"'{files.unipose / TRAINED_FILE}' lacks {len(lacking)} weights that no other file has, first "
            f"{lacking[0]}; fetch it again"
        )
    usable = re.compile("|".join(kind.pattern for kind in (_LANGUAGE, _EYES, _TRAINED)))
    weights: Weights = {}
    for path, part in ((files.base, base), (files.unipose / TRAINED_FILE, trained)):
        known = {name: weight for name, weight in part.items() if usable.match(name)}
        _refuse_unused(path, (name for name in part if name not in known and name != _NEWLINE))
        weights |= known  # what was trained replaces what the base has
    if untrained := [name for name in base if _TRAINED.match(name) and name not in trained]:
        raise ValueError(f"'{files.unipose / TRAINED_FILE}' lacks {untrained[0]}, whose value in the base is not used")
    weights |= _open_tower(files.tokenhmr)
    weights |= {_POSES + name: weight for name, weight in poses.items()}
    return Assembled(weights, open_adapter(files.unipose, {name: weight.shape for name, weight in weights.items()}))


def _open_tower(path: Path) -> Weights:
    """The image tower of TokenHMR, whose other parts are not used."""
    found = open_weights(path)
    tower = {name: weight for name, weight in found.items() if "backbone" in name}
    _refuse_unused(path, (name for name in tower if not name.startswith("backbone.")))
    if not tower:
        raise ValueError(f"'{path}' has no backbone among its {len(found)} weights; fetch tokenhmr_model.ckpt")
    return {_TOWER + name.removeprefix("backbone."): weight for name, weight in tower.items()}


def _refuse_unused(path: Path, names: Iterable[str]) -> None:
    if unused := sorted(names):
        raise ValueError(
            f"'{path}' holds {len(unused)} weights that the model has no place for: {', '.join(unused[:3])}; fetch the "
            "file named in docs/converting.md"
        )
