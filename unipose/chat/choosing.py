"""The model named ``auto``: the official one where a GPU and its weights are at hand, else nano.

Nothing is downloaded by choosing: the official weights weigh tens of gigabytes and are fetched only when named.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from unipose.chat import hub
from unipose.chat.folders import check_folder, gigabytes
from unipose.chat.turns import UserError
from unipose.chat.weights import DEFAULT
from unipose.model.runtime import available_devices
from unipose.paths import official

AUTO = "auto"
HEADROOM = 2e9
"""Bytes that must be free beside the weights: keys and values of a full context (0.3 GB), activations, the driver."""


@dataclass(frozen=True)
class Choice:
    """A model to load: any name but ``auto``, the device it was chosen for, and one line for people on why.

    ``device`` is ``None`` and ``why`` empty where the model was named and nothing was chosen.
    """

    name: str | Path | None
    device: str | None = None
    why: str = ""


@dataclass(frozen=True)
class Accelerator:
    """A device for the network: torch's name of it, what people call it, and its free memory in bytes."""

    device: str
    title: str
    free: float


def choose(name_or_path: str | Path | None) -> Choice:
    """What ``auto`` stands for on this machine, now; any other name stands for itself."""
    if name_or_path != AUTO:
        return Choice(name_or_path)
    gpu = find_accelerator()
    if gpu is None:
        return _nano("there is no GPU here")
    named = official()
    try:
        folder = _local(named)
    except UserError as error:
        return _nano(str(error))
    needed = sum(path.stat().st_size for path in folder.glob("model*.safetensors")) + HEADROOM
    memory = f"it needs {gigabytes(needed)} and {gpu.title} has {gigabytes(gpu.free)} free"
    if needed > gpu.free:
        return _nano(f"official weights are at {folder}, but {memory}")
    return Choice(str(folder), gpu.device, f"auto took the official model at {folder}: {memory}")


def find_accelerator() -> Accelerator | None:
    """The GPU that torch would use, if there is one; ``CUDA_VISIBLE_DEVICES`` says which of several."""
    device = available_devices()[0]
    if device == "cuda":
        return Accelerator(device, torch.cuda.get_device_name(), float(torch.cuda.mem_get_info()[0]))
    if device == "mps":
        free = torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
        return Accelerator(device, "the Mac's GPU", float(free))
    return None


def _local(named: str) -> Path:
    """The folder of the official weights, without any download."""
    address = hub.parse(named)
    if Path(named).is_dir():
        return check_folder(Path(named))
    if address is not None and (folder := hub.cached(address)) is not None:
        return folder
    if address is not None and not Path(named).is_absolute():
        raise UserError(f"'{named}' (UNIPOSE_OFFICIAL) is not downloaded; name it as the model once, and it is fetched")
    raise UserError(f"there are no official weights at {named}; UNIPOSE_OFFICIAL names a folder or a Hub id")


def _nano(why: str) -> Choice:
    return Choice(DEFAULT, "cpu", f"auto took {DEFAULT}: {why}")
