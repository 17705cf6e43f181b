"""People through BlazePose, which works offline on a CPU (Bazarevsky et al. 2020; MediaPipe 0.10.21, full model).

BlazePose is made for one person who fills the picture, and answers with a body for whatever it is pointed at. So the
finder looks through windows of several sizes, and each body it reports has to hold: the fitter looks at it straight,
mirrored, closer and from farther away, each a little turned. A real body stays where it is, an imagined one moves.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from unipose.photos.blaze_graphs import Circle, Fit, Graphs
from unipose.photos.detections import Detections, Person
from unipose.photos.layouts import box_around, from_layout, layouts

WINDOWS = ((0.75, 3), (0.5, 3), (0.34, 5))
"""Square windows beside the whole photo: side in parts of the photo's longer side, and how many along a side."""

RIMS = (0.25, 0.75)
"""The whole photo is also looked at inside a grey rim this wide, in parts of its longer side: a person cut off by
the edge, whose hips are outside, is found only so."""

FINDER_SIDE = 1024
"""Longer side in pixels of the copy that the finder looks through; its own input is 224 pixels square."""

FINDER_SCORE = 0.4
MOST_CANDIDATES = 24
PERSON_SCORE = 0.45
"""What the finder must report, how many of its reports are looked at, and the probability that makes a person."""

# Log-odds that a candidate is a person: a constant and one weight each for the logarithm of how far its points move
# between looks (in radii), the same in metres of the world landmarks, the finder's score, and the logarithm of how far
# its presence is from 1. Logistic regression on 98 people and 103 other candidates in 12 photos of people and 27
# pictures of none, four views of each; on pictures left out it errs over 8 of the 201.
WEIGHTS = (-25.65, -2.61, -4.77, 2.5, -1.52)

_LOOKS = ((False, 1.0, 0.0), (True, 1.0, 0.0), (False, 0.88, 0.2), (True, 1.15, 0.2))  # mirrored, radius, turn


@dataclass(frozen=True, eq=False)
class _Body:
    """What several looks at one candidate agree on; ``moved`` is [33], in radii, ``evidence`` goes with ``WEIGHTS``."""

    points: np.ndarray
    visibility: np.ndarray
    world: np.ndarray
    moved: np.ndarray
    circle: Circle
    evidence: tuple[float, ...]

    @property
    def score(self) -> float:
        """The probability of a person, 0 to 1."""
        return float(1 / (1 + np.exp(-np.dot(WEIGHTS, self.evidence))))


class BlazePose:
    """Finds people, 27 keypoints and 3D landmarks each. Safe to share between threads, which wait for one another.

    MediaPipe is imported and its networks are loaded at the first :meth:`detect` or :meth:`load`.
    """

    name = "BlazePose"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._graphs: Graphs | None = None

    def load(self) -> None:
        """Load now instead of at the first photo.

        Raises:
            ValueError: when MediaPipe is missing or does not load, with the command that installs it.
        """
        with self._lock:
            self._loaded()

    def detect(self, image: Image.Image) -> Detections:
        """The people in an upright RGB picture, at most one per place.

        Raises:
            ValueError: see :meth:`load`.
        """
        pixels = np.array(image.convert("RGB"))
        found: list[_Body] = []
        with self._lock:
            graphs = self._loaded()
            for score, circle in _candidates(graphs, image):
                settled = _settled(graphs, pixels, circle)
                if settled is not None and not any(_same(settled, body) for body in found):
                    body = _examined(graphs, pixels, settled.circle, score)
                    if body.score >= PERSON_SCORE:
                        found.append(body)
        people = [_person(body, image.size) for body in found]
        return Detections(image.size, tuple(person for person in people if person is not None), self.name)

    def _loaded(self) -> Graphs:
        if self._graphs is None:
            self._graphs = Graphs(FINDER_SCORE)
        return self._graphs


def _windows(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Left, top, right and bottom of every window, the whole picture first; some reach past the picture."""
    width, height = size
    longer = max(size)
    yield 0, 0, width, height
    for part in RIMS:
        rim = int(part * longer)
        yield -rim, -rim, width + rim, height + rim
    for part, count in WINDOWS:
        side = int(part * longer)
        for left in _starts(width, side, count):
            for top in _starts(height, side, count):
                yield left, top, left + side, top + side


def _starts(length: int, side: int, count: int) -> list[int]:
    if length <= side:
        return [(length - side) // 2]
    return [round((length - side) * step / (count - 1)) for step in range(count)]


def _candidates(graphs: Graphs, image: Image.Image) -> list[tuple[float, Circle]]:
    """What the finder reports in all windows, the surest first, one of several that mean the same."""
    small = image.convert("RGB")
    small.thumbnail((FINDER_SIDE, FINDER_SIDE), Image.Resampling.BILINEAR, reducing_gap=2)
    scale = image.width / small.width
    reports: list[tuple[float, Circle]] = []
    for left, top, right, bottom in _windows(small.size):
        side = max(right - left, bottom - top)
        for score, circle in graphs.find(np.array(small.crop((left, top, right, bottom)))):
            x, y = circle.centre
            # A body whose hips are outside the window, or that fills a corner of it or far more than all of it, is
            # better seen in another window, or is none.
            if 0 < x < right - left and 0 < y < bottom - top and 0.05 < circle.radius / side < 0.85:
                centre = ((x + left) * scale, (y + top) * scale)
                reports.append((score, replace(circle, centre=centre, radius=circle.radius * scale)))
    reports.sort(key=lambda report: -report[0])
    kept: list[tuple[float, Circle]] = []
    for score, circle in reports:
        if not any(_close(circle, other) for _, other in kept):
            kept.append((score, circle))
    return kept[:MOST_CANDIDATES]


def _close(one: Circle, other: Circle) -> bool:
    apart = np.hypot(one.centre[0] - other.centre[0], one.centre[1] - other.centre[1])
    return apart < 0.5 * min(one.radius, other.radius) and 0.6 < one.radius / other.radius < 1.6


def _settled(graphs: Graphs, pixels: np.ndarray, circle: Circle) -> Fit | None:
    """The fit after one that moved the circle onto the body; None where there is hardly one."""
    fit = graphs.fit(pixels, circle)
    if fit.circle.radius >= 1:
        fit = graphs.fit(pixels, fit.circle)
    return fit if fit.circle.radius >= 1 and fit.presence >= 0.2 else None


def _examined(graphs: Graphs, pixels: np.ndarray, circle: Circle, score: float) -> _Body:
    """Look at a settled candidate in several ways."""
    mirrored = np.ascontiguousarray(pixels[:, ::-1])
    looks = [_look(graphs, mirrored if flip else pixels, circle, flip, zoom, turn) for flip, zoom, turn in _LOOKS]
    points, world = np.stack([look.points for look in looks]), np.stack([look.world for look in looks])
    visibility = np.stack([look.visibility for look in looks]).mean(axis=0)
    moved = np.linalg.norm(points - points.mean(axis=0), axis=-1).mean(axis=0) / circle.radius
    bent = np.linalg.norm(world - world.mean(axis=0), axis=-1).mean(axis=0)
    weights = np.where([name is not None for name in layouts()["blazepose33"]], visibility + 1e-3, 0)
    evidence = (
        1.0,
        float(np.log(np.average(moved, weights=weights) + 1e-4)),
        float(np.log(np.average(bent, weights=weights) + 1e-4)),
        score,
        float(np.log(1.01 - np.mean([look.presence for look in looks]))),
    )
    return _Body(points.mean(axis=0), visibility, world.mean(axis=0), moved, circle, evidence)


def _look(graphs: Graphs, pixels: np.ndarray, circle: Circle, flip: bool, zoom: float, turn: float) -> Fit:
    """One look, told as if it had not been mirrored."""
    (x, y), width = circle.centre, pixels.shape[1]
    if not flip:
        return graphs.fit(pixels, Circle((x, y), circle.radius * zoom, circle.turn + turn))
    fit = graphs.fit(pixels, Circle((width - x, y), circle.radius * zoom, turn - circle.turn))
    swap = list(_swaps(layouts()["blazepose33"]))
    return replace(
        fit,
        points=(fit.points * (-1, 1) + (width, 0))[swap],
        visibility=fit.visibility[swap],
        world=(fit.world * (-1, 1, 1))[swap],
    )


def _swaps(names: Sequence[str | None]) -> Iterator[int]:
    """For each point the one on the other side; points that we do not name stay, they are not used."""
    for index, name in enumerate(names):
        other = name and name.replace("left_", "R_").replace("right_", "left_").replace("R_", "right_")
        yield names.index(other) if other else index


def _same(one: Fit | _Body, other: _Body) -> bool:
    """Whether two bodies are one person: shoulders and hips lie closer than a third of a torso or so."""
    trunk = [
        index for index, name in enumerate(layouts()["blazepose33"]) if name and name.endswith(("shoulder", "hip"))
    ]
    apart = np.linalg.norm(one.points[trunk] - other.points[trunk], axis=-1).mean()
    return bool(apart < 0.24 * max(one.circle.radius, other.circle.radius))


def _person(body: _Body, size: tuple[int, int]) -> Person | None:
    """In our layout, axes and terms; None where nothing of the body is surely in the photo."""
    outside = ((body.points < 0) | (body.points > size)).any(axis=1)
    # A point that the looks do not agree on is less sure than each of them says; one outside the photo is a guess.
    confidence = body.visibility * np.exp(-0.5 * (body.moved / 0.1) ** 2)
    confidence = np.where(outside, np.minimum(confidence, 0.2), confidence)
    keypoints = from_layout(np.column_stack([body.points, confidence]), "blazepose33")
    try:
        box = box_around(keypoints, size)
    except ValueError:
        return None
    return Person(box, keypoints, from_layout(body.world * (1, -1, -1), "blazepose33"), body.score)
