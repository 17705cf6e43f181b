"""The datasets there are adapters for, by name, and telling which one a folder holds.

>>> from unipose.data.adapters.table import ADAPTERS
>>> sorted(ADAPTERS)
['3dpw', 'amass', 'coco', 'human36m', 'posefix', 'posescript', 'spin']
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unipose.data.adapters import amass, checks, coco, human36m, posefix, posescript, spin, threedpw
from unipose.data.adapters.labelled import Labelled


@dataclass(frozen=True)
class Adapter:
    """One dataset.

    Attributes:
        name: as :func:`read` takes it.
        gives: what its items carry.
        read: folder and the dataset's own options to items; the layout stands in its module.
        recognises: whether a folder has that layout, by names and keys alone.
    """

    name: str
    gives: str
    read: Callable[..., Iterator[Labelled]]
    recognises: Callable[[Path], bool]


ADAPTERS: dict[str, Adapter] = {
    module.NAME: Adapter(module.NAME, gives, module.read, module.recognises)
    for module, gives in (
        (amass, "poses"),
        (posescript, "poses with captions"),
        (posefix, "pairs of poses with instructions"),
        (threedpw, "poses, pictures, keypoints"),
        (human36m, "poses, pictures, keypoints, boxes"),
        (spin, "poses, pictures, keypoints, boxes"),
        (coco, "pictures, keypoints, boxes"),
    )
}


def detect(folder: str | Path) -> str:
    """The name of the dataset a folder holds.

    Raises:
        ValueError: no folder, no layout known here, or several.
    """
    place = checks.existing_folder(folder)
    found = [name for name, adapter in ADAPTERS.items() if adapter.recognises(place)]
    if len(found) != 1:
        held = f"several: {', '.join(found)}" if found else "none"
        raise ValueError(f"'{place}' should have the layout of one of {', '.join(ADAPTERS)}, found {held}; name it")
    return found[0]


def read(folder: str | Path, dataset: str | None = None, **options: Any) -> Iterator[Labelled]:
    """Stream the items of a dataset.

    Args:
        folder: what the dataset was unpacked to.
        dataset: a name in :data:`ADAPTERS`; told from the layout when left out.
        options: the adapter's own.

    Raises:
        ValueError: unknown name or layout; what the adapter raises.
    """
    name = detect(folder) if dataset is None else dataset
    if name not in ADAPTERS:
        raise ValueError(f"unknown dataset {name!r}; there are {', '.join(ADAPTERS)}")
    return ADAPTERS[name].read(folder, **options)
