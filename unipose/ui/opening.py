"""Poses out of a visitor's file: what is read, and what is said about it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from unipose.body.files.reading import Imported, read_poses

MAX_POSES = 200
"""Of one file; a longer movement is thinned to so many."""

_LONGEST_NAME = 60


def read_file(path: str | Path) -> Imported:
    """The poses of an uploaded file.

    Raises:
        ValueError: it has none that can be read; a sentence that says why.
    """
    try:
        return read_poses(path, max_frames=MAX_POSES)
    except OSError:
        raise ValueError(f"{named(path)} could not be read; try to send it again") from None


def named(path: str | Path) -> str:
    """The file's name as it is shown: plain characters, and not too many."""
    name = re.sub(r"[^\w.() -]+", "_", Path(path).name)
    return f'"{name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 3] + "..."}"'


def opened(found: Imported) -> str:
    """What is answered to a file."""
    if len(found.poses) == 1:
        return found.stated
    return (
        f"{found.stated} The first of {len(found.poses)} poses is shown. To take another, move the slider under Files "
        "and press Use this pose."
    )


def chosen(found: Imported, number: Any) -> int:
    """A number of a pose, counted from 1, out of what a browser sent, as a place in the file's poses."""
    try:
        return min(max(int(number), 1), len(found.poses)) - 1
    except (TypeError, ValueError, OverflowError):
        return 0
