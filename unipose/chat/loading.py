"""From a model's name to the model with its processor, ready to answer."""

from __future__ import annotations

import logging
from pathlib import Path

import torch

from unipose.chat.checks import one_line
from unipose.chat.choosing import choose
from unipose.chat.doubt import Doubt
from unipose.chat.turns import UserError
from unipose.chat.weights import DEFAULT, locate
from unipose.model.processor import UniPoseProcessor
from unipose.model.runtime import load_network, pick_device, pick_dtype
from unipose.model.unipose import UniPoseModel

_LOG = logging.getLogger(__name__)


def load_pretrained(
    name_or_path: str | Path | None,
    revision: str | None,
    device: str | torch.device | None,
    dtype: str | torch.dtype,
    bits: int | None,
) -> tuple[UniPoseModel, UniPoseProcessor, str, Doubt | None]:
    """Model, processor, name, and how far off its estimates are; see :meth:`unipose.chat.UniPose.from_pretrained`."""
    choice = choose(name_or_path)
    if choice.why:
        _LOG.info(choice.why)
    try:
        place = pick_device(device or choice.device or "cpu")
        numbers = pick_dtype(dtype, place)
    except ValueError as error:
        raise UserError(str(error)) from None
    folder = locate(choice.name, revision)
    try:
        model = load_network(folder, place, numbers, bits)
        processor = UniPoseProcessor.from_pretrained(folder, local_files_only=True)
        doubt = Doubt.read(Path(folder))
    except Exception as error:  # what a foreign or damaged folder raises is any of a dozen types
        raise UserError(f"'{folder}' does not load as a UniPose model: {one_line(error)}") from error
    return model, processor, str(choice.name or DEFAULT), doubt
