"""What a program has made of the data files, kept for the next one in the user's cache folder.

Bringing some two hundred thousand wordings to plain form takes three quarters of the time it takes to start. What comes
of it depends on nothing but the files of this package, so it is kept under their fingerprint. A file that is missing,
damaged or cannot be written only costs that time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from importlib import resources
from typing import TYPE_CHECKING, Any

from unipose.paths import cache

if TYPE_CHECKING:
    from importlib.abc import Traversable

_NAME = "lessons-{}.json"
_PART = "lessons.{}.part"
_SOURCES = (".yaml", ".py")
_OLD = 86400.0  # seconds after which what another version left is taken for left behind


def recall() -> Any | None:
    """What :func:`keep` was last given by a program with the same files of the pose language; None if there is none."""
    try:
        return json.loads((cache() / _NAME.format(_MINE)).read_text(encoding="utf-8"))
    except (OSError, RuntimeError, ValueError):  # a runtime error: nobody's home
        return None


def keep(content: Any) -> None:
    """Keep something that JSON can say; where nothing can be written, nothing is."""
    if fingerprint() != _MINE:  # somebody is changing the files
        return
    with contextlib.suppress(OSError, RuntimeError):
        folder = cache()
        folder.mkdir(parents=True, exist_ok=True)
        # several programs may start at once, and one may be stopped while it writes
        handle, name = tempfile.mkstemp(dir=folder, prefix=_PART.split("{}")[0], suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(content, file, separators=(",", ":"))
            os.replace(name, folder / _NAME.format(_MINE))
        except BaseException:
            os.unlink(name)
            raise
        for pattern in (_NAME, _PART):
            for old in folder.glob(pattern.format("*")):
                if time.time() - old.stat().st_mtime > _OLD:
                    old.unlink(missing_ok=True)


def fingerprint() -> str:
    """Of all data files of the pose language and of the code that reads them, as they are on the disk."""
    whole = hashlib.sha256()
    for file in _files(resources.files("unipose.language")):
        content = file.read_bytes()
        whole.update(f"{file.name} {len(content)}\n".encode())
        whole.update(content)
    return whole.hexdigest()[:32]


def _files(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _files(entry)
        elif entry.name.endswith(_SOURCES):
            yield entry


_MINE = fingerprint()  # of the files as this program has read them
