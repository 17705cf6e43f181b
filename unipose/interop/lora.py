"""The official adapter: low-rank changes that are added to the weights they were trained on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from unipose.interop.checkpoints import Weight, open_weights, read_json

PREFIX = "base_model.model."
"""Before every name in the files that peft wrote."""
_PAIR = re.compile(re.escape(PREFIX) + r"(?P<module>.+)\.lora_(?P<side>[AB])\.weight")
_FILES = ("adapter_model.safetensors", "adapter_model.bin")
# Kinds of adapter with another formula. Absent or empty, they are not in use.
_UNKNOWN_KINDS = (
    "alora_invocation_tokens",
    "alpha_pattern",
    "fan_in_fan_out",
    "layer_replication",
    "lora_bias",
    "modules_to_save",
    "rank_pattern",
    "target_parameters",
    "trainable_token_indices",
    "use_bdlora",
    "use_dora",
    "use_qalora",
)
# Other starts, such as PiSSA's, change the weights under the adapter too.
_PLAIN_STARTS = (True, False, None, "gaussian")


@dataclass(frozen=True)
class Adapter:
    """A trained adapter.

    Attributes:
        rank, alpha: as in its settings.
        scaling: what the product is multiplied with: alpha / rank, or alpha / sqrt(rank) when rank-stabilised.
        pairs: by the official name of a Linear, its A [rank, in] and B [out, rank].
    """

    rank: int
    alpha: float
    scaling: float
    pairs: Mapping[str, tuple[Weight, Weight]]

    def merged(self, name: str, weight: Tensor) -> Tensor:
        """The weight [out, in] of that official name with its change added in float32; as it is where none belongs."""
        if (pair := self.pairs.get(name.removesuffix(".weight"))) is None:
            return weight
        a, b = (side.read().float() for side in pair)
        return torch.addmm(weight.float(), b, a, alpha=self.scaling)


def open_adapter(folder: Path, shapes: Mapping[str, tuple[int, ...]]) -> Adapter:
    """Open the adapter of a folder and check it against what it was trained on.

    Args:
        folder: the official ``unipose/``.
        shapes: of the assembled model's weights, by official name.

    Raises:
        ValueError: in one line: settings of an unknown kind, halves missing, targets without change or the other
            way round, or shapes that do not fit.
    """
    settings = read_json(folder / "adapter_config.json")
    rank, alpha, scaling = _read_scaling(folder / "adapter_config.json", settings)
    path = next((folder / name for name in _FILES if (folder / name).is_file()), folder / _FILES[-1])
    halves: dict[str, dict[str, Weight]] = {}
    strange = []
    for name, weight in open_weights(path).items():
        if match := _PAIR.fullmatch(name):
            halves.setdefault(match["module"], {})[match["side"]] = weight
        else:
            strange.append(name)
    if strange:
        raise ValueError(f"'{path}' holds {len(strange)} weights that are no LoRA, first {strange[0]}")
    if alone := [module for module, sides in halves.items() if len(sides) != 2]:
        raise ValueError(f"'{path}' has only one half of {len(alone)} changes, first {alone[0]}; fetch it again")
    _check_targets(path, settings["target_modules"], halves.keys(), shapes)
    for module, sides in halves.items():
        out, width = shapes[f"{module}.weight"]
        found, expected = (sides["A"].shape, sides["B"].shape), ((rank, width), (out, rank))
        if found != expected:
            raise ValueError(f"'{path}' has {module} as {found}, expected {expected} from rank {rank} and the weight")
    return Adapter(rank, alpha, scaling, {module: (sides["A"], sides["B"]) for module, sides in halves.items()})


def _read_scaling(path: Path, settings: Mapping[str, Any]) -> tuple[int, float, float]:
    if (kind := settings.get("peft_type")) != "LORA":
        raise ValueError(f"'{path}' has peft_type {kind!r}, this converter merges 'LORA'")
    if used := [name for name in _UNKNOWN_KINDS if settings.get(name)]:
        raise ValueError(f"'{path}' sets {used[0]}, a kind of adapter that this converter cannot merge")
    if settings.get("bias", "none") != "none":
        raise ValueError(f"'{path}' has bias {settings['bias']!r}, this converter merges adapters without")
    if (start := settings.get("init_lora_weights")) not in _PLAIN_STARTS:
        raise ValueError(f"'{path}' has init_lora_weights {start!r}, which changes the base weights too")
    rank, alpha, targets = (settings.get(name) for name in ("r", "lora_alpha", "target_modules"))
    if not isinstance(rank, int) or rank < 1 or not isinstance(alpha, int | float) or not targets:
        raise ValueError(f"'{path}' lacks r, lora_alpha or target_modules; fetch it again")
    return rank, alpha, alpha / (rank**0.5 if settings.get("use_rslora") else rank)


def _check_targets(path: Path, targets: Any, changed: Any, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Every Linear that the settings name has a change, and no other."""

    def named(module: str) -> bool:  # the adapter library's rule
        if isinstance(targets, str):
            return re.fullmatch(targets, module) is not None
        return any(module == target or module.endswith(f".{target}") for target in targets)

    linear = {name.removesuffix(".weight") for name, shape in shapes.items() if len(shape) == 2}
    expected = {module for module in linear if named(module)}
    if missing := sorted(expected - changed):
        raise ValueError(f"'{path}' lacks the changes of {len(missing)} targets, first {missing[0]}; fetch it again")
    if unused := sorted(changed - expected):
        raise ValueError(
            f"'{path}' changes {len(unused)} modules that are no targets or not in the model, first {unused[0]}; "
            "fetch it and adapter_config.json again"
        )
