"""Weights to a folder of safetensors, one shard in memory at a time, and a folder that is whole or not there."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import split_torch_state_dict_into_shards
from safetensors.torch import save_file

from unipose.interop.plan import Plan

_SIZE = re.compile(r"[1-9]\d*[KMGT]B")
_SPARE = 64 * 2**20  # for tokenizer, index and card


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """A folder beside ``out`` to write into, which takes its name when all is written and is deleted otherwise.

    Raises:
        ValueError: in one line: ``out`` is in use, its parent is not there, or a stopped run left its folder.
    """
    check_target(out)
    partial = _partial(out)
    partial.mkdir()
    try:
        yield partial
        if out.is_dir():
            out.rmdir()  # empty, and not every system renames onto it
        os.replace(partial, out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def check_target(out: Path, num_bytes: int = 0) -> None:
    """Refuse a folder that cannot become the result.

    Args:
        out: the folder to be; new or empty.
        num_bytes: that have to fit.

    Raises:
        ValueError: in one line.
    """
    parent, partial = out.absolute().parent, _partial(out)
    if not parent.is_dir():
        raise ValueError(f"there is no folder '{parent}' to make '{out.name}' in")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(f"'{out}' is there already and not empty; name a new folder")
    if out.is_mount() or out.is_symlink():
        raise ValueError(f"'{out}' is a place of its own that no folder can take; name a new folder in it")
    if partial.exists():
        raise ValueError(f"'{partial}' is left of a stopped run, or one is running; delete it and start again")
    free = shutil.disk_usage(parent).free
    if num_bytes and free < num_bytes + _SPARE:
        raise ValueError(
            f"'{parent}' has {free / 1e9:.1f} GB free, the model takes {num_bytes / 1e9:.1f} GB; make room"
        )


def check_size(shard_size: str) -> None:
    """Refuse what is no size of a file.

    Raises:
        ValueError: in one line: no positive number with a unit.
    """
    if not _SIZE.fullmatch(shard_size):
        raise ValueError(f"a shard's size is a whole number with KB, MB, GB or TB, such as 4GB; found {shard_size!r}")


def write_shards(plan: Plan, folder: Path, shard_size: str, progress: Callable[[str], None]) -> None:
    """Read and write all weights of a plan, shard by shard, with an index when there are several.

    Args:
        plan: what to write.
        folder: where.
        shard_size: upper bound, checked by :func:`check_size`; also about what memory is taken.
        progress: gets a line a shard.

    Raises:
        ValueError: in one line, see :meth:`Plan.read`.
    """
    split = split_torch_state_dict_into_shards(
        {ours: entry.empty for ours, entry in plan.entries.items()}, max_shard_size=shard_size
    )
    for number, (filename, names) in enumerate(split.filename_to_tensors.items(), start=1):
        save_file({ours: plan.read(ours) for ours in names}, folder / filename, metadata={"format": "pt"})
        progress(f"shard {number} of {len(split.filename_to_tensors)}: {len(names)} weights")
    if split.is_sharded:
        index = {"metadata": split.metadata, "weight_map": split.tensor_to_filename}
        text = json.dumps(index, indent=1, sort_keys=True) + "\n"
        (folder / "model.safetensors.index.json").write_text(text, encoding="utf-8")


def _partial(out: Path) -> Path:
    absolute = out.absolute()
    return absolute.with_name(absolute.name + ".partial")
