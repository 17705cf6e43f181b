"""Arrays out of an ``.npz`` file that a stranger may have made."""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from pathlib import Path

import numpy as np


def read_arrays(path: Path, wanted: Collection[str] | None = None) -> tuple[dict[str, np.ndarray], list[str]]:
    """Read arrays without ever unpickling.

    Args:
        path: the archive.
        wanted: names to read where present; all when left out.

    Returns:
        The arrays by name, and the names of all there are, sorted.

    Raises:
        ValueError: in one line, whatever is wrong with the file.
    """
    # Asked first, since numpy would offer to unpickle what is not an archive.
    if not zipfile.is_zipfile(path):
        raise ValueError("it is no .npz archive")
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = sorted(archive.files)
            return {name: archive[name] for name in names if wanted is None or name in wanted}, names
    except Exception as error:  # encrypted, cut off, a shape of terabytes: each layer below raises its own types
        lines = str(error).strip().splitlines()
        raise ValueError(lines[0] if lines else type(error).__name__) from None
