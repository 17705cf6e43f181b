"""Stages 2 to 4: a language model learns poses, then to see, then all it will be asked (paper section 3.4).

Nano's language model is small enough to be trained whole; it starts from nothing and learns words, poses and the
tasks together. A model whose language model was pretrained keeps it, and learns through low-rank adapters.
"""

from __future__ import annotations

import copy
from pathlib import Path

import torch
from accelerate import PartialState

from unipose.data.pictures import Pictures
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.model.processor import UniPoseProcessor
from unipose.model.unipose import UniPoseModel
from unipose.training.checkpoints import checkpoint, claim
from unipose.training.fitting import fit
from unipose.training.material import Material, Shelf, open_shelf
from unipose.training.mixture import Source
from unipose.training.nano import begin_from, nano_model, nano_processor
from unipose.training.settings import LoopSettings
from unipose.training.stages import adapters


def train_alignment(
    material: Material,
    tokenizer: Path,
    settings: LoopSettings,
    *,
    start: Path | None = None,
    lora: bool | None = None,
) -> dict[str, float]:
    """Stage 2: words and poses; saves a model folder.

    Args:
        material: what is read.
        tokenizer: folder of a trained pose tokenizer.
        settings: of the run.
        start: folder of a model to go on from. Trained whole, it is a nano with the same pose tokenizer, whose words
            are learnt anew, each starting from the old pieces it is spelt with. With adapters it is a model of any
            size, which keeps its words. Without one an untrained nano is made.
        lora: train the language model through adapters (True) or whole (False); by its size when left out.

    Returns:
        Held-out losses in nats a label for each source, steps and seconds.

    Raises:
        ValueError: for adapters without a ``start``, a start with another pose tokenizer, a start that is no nano; see
            also :func:`unipose.training.loops.run`.
    """
    claim(settings)
    torch.manual_seed(settings.seed)
    pose_tokenizer = PoseTokenizer.from_pretrained(tokenizer).eval()
    begun = None if start is None else UniPoseModel.from_pretrained(start)
    if begun is None and lora:
        raise ValueError(
            "an untrained language model has nothing that adapters could adapt; name a model to start from"
        )
    if begun is not None and not _same(begun.pose_tokenizer, pose_tokenizer):
        raise ValueError(f"the model in '{start}' has another pose tokenizer than '{tokenizer}'; its codes mean others")
    shelves = open_shelf(material, "train", pose_tokenizer), open_shelf(material, "val", pose_tokenizer)
    how = None if begun is None else adapters("alignment", _size(begun), lora)
    if begun is not None and how is not None and start is not None:
        model, processor = begun, UniPoseProcessor.from_pretrained(start)
    else:
        processor = _words(shelves[0], pose_tokenizer, settings)
        model = nano_model(processor, pose_tokenizer)
        if start is not None:
            begin_from(model, processor, start)
    sources, held_out = (shelf.sources for shelf in shelves)
    return fit("alignment", model, processor, sources, held_out, settings, lora=how, aided_by=shelves[0].synthesis)


def train_projector(
    pictures: Path, start: Path, settings: LoopSettings, *, data: Path | None = None, named: Path | None = None
) -> dict[str, float]:
    """Stage 3: the projector alone learns to show pictures to the language model; saves a model folder.

    Args:
        pictures: folder of labelled pictures (:mod:`unipose.data.pictures`).
        start: folder of a model with image towers.
        settings: of the run.
        data, named: as in :class:`unipose.training.material.Material`, for a model with a pose reader: what is said
            about its pictures is written with them.

    Returns:
        Held-out loss in nats a label, steps and seconds.

    Raises:
        ValueError: when the model has no eyes or its language model is shown no pictures, or the pictures are not in
            their layout; see also :func:`unipose.training.loops.run`.
    """
    claim(settings)
    torch.manual_seed(settings.seed)
    model, processor = UniPoseModel.from_pretrained(start), UniPoseProcessor.from_pretrained(start)
    if model.vision is None:
        raise ValueError(f"the model in '{start}' has no image towers, so no projector; start from one that has")
    if model.vision.projector is None:
        raise ValueError(f"the language model in '{start}' is shown no pictures, so there is no projector to train")
    tokenizer = _on_the_side(model)
    kinds: list[dict[str, Source]] = []
    if model.pose_reader is None:
        kinds += [{"pictures": Pictures.load(pictures, split, tokenizer)} for split in ("train", "val")]
    elif data is None:
        raise ValueError(
            f"the model in '{start}' reads poses, whose words are written with a pose collection; add --data"
        )
    else:
        shelves = [open_shelf(Material(data, named, pictures), split, tokenizer, True) for split in ("train", "val")]
        kinds += [{"sights": shelf.sources["sights"]} for shelf in shelves]
    sources, held_out = kinds
    return fit("projector", model, processor, sources, held_out, settings)


def train_instruction(
    material: Material, start: Path, settings: LoopSettings, *, lora: bool | None = None
) -> dict[str, float]:
    """Stage 4: every task in every wording; saves a model folder.

    Args:
        material: what is read; pictures are for a model with eyes.
        start: folder of a model that went through the stages before.
        settings: of the run.
        lora: as in :func:`train_alignment`.

    Returns:
        Held-out losses in nats a label for each source, steps and seconds.

    Raises:
        ValueError: for pictures without eyes; see also :func:`unipose.training.loops.run`.
    """
    claim(settings)
    torch.manual_seed(settings.seed)
    model, processor = UniPoseModel.from_pretrained(start), UniPoseProcessor.from_pretrained(start)
    if model.vision is None and material.pictures is not None:
        raise ValueError(f"the model in '{start}' has no image towers; leave the pictures out")
    tokenizer = _on_the_side(model)
    reads = model.pose_reader is not None
    train, val = (open_shelf(material, split, tokenizer, reads) for split in ("train", "val"))
    how = adapters("instruction", _size(model), lora)
    return fit(
        "instruction", model, processor, train.sources, val.sources, settings, lora=how, aided_by=train.synthesis
    )


def _words(shelf: Shelf, pose_tokenizer: PoseTokenizer, settings: LoopSettings) -> UniPoseProcessor:
    """Nano's processor: those words that the run began with, or new ones. One process learns them, the others read."""
    with PartialState().main_process_first():
        if (settings.resume and checkpoint(settings.out)) or not PartialState().is_main_process:
            return UniPoseProcessor.from_pretrained(settings.out)
        # conversations say nothing in other words, and take long to make up
        read = {name: source for name, source in shelf.sources.items() if name not in ("pictures", "dialogues")}
        processor = nano_processor(read, pose_tokenizer, settings.seed)
        processor.save_pretrained(settings.out)
        return processor


def _on_the_side(model: UniPoseModel) -> PoseTokenizer:
    """A copy of the model's pose tokenizer that stays on the CPU, where texts are written."""
    return copy.deepcopy(model.pose_tokenizer).eval()


def _same(one: PoseTokenizer, other: PoseTokenizer) -> bool:
    """Equal but for what rounding to half precision leaves."""
    ours, theirs = one.state_dict(), other.state_dict()
    return ours.keys() == theirs.keys() and all(
        value.shape == theirs[name].shape and torch.allclose(value.float(), theirs[name].float(), 2e-3, 1e-3)
        for name, value in ours.items()
    )


def _size(model: UniPoseModel) -> int:
    return sum(parameter.numel() for parameter in model.language_model.parameters())
