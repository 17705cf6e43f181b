"""What a program has made of the data files, kept for the next one in the user's cache folder.

Bringing some two hundred thousand wordings to plain form takes three quarters of the time it takes to start. What comes
of it depends on nothing but the files of this package, so it is kept under their fingerprint. A file that is missing,
damaged or cannot be written only costs that time.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from unipose.paths import cache

_NAME = "lessons-{}.json"
_SOURCES = (".yaml", ".py")


def recall() -> Any | None:
    """What :func:`keep` was last given by a program with the same files of the pose language; None if there is none."""
    try:
        return json.loads((cache() / _NAME.format(_fingerprint())).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def keep(content: Any) -> None:
    """Keep something that JSON can say; where nothing can be written, nothing is."""
    with contextlib.suppress(OSError):
        folder = cache()
        folder.mkdir(parents=True, exist_ok=True)
        # several programs may start at once, and one may be stopped while it writes
        handle, name = tempfile.mkstemp(dir=folder, prefix="lessons.", suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(content, file, separators=(",", ":"))
            for old in folder.glob(_NAME.format("*")):
                old.unlink(missing_ok=True)
            os.replace(name, folder / _NAME.format(_fingerprint()))
        except OSError:
            os.unlink(name)
            raise


@functools.cache
def _fingerprint() -> str:
    """Of all data files of the pose language and of the code that reads them."""
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
