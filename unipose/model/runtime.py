"""Where the network runs, in which numbers, and how it gets there.

The network may run in bfloat16 or with a quantised language model; geometry does not: the pose tokenizer stays float32,
and rotations are made of its numbers alone.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch
from transformers import BitsAndBytesConfig

from unipose.model.static_steps import StaticPool
from unipose.model.unipose import UniPoseModel

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
BITS = (4, 8)

# Everything but the language model's layers: eyes and geometry are small and exact, the table holds the queries.
_EXACT = ["lm_head", "pose_tokenizer", "vision", "embed_tokens"]


def available_devices() -> list[str]:
    """Kinds of device this machine has, the fastest first."""
    found = [name for name, there in (("cuda", torch.cuda.is_available()), ("mps", _has_mps())) if there]
    return [*found, "cpu"]


def pick_device(name: str | torch.device = "auto") -> torch.device:
    """A device by name: ``auto`` (a GPU if there is one), ``cuda``, ``cuda:1``, ``mps`` or ``cpu``.

    Raises:
        ValueError: unknown, or not in this machine; says what is.
    """
    there = available_devices()
    if str(name) == "auto":
        return torch.device(there[0])
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ValueError(f"unknown device '{name}'; give auto, cuda, mps or cpu") from None
    if device.type not in there:
        found = f"this machine has no device '{name}' that torch {torch.__version__} can use"
        raise ValueError(f"{found}; it has {', '.join(there)}")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ValueError(f"this machine has {torch.cuda.device_count()} CUDA devices, counted from 0; found '{name}'")
    return device


def pick_dtype(name: str | torch.dtype, device: torch.device) -> torch.dtype:
    """Numbers of the network by name: ``auto`` (bfloat16 on a GPU that has it, else float32) or one of ``DTYPES``.

    Raises:
        ValueError: unknown; says what there is.
    """
    if isinstance(name, torch.dtype):
        return name
    if name == "auto":
        fast = device.type == "mps" or (device.type == "cuda" and torch.cuda.is_bf16_supported())
        return torch.bfloat16 if fast else torch.float32
    if name not in DTYPES:
        raise ValueError(f"unknown dtype '{name}'; give auto, {', '.join(DTYPES)}")
    return DTYPES[name]


def quantisation(bits: int, dtype: torch.dtype) -> BitsAndBytesConfig:
    """How the language model's layers are stored: in 8 bits (LLM.int8) or 4 (NF4), computing in ``dtype``.

    Embedding table and head, and with them queries and codes, projector, image towers and pose tokenizer stay as they
    are.

    Raises:
        ValueError: other bits, or bitsandbytes is not installed; says how to get it.
    """
    if bits not in BITS:
        raise ValueError(f"the language model is quantised to 4 or 8 bits, found {bits}")
    if importlib.util.find_spec("bitsandbytes") is None:
        raise ValueError(f"{bits}-bit weights need the package bitsandbytes: pip install 'bitsandbytes>=0.46'")
    if bits == 8:
        return BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=_EXACT)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=dtype,
        llm_int8_skip_modules=_EXACT,
    )


def load_network(folder: str | Path, device: torch.device, dtype: torch.dtype, bits: int | None = None) -> UniPoseModel:
    """Open a model folder on a device, ready to answer.

    Args:
        folder: with ``config.json`` and safetensors.
        device: as :func:`pick_device` gives it. Weights go there one by one, not through a copy of the whole.
        dtype: of the network; the pose tokenizer stays float32.
        bits: 4 or 8 quantises the language model; None does not.

    Raises:
        ValueError: bits without a CUDA device, see also :func:`quantisation`.
        OSError: what the library raises for a damaged folder.
    """
    if bits is not None and device.type != "cuda":
        raise ValueError(f"{bits}-bit weights need a CUDA device, found '{device}'; leave the bits out there")
    quantised = None if bits is None else quantisation(bits, dtype)
    model = UniPoseModel.from_pretrained(
        folder,
        use_safetensors=True,
        local_files_only=True,
        dtype=dtype,
        device_map=None if device.type == "cpu" else {"": device},
        quantization_config=quantised,
    )
    return ready(model, bits)


def ready(model: UniPoseModel, bits: int | None = None) -> UniPoseModel:
    """The model in evaluation mode; on a CUDA device its decoding passes are recorded as graphs from now on."""
    # LLM.int8 looks at the values of each pass for outliers, which a recorded pass cannot.
    model.static_steps = StaticPool(graphs=bits != 8) if model.device.type == "cuda" else None
    return model.eval()


def _has_mps() -> bool:
    return torch.backends.mps.is_available()
