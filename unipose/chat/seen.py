"""What was seen in a photo, as plain values for JSON."""

from __future__ import annotations

from typing import Any

from unipose.chat.looking import Look


def seen(look: Look | None) -> list[dict[str, Any]]:
    """One object for a photo that was looked at, none where nobody looked.

    ``size`` in pixels; ``people`` with ``box`` (left, top, right, bottom), ``keypoints`` (27 of x, y and confidence)
    and ``score``; ``chosen`` (who is meant, counted from 1 from the left, or None); ``camera`` (scale, x and y: a point
    (x, y) of the body in metres stands at ``scale * (x, -y) + (x, y)``; or None); ``detector`` and ``remark``.
    """
    if look is None or look.detections is None:
        return []
    found = look.detections
    people = [
        {
            "box": [round(side, 1) for side in person.box],
            "keypoints": [[round(x, 1), round(y, 1), round(sure, 3)] for x, y, sure in person.keypoints.tolist()],
            "score": round(person.score, 3),
        }
        for person in found.people
    ]
    return [
        {
            "size": list(found.size),
            "people": people,
            "chosen": None if look.chosen is None else look.chosen + 1,
            "camera": None if look.camera is None else [round(number, 3) for number in look.camera],
            "detector": found.detector,
            "remark": look.remark,
        }
    ]
