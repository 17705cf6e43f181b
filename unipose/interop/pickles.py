"""Archives of ``torch.save``, read without running anything that stands in them.

Torch's restricted unpickler builds tensors and plain containers. Training programs leave settings beside the weights,
as objects of their own classes. The names of the usual ones are known here and read as stand-ins that drop what they
are given, so neither the class's code nor its package is needed; any other name is refused, and said.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


class _Settings:
    """Stands for a mapping-like object; the unpickler fills ordinary mappings only."""

    def __new__(cls, *args: Any, **kwargs: Any) -> OrderedDict:  # type: ignore[misc]  # on purpose no instance
        return OrderedDict()


class _Opaque:
    """Stands for any other object."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass


_STAND_INS: dict[type, tuple[str, ...]] = {
    _Settings: (
        "argparse.Namespace",
        "collections.defaultdict",
        "lightning.fabric.utilities.data.AttributeDict",
        "lightning_fabric.utilities.data.AttributeDict",
        "omegaconf.dictconfig.DictConfig",
        "omegaconf.listconfig.ListConfig",
        "pytorch_lightning.utilities.parsing.AttributeDict",
        "yacs.config.CfgNode",
    ),
    _Opaque: (
        "builtins.bool",
        "builtins.dict",
        "builtins.float",
        "builtins.int",
        "builtins.list",
        "builtins.str",
        "numpy._core.multiarray.scalar",
        "numpy.core.multiarray.scalar",
        "numpy.dtype",
        "omegaconf.base.ContainerMetadata",
        "omegaconf.base.Metadata",
        "omegaconf.nodes.AnyNode",
        "omegaconf.nodes.BooleanNode",
        "omegaconf.nodes.FloatNode",
        "omegaconf.nodes.IntegerNode",
        "omegaconf.nodes.StringNode",
        "pathlib.Path",
        "pathlib.PosixPath",
        "pathlib.WindowsPath",
        "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",
        "typing.Any",
    ),
}


def open_archive(path: Path) -> dict[str, Tensor]:
    """The tensors of a state, or of the ``state_dict`` of a Lightning checkpoint; they stay on disk until used.

    Raises:
        ValueError: in one line: truncated, damaged, no archive of torch, no tensors, or naming what it would have
            run.
    """
    _check_whole(path)
    stand_ins: list[Any] = [(kind, name) for kind, names in _STAND_INS.items() for name in names]
    with torch.serialization.safe_globals(stand_ins):
        try:
            foreign = sorted(torch.serialization.get_unsafe_globals_in_checkpoint(path))
            if not foreign:
                content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        except Exception as error:  # whatever a made-up pickle makes the unpickler stumble over
            about = "unsafe" if isinstance(error, pickle.UnpicklingError) else "damaged"
            raise ValueError(f"refused '{path}': {about}, {reason(error)}; fetch it again from its publisher") from None
    if foreign:
        raise ValueError(
            f"refused '{path}': opening it would run {', '.join(foreign[:3])}; weights need none of that, so fetch it "
            "again from its publisher"
        )
    state = content.get("state_dict", content) if isinstance(content, Mapping) else None
    if not isinstance(state, Mapping) or not state:
        raise ValueError(f"'{path}' holds no weights: expected names and tensors, or a state_dict of them")
    if odd := [str(name) for name, value in state.items() if not _is_plain(value)]:
        raise ValueError(f"'{path}' holds {len(odd)} entries that are no tensors, first {odd[0]!r}; fetch it again")
    return {str(name): value.detach() for name, value in state.items()}


def _is_plain(value: Any) -> bool:
    """Whether it is an ordinary array of numbers: not sparse, not quantised, not a shape without numbers."""
    strided = isinstance(value, Tensor) and value.layout == torch.strided
    return strided and not value.is_quantized and value.device.type == "cpu"


def _check_whole(path: Path) -> None:
    """Refuse what torch would read without noticing: it checks neither sums nor, when mapping, compression."""
    try:
        with zipfile.ZipFile(path) as archive:
            packed = [entry.filename for entry in archive.infolist() if entry.compress_type != zipfile.ZIP_STORED]
            bad = packed[0] if packed else archive.testzip()
    except Exception as error:  # a broken directory raises any of several types
        raise ValueError(
            f"refused '{path}': no whole archive of torch.save ({reason(error)}), so it is cut off, damaged, something "
            "else, or of torch before 1.6; fetch it again"
        ) from None
    if bad is not None:
        raise ValueError(f"'{path}' is damaged at {bad!r}; fetch it again")


def reason(error: Exception) -> str:
    """What an error says first; torch's goes on with advice to load everything, code included."""
    lines = str(error).strip().splitlines()
    return lines[0].split(". ")[0] if lines else type(error).__name__
