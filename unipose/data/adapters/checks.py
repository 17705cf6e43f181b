"""What an adapter checks before it believes a file: that it is there, whole, and of the documented shape.

Every error is a ``ValueError`` that names the file, what was found and what was expected.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from unipose.body.archives import read_arrays

Length = int | None | tuple[int, ...]
"""One dimension: so many, any number, or one of these."""


def existing_folder(folder: str | Path) -> Path:
    """The folder as a path.

    Raises:
        ValueError: it is not there.
    """
    place = Path(folder).expanduser()
    if not place.is_dir():
        raise ValueError(f"no folder at '{place}'; name the folder the dataset was unpacked to")
    return place


def find_files(folder: Path, patterns: Sequence[str], what: str) -> list[Path]:
    """Files below ``folder`` that fit any pattern, sorted.

    Raises:
        ValueError: there is none.
    """
    found = sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()})
    if not found:
        held = sorted(path.name for path in folder.iterdir())
        shown = ", ".join(held[:8]) + (", ..." if len(held) > 8 else "") if held else "nothing"
        raise ValueError(f"no {what} in '{folder}' (expected {' or '.join(patterns)}); it holds {shown}")
    return found


def read_json(path: Path, kind: type | tuple[type, ...]) -> Any:
    """The content of a JSON file whose outermost value is a ``kind``.

    Raises:
        ValueError: unreadable, no JSON, or another kind of value.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"'{path}' is not a readable JSON file: {error}") from None
    if not isinstance(content, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        raise ValueError(
            f"'{path}' holds a {type(content).__name__}, expected a {' or '.join(k.__name__ for k in kinds)}"
        )
    return content


def read_npz(path: Path, wanted: Collection[str]) -> tuple[dict[str, np.ndarray], list[str]]:
    """The arrays of these names that are there, and the names of all; nothing is ever unpickled.

    Raises:
        ValueError: the file is unreadable, or a wanted array is pickled.
    """
    try:
        return read_arrays(path, wanted)
    except (OSError, ValueError) as error:
        raise ValueError(f"'{path}' is not a readable .npz file of numbers: {error}") from None


def take(table: Any, names: Sequence[str], where: str | Path) -> Any:
    """The entry under the first of ``names`` that ``table`` has.

    Raises:
        ValueError: ``table`` is no table, or has none of them.
    """
    if not isinstance(table, Mapping):
        raise ValueError(f"'{where}' has a {type(table).__name__} where a table with '{names[0]}' is expected")
    for name in names:
        if name in table:
            return table[name]
    held = sorted(map(str, table))
    shown = ", ".join(held[:12]) + (", ..." if len(held) > 12 else "") if held else "nothing"
    raise ValueError(f"'{where}' lacks {' or '.join(map(repr, names))}; found {shown}")


def numbers(value: Any, shape: Sequence[Length], name: str, where: str | Path, flatten: bool = False) -> np.ndarray:
    """An array of finite numbers of that shape.

    Args:
        value: array-like.
        shape: a length, a choice of lengths or None (any) for each dimension.
        name, where: of what and in which file, for the error.
        flatten: take the values in a row, however they are nested.

    Returns:
        Float64, copied only if it was something else.

    Raises:
        ValueError: no numbers, another shape, NaN or infinity.
    """
    try:
        array = np.ravel(value) if flatten else np.asarray(value)
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise ValueError(f"'{where}' needs '{name}' as {_spell(shape)} numbers: {error}") from None
    fits = array.ndim == len(shape) and all(map(_fits, array.shape, shape))
    if not fits or array.dtype.kind not in "fiub":
        raise ValueError(
            f"'{where}' needs '{name}' as {_spell(shape)} numbers, found {array.dtype} {list(array.shape)}"
        )
    array = array.astype(np.float64, copy=False)
    finite = np.isfinite(array)
    if not finite.all():
        place = [int(at) for at in np.argwhere(~finite)[0]]
        raise ValueError(f"'{where}' needs finite '{name}', found {array[tuple(place)]} at {place}")
    return array


def whole_number(value: Any, name: str, where: str | Path) -> int:
    """A JSON number that counts something.

    Raises:
        ValueError: no whole number, or below zero.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"'{where}' needs '{name}' as a whole number from 0, found {value!r}")
    return value


def inside(folder: Path, relative: Any, where: str | Path) -> Path:
    """A path that a file names, which may not lead out of ``folder``.

    Raises:
        ValueError: no text, absolute, or leading elsewhere.
    """
    if not isinstance(relative, str) or not relative.strip() or "\0" in relative:
        raise ValueError(f"'{where}' names a file by {relative!r}, expected a path")
    parts = Path(relative.replace("\\", "/")).parts
    if ".." in parts or Path(*parts).is_absolute() or ":" in parts[0]:
        raise ValueError(f"'{where}' names '{relative}', which leads out of '{folder}'; refused")
    return folder.joinpath(*parts)


def identity(value: Any, name: str, where: str | Path) -> int | str:
    """An id as JSON has it.

    Raises:
        ValueError: neither a whole number nor text.
    """
    if not isinstance(value, int | str):
        raise ValueError(f"'{where}' needs '{name}' as a number or text, found {value!r}")
    return value


def rows_of(value: Any, name: str, where: str | Path) -> list[dict[str, Any]]:
    """A list of tables.

    Raises:
        ValueError: something else.
    """
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError(f"'{where}' needs '{name}' as a list of tables")
    return value


def stride(every: Any) -> None:
    """Check the option that reads one of so many.

    Raises:
        ValueError: no whole number, or below 1.
    """
    if not isinstance(every, int) or isinstance(every, bool) or every < 1:
        raise ValueError(f"every is a whole number from 1, found {every!r}")


def axes_of(axes: str) -> None:
    """Check the option that says whose axes a labelled picture's pose is given in.

    Raises:
        ValueError: neither "world" nor "camera".
    """
    if axes not in ("world", "camera"):
        raise ValueError(f"axes are world or camera, found {axes!r}")


def positive(value: float | None, name: str) -> None:
    """Check an option that is left out or above zero.

    Raises:
        ValueError: it is zero or below, or no finite number.
    """
    if value is not None and not 0 < value < float("inf"):
        raise ValueError(f"{name} is a number above 0, found {value!r}")


def _fits(found: int, length: Length) -> bool:
    return length is None or (found in length if isinstance(length, tuple) else found == length)


def _spell(shape: Sequence[Length]) -> str:
    words = ("any" if n is None else "/".join(map(str, n)) if isinstance(n, tuple) else str(n) for n in shape)
    return f"[{', '.join(words)}]"
