"""Which weight of the model comes from where: all of them, each once, in the right shape."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from unipose.interop.checkpoints import Weight
from unipose.interop.names import place
from unipose.interop.official import TRAINED_FILE, Assembled, OfficialFiles
from unipose.model.config import UniPoseConfig
from unipose.model.unipose import UniPoseModel

EXACT = "pose_tokenizer."
"""Geometry stays float32: in bfloat16 codes flip and joints turn by degrees."""


@dataclass(frozen=True)
class Planned:
    """One weight of ours.

    Attributes:
        official: the name of the official weight that it is, or is a part of.
        empty: its shape and type to be, on the meta device.
    """

    official: str
    empty: Tensor


@dataclass(frozen=True)
class Plan:
    """Everything to be written, nothing of it read yet.

    Attributes:
        entries: by our name, in the order of the official files.
        source: the official model.
        own: our names, as the installed library spells them.
    """

    entries: Mapping[str, Planned]
    source: Assembled
    own: frozenset[str]

    @property
    def num_bytes(self) -> int:
        """Size of all weights."""
        return sum(entry.empty.nbytes for entry in self.entries.values())

    def read(self, ours: str) -> Tensor:
        """Read one weight: merge, split and round it, in memory of its own.

        Raises:
            ValueError: in one line: it holds whole numbers, NaN or infinity, or is too large for its type.
        """
        entry = self.entries[ours]
        weight = self.source.weights[entry.official]
        stored = weight.read()
        if not stored.is_floating_point():  # as of a copy that somebody quantised
            raise ValueError(f"'{weight.file}' has {entry.official} as {stored.dtype}; fetch the files as published")
        merged = self.source.adapter.merged(entry.official, stored)
        value = place({entry.official: merged}, self.own)[ours]
        _check_finite(value, f"'{weight.file}' is damaged: {entry.official} holds NaN or infinity; fetch it again")
        rounded = value.to(entry.empty.dtype, copy=True, memory_format=torch.contiguous_format)
        _check_finite(rounded, f"{entry.official} has numbers too large for {entry.empty.dtype}; convert to bf16")
        return rounded


def make_plan(config: UniPoseConfig, source: Assembled, files: OfficialFiles, dtype: torch.dtype) -> Plan:
    """Match the official weights with those the model of ``config`` has.

    Args:
        config: of the model to be.
        source: the official model.
        files: where it came from, for what is said.
        dtype: of everything but the pose tokenizer.

    Raises:
        ValueError: in one line a file: how many weights it lacks, has too many, or has in another shape, and the first
            ones.
    """
    with torch.device("meta"):
        own = UniPoseModel(config).state_dict()
    entries: dict[str, Planned] = {}
    misfits: dict[Path, dict[str, list[str]]] = {}

    def tell(ours: str, what: str, name: str) -> None:
        misfits.setdefault(_home(ours, files), {}).setdefault(what, []).append(name)

    for name, weight in source.weights.items():
        for ours, value in _pieces(name, weight, own).items():
            if ours not in own:
                tell(ours, "of no use to a model of this config.json", name)
                continue
            if value.shape != own[ours].shape:
                tell(ours, "of another shape", f"{name} {list(value.shape)} for {list(own[ours].shape)}")
            rounded = own[ours].is_floating_point() and not ours.startswith(EXACT)
            kind = dtype if rounded else own[ours].dtype
            entries[ours] = Planned(name, torch.empty(value.shape, dtype=kind, device="meta"))
    for ours in sorted(own.keys() - entries.keys()):
        tell(ours, "missing", ours)
    if misfits:
        lines = (
            f"'{path}': " + ", ".join(f"{len(names)} {what} ({_first(names)})" for what, names in found.items())
            for path, found in misfits.items()
        )
        raise ValueError(f"the files do not make a whole model; {'; '.join(lines)}; fetch the named files again")
    return Plan(entries, source, frozenset(own))


def _pieces(name: str, weight: Weight, own: Container[str]) -> dict[str, Tensor]:
    return place({name: torch.empty(weight.shape, device="meta")}, own)


def _home(ours: str, files: OfficialFiles) -> Path:
    """The file that a weight of ours should come from."""
    if re.match(r"lm_head\.|language_model\.embed_tokens\.|vision\.projector\.", ours):
        return files.unipose / TRAINED_FILE
    if ours.startswith("vision.pose."):
        return files.tokenhmr
    return files.pose_vqvae if ours.startswith(EXACT) else files.base


def _first(names: list[str], most: int = 3) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def _check_finite(value: Tensor, complaint: str) -> None:
    if value.is_floating_point() and not torch.isfinite(value).all():
        raise ValueError(complaint)
