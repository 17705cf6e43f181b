"""Which numbers of a model a stage may move: a row of the table, applied."""

from __future__ import annotations

from collections import Counter

from peft import LoraConfig, LoraModel

from unipose.model.unipose import UniPoseModel
from unipose.training.stages import Lora, Stage

_PREFIXES = {
    "pose_tokenizer.": "pose tokenizer",
    "language_model.": "language model",
    "vision.projector.": "projector",
    "vision.": "towers",
    "pose_reader.": "reader",
}


def part_of(model: UniPoseModel, name: str) -> str:
    """The part (of :data:`unipose.training.stages.PARTS`) that a parameter of the model belongs to.

    Raises:
        ValueError: for a parameter of no part.
    """
    table = {id(module.weight) for module in (model.get_input_embeddings(), model.lm_head)}
    if id(model.get_parameter(name)) in table:
        return "table"
    part = next((part for prefix, part in _PREFIXES.items() if name.startswith(prefix)), None)
    if part is None:
        raise ValueError(f"parameter {name} belongs to no part of the model; known are {', '.join(_PREFIXES)}")
    return part


def freeze(model: UniPoseModel, stage: Stage, lora: Lora | None = None) -> LoraModel | None:
    """Let the parts that ``stage`` trains move, and no others.

    Args:
        model: changed in place.
        stage: a row of the table.
        lora: train the language model through these low-rank adapters, its own numbers frozen. The table of words,
            codes and queries, which has rows that no pretrained model knows, moves whole all the same.

    Returns:
        The adapters, for :func:`merge`; ``None`` without ``lora``, or where the stage leaves the language model alone.
    """
    adapters = None
    if lora is not None and "language model" in stage.trains:
        config = LoraConfig(
            r=lora.rank, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=list(lora.targets)
        )
        adapters = LoraModel(model.language_model, config, "default")
    for name, parameter in model.named_parameters():
        part = part_of(model, name)
        added = ".lora_" in name
        parameter.requires_grad_(part in stage.trains and (added or adapters is None or part != "language model"))
    return adapters


def merge(adapters: LoraModel | None) -> None:
    """Add the adapters to the weights they adapt, and take them out of the model."""
    if adapters is not None:
        adapters.merge_and_unload()


def trained(model: UniPoseModel) -> dict[str, int]:
    """How many numbers of each part move; parts that stand still are left out."""
    counts: Counter[str] = Counter()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            counts[part_of(model, name)] += parameter.numel()
    return dict(counts)
