"""Weights in files that a stranger made, as names, shapes and a way to read each one when its turn comes.

Nothing is read ahead: safetensors and torch archives are mapped into memory and their pages stay on disk until used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from safetensors import safe_open
from torch import Tensor

from unipose.interop.pickles import open_archive, reason

Weights = dict[str, "Weight"]
_GIT_POINTER = b"version https://git-lfs"


@dataclass(frozen=True)
class Weight:
    """A tensor in a file.

    Attributes:
        file: where it lies.
        shape: known without reading it.
        read: gives it, on the CPU, in the type it was stored in. Do not write to it.
    """

    file: Path
    shape: tuple[int, ...]
    read: Callable[[], Tensor]


def open_weights(path: Path) -> Weights:
    """The weights of one file, by the names it gives them.

    Args:
        path: safetensors by its ending, else an archive of ``torch.save``: a state, or a Lightning checkpoint.

    Raises:
        ValueError: in one line: not there, truncated, damaged, or a pickle that asks for code.
    """
    check_file(path)
    if path.suffix != ".safetensors":
        return {name: Weight(path, tuple(t.shape), partial(_given, t)) for name, t in open_archive(path).items()}
    try:
        file = safe_open(path, "pt")
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 - no mapping
    except Exception as error:  # the library's own type, or OSError
        raise ValueError(f"'{path}' is damaged or cut off ({reason(error)}); fetch it again") from None
    return {name: Weight(path, shape, partial(file.get_tensor, name)) for name, shape in shapes.items()}


def _given(tensor: Tensor) -> Tensor:
    return tensor


def open_sharded(folder: Path) -> Weights:
    """The weights of a folder in the layout of transformers: one file, or shards and their index.

    Raises:
        ValueError: in one line: no weights, a shard or a weight that the index promises is missing, or as in
            :func:`open_weights`.
    """
    for single in ("model.safetensors", "pytorch_model.bin"):
        if (folder / f"{single}.index.json").is_file():
            return _open_index(folder / f"{single}.index.json")
        if (folder / single).is_file():
            return open_weights(folder / single)
    found = sorted(path.name for path in folder.iterdir())[:5] if folder.is_dir() else []
    raise ValueError(
        f"'{folder}' has no weights: expected model.safetensors or pytorch_model.bin, or either's .index.json with "
        f"its shards; found {', '.join(found) or 'nothing'}"
    )


def _open_index(index: Path) -> Weights:
    homes = read_json(index).get("weight_map")
    if not isinstance(homes, dict) or not homes or not all(isinstance(home, str) for home in homes.values()):
        raise ValueError(f"'{index}' has no weight_map; fetch it again")
    shards = sorted(set(homes.values()))
    if stray := [name for name in shards if Path(name).name != name]:
        raise ValueError(f"'{index}' points out of its folder: {stray[0]!r}; fetch it again from its publisher")
    if absent := [name for name in shards if not (index.parent / name).is_file()]:
        raise ValueError(
            f"'{index.parent}' lacks {len(absent)} of the {len(shards)} shards in its index: "
            f"{', '.join(absent[:3])}; fetch them too"
        )
    weights: Weights = {}
    for shard in shards:
        found = open_weights(index.parent / shard)
        promised = {name for name, home in homes.items() if home == shard}
        if odd := sorted(promised ^ found.keys()):
            raise ValueError(
                f"'{index.parent / shard}' and the index disagree about {len(odd)} weights, first {odd[0]}; "
                "fetch both again"
            )
        weights |= found
    return weights


def read_json(path: Path) -> dict[str, Any]:
    """An object in a JSON file.

    Raises:
        ValueError: in one line: not there, or no object.
    """
    check_file(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"'{path}' is no JSON ({reason(error)}); fetch it again") from None
    if not isinstance(content, Mapping):
        raise ValueError(f"'{path}' holds no JSON object; fetch it again")
    return dict(content)


def check_file(path: Path) -> None:
    """Refuse what is no file, empty, or git's note that the file is elsewhere.

    Raises:
        ValueError: in one line.
    """
    if not path.is_file():
        raise ValueError(f"there is no file '{path}'; docs/converting.md lists what to fetch")
    with path.open("rb") as stream:
        start = stream.read(len(_GIT_POINTER))
    if not start:
        raise ValueError(f"'{path}' is empty; fetch it again")
    if start == _GIT_POINTER:
        raise ValueError(f"'{path}' is git's pointer to the file, not the file; run 'git lfs pull' where you cloned it")
