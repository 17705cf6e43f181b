"""Where files lie on the disk: one place, one override each.

The repository keeps what is shipped in ``assets/`` beside the package; an installed wheel carries the same folder as
``unipose/assets``. The environment variable ``UNIPOSE_ASSETS`` points elsewhere. Converted official weights are looked
for where ``UNIPOSE_OFFICIAL`` says. What can be made again is in the user's cache folder.
"""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def assets() -> Path:
    """The folder of shipped files (embedded model, free body, examples).

    Raises ``FileNotFoundError`` naming every place searched.
    """
    override = os.environ.get("UNIPOSE_ASSETS")
    places = [Path(override)] if override else [_PACKAGE / "assets", _PACKAGE.parent / "assets"]
    for place in places:
        if place.is_dir():
            return place
    searched = ", ".join(str(place) for place in places)
    raise FileNotFoundError(f"no assets folder at {searched}; reinstall, or set UNIPOSE_ASSETS to the folder")


def official() -> str:
    """Where official weights, converted, are looked for: a folder or a Hub id ``owner/name``.

    ``UNIPOSE_OFFICIAL`` if it is set, else ``unipose/official`` in the user's cache folder. It may not exist.
    """
    return str(Path(os.environ.get("UNIPOSE_OFFICIAL") or cache() / "official").expanduser())


def cache() -> Path:
    """The user's folder for what can be made or downloaded again: ``unipose`` in ``XDG_CACHE_HOME`` or ``~/.cache``.

    It may not exist, and it may not be possible to make it.
    """
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "unipose"
