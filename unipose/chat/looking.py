"""Looking at a photo: who is in it, and which of them is meant."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from unipose.chat.checks import one_line
from unipose.chat.turns import UserError
from unipose.photos import Detections, KeypointDetector, Person, open_photo
from unipose.photos.files import read_detections
from unipose.photos.finding import find_detector
from unipose.photos.people import Choice, choose_at, choose_by_words, choose_number, main_person
from unipose.photos.told import half_a_person, how_many, nobody

Who = int | str | tuple[float, float] | None
"""Which person: a number (from the left, from 1), words, a place in pixels, or whoever the photo is most likely of."""


@dataclass(frozen=True, eq=False)
class Look:
    """What was seen in a photo.

    Attributes:
        picture: upright, RGB; None where only keypoints were given.
        detections: who is in it; None where nobody looked for people, because there is no detector.
        chosen: which of them is meant; None where nobody is.
        remark: what is to be told about it, in whole sentences; empty where all is plain.
        camera: scale, x and y in pixels of the photo: a point (x, y) in metres of the estimated body stands at
            ``scale * (x, -y) + (x, y)``. None before there is an estimate, or without detections.
    """

    picture: Image.Image | None
    detections: Detections | None
    chosen: int | None = None
    remark: str = ""
    camera: tuple[float, float, float] | None = None

    @property
    def person(self) -> Person | None:
        """Who is meant."""
        return None if self.detections is None or self.chosen is None else self.detections.people[self.chosen]


class Looker:
    """Finds people in photos; remembers whom it found in the latest ones.

    Several conversations may share one.

    Args:
        detector: one, or a name of :data:`unipose.photos.finding.NAMES`; found at first use.
        device: where its models run.
        limit: photos remembered.

    Raises:
        ValueError: for an unknown name, at first use.
    """

    def __init__(self, detector: KeypointDetector | str = "auto", device: str = "cpu", limit: int = 8) -> None:
        self._wanted, self._device, self._limit = detector, device, limit
        self._found: tuple[KeypointDetector | None, str] | None = None
        self._seen: OrderedDict[bytes, Detections] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def detector(self) -> KeypointDetector | None:
        """The detector; None when there is none."""
        return self._at_hand()[0]

    @property
    def reason(self) -> str:
        """Why this detector, or what to do to have one."""
        return self._at_hand()[1]

    def look(self, image: Any = None, keypoints: Any = None, who: Who = None) -> Look:
        """Look at a photo, or at what somebody else's detector found in one.

        Args:
            image: path of a photo, a PIL image, or None with ``keypoints``.
            keypoints: :class:`Detections`, or a file of them (:func:`unipose.photos.files.read_detections`), instead
                of looking for people.
            who: which person.

        Raises:
            UserError: neither of the two is given, or a file cannot be used.
        """
        if image is None and keypoints is None:
            raise UserError("give a photo, or a file of keypoints")
        try:
            picture = open_photo(image) if isinstance(image, str | Path) else image
            size = None if picture is None else picture.size
            if isinstance(keypoints, str | Path):
                keypoints = read_detections(keypoints, size)
            found = keypoints if keypoints is not None else self._people(picture)
        except ValueError as error:
            raise UserError(one_line(error)) from error
        if found is None:
            return Look(picture, None, remark=f"{self.reason[:1].upper()}{self.reason[1:]}.")
        if missing := nobody(found):
            return Look(picture, found, remark=missing)
        choice = _choice(found, who)
        if choice.index is None:
            return Look(picture, found, remark=choice.remark)
        told = [how_many(found) if who is None else "", half_a_person(found.people[choice.index], found.size)]
        return Look(picture, found, choice.index, " ".join(filter(None, told)))

    def _people(self, picture: Image.Image) -> Detections | None:
        detector = self.detector
        if detector is None:
            return None
        key = hashlib.sha256(repr(picture.size).encode() + picture.tobytes()).digest()
        with self._lock:
            if key in self._seen:
                self._seen.move_to_end(key)
                return self._seen[key]
        found = detector.detect(picture)
        with self._lock:
            self._seen[key] = found
            while len(self._seen) > self._limit:
                self._seen.popitem(last=False)
        return found

    def _at_hand(self) -> tuple[KeypointDetector | None, str]:
        if self._found is None:
            if isinstance(self._wanted, str):
                at_hand = find_detector(self._wanted, self._device)
                self._found = at_hand.detector, at_hand.reason
            else:
                self._found = self._wanted, f"{self._wanted.name} was asked for"
        return self._found


def _choice(found: Detections, who: Who) -> Choice:
    """Words that point at nobody in particular leave it to the photo."""
    if isinstance(who, tuple):
        return choose_at(found, *who)
    if isinstance(who, int):
        return choose_number(found, who)
    main = main_person(found)
    if isinstance(who, str):
        choice = choose_by_words(found, who, main)
        if choice.index is not None or choice.remark:
            return choice
    return Choice(main)
