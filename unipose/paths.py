"""Where the files shipped with this package lie: one place, one override.

The repository keeps them in ``assets/`` beside the package; an installed wheel carries the same folder as
``unipose/assets``. The environment variable ``UNIPOSE_ASSETS`` points elsewhere.
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
