"""Weights of the official release under our names. Foreign names stay in this file.

The assembled official model mixes the language model, a projector, two image towers and the pose tokenizer
under ``model.``; here each part goes to its place in :class:`unipose.model.unipose.UniPoseModel`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from unipose.model.unipose import UniPoseModel

_POSE_VIT = r"^(?:model\.hmr_vit_backbone|backbone)\."
_POSE_VIT_BLOCK = _POSE_VIT + r"blocks\.(\d+)\."
_OURS_BLOCK = r"vision.pose.encoder.layer.\1."

_NAMES: tuple[tuple[str, str], ...] = (
    (r"^model\.(embed_tokens|layers|norm)\.", r"language_model.\1."),
    (r"^lm_head\.", "lm_head."),
    (r"^model\.mm_projector\.", "vision.projector."),
    (r"^model\.vision_tower\.vision_tower\.vision_model\.", "vision.clip."),
    (r"^model\.pose_vqvae\.", "pose_tokenizer."),
    (_POSE_VIT + "pos_embed$", "vision.pose.embeddings.position_embeddings"),
    (_POSE_VIT + r"patch_embed\.proj\.", "vision.pose.embeddings.patch_embeddings.projection."),
    (_POSE_VIT + r"last_norm\.", "vision.pose.layernorm."),
    (_POSE_VIT_BLOCK + r"norm1\.", _OURS_BLOCK + "layernorm_before."),
    (_POSE_VIT_BLOCK + r"norm2\.", _OURS_BLOCK + "layernorm_after."),
    (_POSE_VIT_BLOCK + r"mlp\.", _OURS_BLOCK + "mlp."),
    (_POSE_VIT_BLOCK + r"attn\.proj\.", _OURS_BLOCK + "attention.output.dense."),
    (_POSE_VIT_BLOCK + r"attn\.qkv\.", _OURS_BLOCK + "attention.attention.qkv."),
)
_NOT_NEEDED = re.compile(r"^model\.image_newline$|^pose_tokenizer\.(loss|metrics)\b")


def translate(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename official weights, and split the pose-aware tower's fused query, key and value.

    Args:
        state: of the assembled model (``model.*``, ``lm_head.*``), or of TokenHMR (``backbone.*``).

    Returns:
        the same tensors under our names.

    Raises:
        ValueError: for a name that is not in the table.
    """
    return {ours: tensor for name, value in state.items() for ours, tensor in _translate_one(name, value)}


def _translate_one(name: str, value: Tensor) -> Iterator[tuple[str, Tensor]]:
    for pattern, replacement in _NAMES:
        ours, found = re.subn(pattern, replacement, name)
        if not found:
            continue
        if ".qkv." in ours:
            for part, chunk in zip(("query", "key", "value"), value.chunk(3), strict=True):
                yield ours.replace("qkv", part), chunk
        elif not _NOT_NEEDED.match(ours):
            yield ours, value
        return
    if not _NOT_NEEDED.match(name):
        raise ValueError(f"{name} is no weight of the official model; pass the assembled model's state")


def load_official(model: UniPoseModel, state: Mapping[str, Tensor]) -> None:
    """Copy official weights into a model of the same sizes, all or nothing.

    The running sums of the codebook are not published. They are set to one count a code, so that training
    could go on.

    Args:
        model: built from :meth:`unipose.model.config.UniPoseConfig.official` or the sizes at hand; changed in
            place.
        state: of the assembled official model, pose tokenizer under ``model.pose_vqvae.`` included.

    Raises:
        ValueError: naming the weights that are missing, unexpected or of another shape.
    """
    weights = translate(state)
    own = model.state_dict()
    nested = any(name.startswith("vision.clip.vision_model.") for name in own)
    if nested:  # older releases of the library keep the semantic tower one level deeper
        weights = {name.replace("vision.clip.", "vision.clip.vision_model.", 1): w for name, w in weights.items()}
    codebook = weights.get("pose_tokenizer.quantizer.codebook")
    if codebook is not None:
        weights["pose_tokenizer.quantizer.code_sum"] = codebook.clone()
        weights["pose_tokenizer.quantizer.code_count"] = codebook.new_ones(len(codebook))
        weights["pose_tokenizer.quantizer.initialised"] = torch.tensor(True)
    complaints = {
        "missing": sorted(own.keys() - weights.keys()),
        "unexpected": sorted(weights.keys() - own.keys()),
        "of another shape": sorted(
            f"{name} {list(weights[name].shape)} for {list(own[name].shape)}"
            for name in own.keys() & weights.keys()
            if own[name].shape != weights[name].shape
        ),
    }
    if any(complaints.values()):
        lines = [f"{len(names)} {what}, first {names[0]}" for what, names in complaints.items() if names]
        raise ValueError(f"the official weights do not fit this model: {'; '.join(lines)}")
    model.load_state_dict(weights)
