"""The key table: every weight of the official release under our name.

The assembled official model mixes the language model, a projector, two image towers and the pose tokenizer
under ``model.``; here each part goes to its place in :class:`unipose.model.unipose.UniPoseModel`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping

import torch
from torch import Tensor

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
_NOT_NEEDED = re.compile(r"^model\.image_newline$|^model\.pose_vqvae\.(loss|metrics)\b")
_CODEBOOK = "pose_tokenizer.quantizer.codebook"


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


def place(state: Mapping[str, Tensor], own: Container[str]) -> dict[str, Tensor]:
    """Official weights as a model of the installed library release names them, the codebook's training state added.

    The running sums of the codebook are not published. They are set to one count a code, so that training
    could go on.

    Args:
        state: as in :func:`translate`; any part of it.
        own: names in the model's own state.

    Raises:
        ValueError: for a name that is not in the table.
    """
    weights = translate(state)
    if "vision.clip.vision_model.post_layernorm.weight" in own:  # older releases keep this tower one level deeper
        weights = {name.replace("vision.clip.", "vision.clip.vision_model.", 1): w for name, w in weights.items()}
    if (codebook := weights.get(_CODEBOOK)) is not None:
        weights["pose_tokenizer.quantizer.code_sum"] = codebook.clone()
        weights["pose_tokenizer.quantizer.code_count"] = codebook.new_ones(len(codebook))
        weights["pose_tokenizer.quantizer.initialised"] = torch.tensor(True)
    return weights


def _translate_one(name: str, value: Tensor) -> Iterator[tuple[str, Tensor]]:
    if _NOT_NEEDED.match(name):
        return
    for pattern, replacement in _NAMES:
        ours, found = re.subn(pattern, replacement, name)
        if found and ".qkv." in ours and value.ndim:
            for part, chunk in zip(("query", "key", "value"), value.tensor_split(3), strict=True):
                yield ours.replace("qkv", part), chunk
        elif found:
            yield ours, value
        if found:
            return
    raise ValueError(f"{name} is no weight of the official model; pass the assembled model's state")
