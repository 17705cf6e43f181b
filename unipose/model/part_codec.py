"""Nano's pose encoder and decoder: every token belongs to one of six body parts.

A part is coded by itself, so any combination of known arms, legs and trunks is known too: it generalises to unseen
people where one network over the whole pose does not, and words about a part concern that part's tokens only.
Left limbs are reflected, coded by the networks of the right limbs, and reflected back: a mirrored pose has the same
codes with the sides exchanged.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from unipose.body.skeleton import JOINT_NAMES
from unipose.model.residual import Residual

PART_JOINTS: dict[str, tuple[str, ...]] = {
    "trunk": ("pelvis", "spine1", "spine2", "spine3"),
    "head": ("neck", "head"),
    "left_arm": ("left_collar", "left_shoulder", "left_elbow", "left_wrist"),
    "right_arm": ("right_collar", "right_shoulder", "right_elbow", "right_wrist"),
    "left_leg": ("left_hip", "left_knee", "left_ankle", "left_foot"),
    "right_leg": ("right_hip", "right_knee", "right_ankle", "right_foot"),
}
# Reflection of x conjugates a rotation; of its first two rows it negates these entries.
_REFLECT_6D = torch.tensor([1.0, -1.0, -1.0, -1.0, 1.0, 1.0])


class _Network(nn.Sequential):
    """Linear in, residual blocks, linear out."""

    def __init__(self, inner: int, outer: int, hidden_size: int, num_layers: int) -> None:
        blocks = [Residual(hidden_size) for _ in range(num_layers)]
        super().__init__(
            nn.Linear(inner, hidden_size), *blocks, nn.LayerNorm(hidden_size), nn.Linear(hidden_size, outer)
        )


def _network_name(part: str) -> str:
    """Which network codes a part: both sides share one."""
    return part.removeprefix("left_").removeprefix("right_")


class _PartCodec(nn.Module):
    def __init__(self, part_tokens: dict[str, int], code_width: int, hidden_size: int, num_layers: int) -> None:
        super().__init__()
        if set(part_tokens) != set(PART_JOINTS):
            raise ValueError(f"part_tokens needs the parts {sorted(PART_JOINTS)}, found {sorted(part_tokens)}")
        for part, tokens in part_tokens.items():
            other = part.replace("left_", "right_")
            if part_tokens[other] != tokens:
                raise ValueError(
                    f"both sides need as many tokens, found {part}: {tokens}, {other}: {part_tokens[other]}"
                )
        self.part_tokens = dict(part_tokens)
        self.code_width = code_width
        self.networks = nn.ModuleDict()
        for part, tokens in part_tokens.items():
            if _network_name(part) not in self.networks:
                sizes = self._sizes(6 * len(PART_JOINTS[part]), tokens * code_width)
                # The head has two joints of small range: half the width does.
                width = hidden_size // 2 if part == "head" else hidden_size
                self.networks[_network_name(part)] = _Network(*sizes, width, num_layers)

    def _sizes(self, rotations: int, latents: int) -> tuple[int, int]:
        raise AssertionError("the direction is set by the subclass")

    @staticmethod
    def _indices(part: str) -> list[int]:
        return [JOINT_NAMES.index(name) for name in PART_JOINTS[part]]


class PartEncoder(_PartCodec):
    """Rotations [B, 22, 6] to latents [B, T, code_width], the parts' tokens in the order of ``part_tokens``."""

    def _sizes(self, rotations: int, latents: int) -> tuple[int, int]:
        return rotations, latents

    def forward(self, rot6d: Tensor) -> Tensor:
        latents = []
        for part, tokens in self.part_tokens.items():
            x = rot6d[:, self._indices(part)]
            if part.startswith("left_"):
                x = x * _REFLECT_6D.to(x)
            latents.append(self.networks[_network_name(part)](x.flatten(1)).unflatten(1, (tokens, self.code_width)))
        return torch.cat(latents, 1)


class PartDecoder(_PartCodec):
    """Latents [B, T, code_width] to rotations [B, 22, 6]."""

    def _sizes(self, rotations: int, latents: int) -> tuple[int, int]:
        return latents, rotations

    def forward(self, latents: Tensor) -> Tensor:
        placed: list[Tensor] = [latents] * len(JOINT_NAMES)
        chunks = latents.split(list(self.part_tokens.values()), dim=1)
        for part, chunk in zip(self.part_tokens, chunks, strict=True):
            rot6d = self.networks[_network_name(part)](chunk.flatten(1)).unflatten(1, (-1, 6))
            if part.startswith("left_"):
                rot6d = rot6d * _REFLECT_6D.to(rot6d)
            for joint, rows in zip(self._indices(part), rot6d.unbind(1), strict=True):
                placed[joint] = rows
        return torch.stack(placed, 1)
