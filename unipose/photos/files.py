"""Detections as files: our own JSON, and what OpenPose and COCO tools write."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from unipose.photos.detections import Detections, Person
from unipose.photos.layouts import box_around, from_layout, layouts

MAX_BYTES = 5 * 2**20
MOST_PEOPLE = 200

_FLAT = {len(names): name for name, names in layouts().items() if name.startswith("openpose")}


def write_detections(detections: Detections, path: str | Path) -> None:
    """Write the JSON that :func:`read_detections` reads: pixels to a tenth, metres to a millimetre."""
    people = []
    for person in detections.people:
        entry: dict[str, Any] = {"box": [round(side, 1) for side in person.box], "score": round(person.score, 3)}
        entry["keypoints"] = [[round(x, 1), round(y, 1), round(c, 3)] for x, y, c in person.keypoints.tolist()]
        if person.world is not None:
            entry["world"] = [[round(value, 3) for value in point] for point in person.world.tolist()]
        people.append(entry)
    content = {"size": list(detections.size), "layout": "unipose27", "detector": detections.detector, "people": people}
    Path(path).write_text(json.dumps(content) + "\n", encoding="utf-8")


def read_detections(path: str | Path, size: tuple[int, int] | None = None) -> Detections:
    """Read what somebody's detector found.

    Three kinds of JSON are read: ours, ``{"size": [w, h], "layout": ..., "people": [{"keypoints": [[x, y, c], ...],
    "box": [l, t, r, b], "world": [[x, y, z], ...], "score": s}]}`` where all but the keypoints may be left out;
    OpenPose's ``people[].pose_keypoints_2d``, of 25 or 18 points; and COCO results, a list of ``{"keypoints": [51
    numbers], "score": s, "bbox": [x, y, w, h]}`` for one photo.

    World landmarks are in the axes of :mod:`unipose.photos.detections`; in layout ``blazepose33`` as MediaPipe gives
    them, y down and z away from the camera.

    Args:
        path: the file.
        size: width and height of the photo in pixels, which a size in the file must match; without either, the
            picture is taken to end at the outermost keypoint.

    Raises:
        ValueError: no such file, another structure, or numbers that cannot be; names the place in the file.
    """
    path = Path(path)
    content = _loaded(path)
    try:
        return _detections(content, size)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None


def _loaded(path: Path) -> Any:
    if not path.is_file():
        raise ValueError(f"there is no file of keypoints at '{path}'")
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name} has {path.stat().st_size} bytes, at most {MAX_BYTES} are read")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        reason = str(error).splitlines()[0]
        raise ValueError(f"{path.name} is not JSON ({reason}); give the keypoints as JSON") from None


def _detections(content: Any, size: tuple[int, int] | None) -> Detections:
    if isinstance(content, list):
        entries, layout, detector = _one_photo(content), "coco17", "COCO results"
        people = [_person(_from_coco(entry, at), layout, at) for entry, at in _numbered(entries, "")]
    elif isinstance(content, dict) and isinstance(content.get("people"), list):
        stated = _stated_size(content.get("size"))
        if size is not None and stated is not None and tuple(size) != stated:
            raise ValueError(f"its size is {stated[0]} x {stated[1]}, but the photo has {size[0]} x {size[1]} pixels")
        size = size or stated
        layout, detector = content.get("layout", "unipose27"), content.get("detector", "a file")
        if not isinstance(layout, str) or layout not in layouts():
            raise ValueError(f"layout is {_short(layout)}, expected one of {', '.join(layouts())}")
        if not isinstance(detector, str):
            raise ValueError(f"detector is {_short(detector)}, expected a text")
        people = []
        for entry, at in _numbered(content["people"], "people"):
            if isinstance(entry, dict) and "pose_keypoints_2d" in entry:
                opened, kind = _from_openpose(entry, at)
                people.append(_person(opened, kind, at))
                detector = "OpenPose"
            else:
                people.append(_person(entry, layout, at))
    else:
        raise ValueError('expected {"people": [...]} or a list of COCO results')
    return Detections(size or _reach(people), tuple(people), detector)


def _reach(people: list[Person]) -> tuple[int, int]:
    """Width and height that hold everybody."""
    corners = [corner for person in people for corner in (person.keypoints[:, :2].max(axis=0), person.box[2:])]
    width, height = np.max(corners, axis=0) if corners else (1, 1)
    return max(1, math.ceil(width)), max(1, math.ceil(height))


def _numbered(entries: list[Any], name: str) -> list[tuple[Any, str]]:
    if len(entries) > MOST_PEOPLE:
        raise ValueError(f"{name or 'the list'} has {len(entries)} entries, at most {MOST_PEOPLE} people are read")
    return [(entry, f"{name}[{index}]") for index, entry in enumerate(entries)]


def _one_photo(entries: list[Any]) -> list[Any]:
    photos = {str(entry["image_id"]) for entry in entries if isinstance(entry, dict) and "image_id" in entry}
    if len(photos) > 1:
        raise ValueError(f"its results are of {len(photos)} photos; give a file with those of one image_id")
    return entries


def _from_coco(entry: Any, at: str) -> Any:
    """A COCO result in our terms; the third number of an annotation is a flag of 0, 1 or 2."""
    if not isinstance(entry, dict) or "keypoints" not in entry:
        return entry
    flat = _numbers(entry["keypoints"], f"{at}.keypoints").ravel()
    if len(flat) != 51:
        raise ValueError(f"{at}.keypoints has {len(flat)} numbers, expected 51: x, y, confidence of 17 points")
    points = flat.reshape(17, 3)
    if (points[:, 2] == 2).any():
        points[:, 2] /= 2
    ours: dict[str, Any] = {"keypoints": points}
    if "score" in entry:
        ours["score"] = entry["score"]
    if "bbox" in entry:
        left, top, width, height = _numbers(entry["bbox"], f"{at}.bbox", 4)
        ours["box"] = [left, top, left + width, top + height]
    return ours


def _from_openpose(entry: Mapping[str, Any], at: str) -> tuple[Any, str]:
    flat = _numbers(entry["pose_keypoints_2d"], f"{at}.pose_keypoints_2d").ravel()
    if len(flat) % 3 or len(flat) // 3 not in _FLAT:
        expected = " or ".join(f"{3 * count}" for count in sorted(_FLAT))
        raise ValueError(f"{at}.pose_keypoints_2d has {len(flat)} numbers, expected {expected}")
    return {"keypoints": flat.reshape(-1, 3)}, _FLAT[len(flat) // 3]


def _person(entry: Any, layout: str, at: str) -> Person:
    if not isinstance(entry, dict) or "keypoints" not in entry:
        raise ValueError(f'{at} is {_short(entry)}, expected {{"keypoints": [...]}}')
    count = len(layouts()[layout])
    points = _table(entry["keypoints"], f"{at}.keypoints", count, layout)
    if ((points[:, 2] < 0) | (points[:, 2] > 1)).any():
        raise ValueError(f"{at}.keypoints: a confidence is outside 0 to 1")
    keypoints = from_layout(points, layout)
    seen = keypoints[keypoints[:, 2] > 0]
    if len(seen) and seen[:, :2].max() <= 1:
        raise ValueError(f"{at}.keypoints lie between 0 and 1; give pixels of the photo")
    world = None
    if entry.get("world") is not None:
        world = from_layout(_table(entry["world"], f"{at}.world", count, layout), layout)
        if layout == "blazepose33":
            world = world * np.array([1, -1, -1], np.float32)
    try:
        box = tuple(_numbers(entry["box"], f"{at}.box", 4)) if entry.get("box") is not None else box_around(keypoints)
        score = float(_numbers([entry.get("score", 1.0)], f"{at}.score", 1)[0])
        return Person(box, keypoints, world, min(max(score, 0.0), 1.0))  # type: ignore[arg-type]
    except ValueError as error:
        told = str(error)
        raise ValueError(told if told.startswith(at) else f"{at}: {told}") from None


def _table(values: Any, at: str, count: int, layout: str) -> np.ndarray:
    if not isinstance(values, np.ndarray):
        if not isinstance(values, list) or len(values) != count:
            found = f"{len(values)} entries" if isinstance(values, list) else _short(values)
            raise ValueError(f"{at} is {found}, expected {count} points of layout {layout}")
        values = np.stack([_numbers(point, f"{at}[{index}]", 3) for index, point in enumerate(values)])
    return values


def _numbers(values: Any, at: str, count: int | None = None) -> np.ndarray:
    """A flat list of finite numbers, float64."""
    if isinstance(values, np.ndarray):
        return values
    plain = isinstance(values, list) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    if not plain or (count is not None and len(values) != count):
        raise ValueError(f"{at} is {_short(values)}, expected {count if count is not None else 'a list of'} numbers")
    try:
        array = np.array(values, dtype=np.float64)
    except OverflowError:
        raise ValueError(f"{at} has a number beyond all pictures") from None
    if not (np.abs(array) < 1e6).all():  # also false for what is not a number
        raise ValueError(f"{at} has a number that is not finite, or beyond all pictures")
    return array


def _stated_size(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    width, height = _numbers(value, "size", 2)
    if width < 1 or height < 1:
        raise ValueError(f"size is {_short(value)}, expected width and height in pixels")
    return int(width), int(height)


def _short(value: Any) -> str:
    told = json.dumps(value, default=str)
    return told if len(told) <= 40 else told[:37] + "..."
