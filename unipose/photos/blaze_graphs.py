"""The two networks of BlazePose, run through MediaPipe's graphs (Bazarevsky et al. 2020).

MediaPipe's own pose solution looks for one person and keeps to itself how sure it is. Its parts do more: the finder
reports every body it sees, and the fitter can be pointed at any circle of the picture. Both carry their weights in
MediaPipe's wheel.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

INSTALL = "python -m pip install mediapipe==0.10.21"

POINTS = 33

_MARGIN = 1.25  # the fitter was trained on circles this much wider than the body

_FIND = """
input_stream: "image"
output_stream: "bodies"
node { calculator: "PoseDetectionCpu" input_stream: "IMAGE:image" output_stream: "DETECTIONS:bodies" }
"""

# The landmark model's five outputs: landmarks, whether there is a body, a mask (unused), heat maps that sharpen the
# landmarks, and world landmarks. Of its 39 landmarks two past the first 33 tell the body's circle.
_FIT = """
input_stream: "image"
input_stream: "circle"
output_stream: "presence"
output_stream: "landmarks"
output_stream: "world"
node {
  calculator: "ImageToTensorCalculator"
  input_stream: "IMAGE:image" input_stream: "NORM_RECT:circle" output_stream: "TENSORS:pixels"
  options { [mediapipe.ImageToTensorCalculatorOptions.ext] {
    output_tensor_width: 256 output_tensor_height: 256 keep_aspect_ratio: true
    output_tensor_float_range { min: 0 max: 1 }
  } }
}
node {
  calculator: "PoseLandmarkModelLoader"
  input_side_packet: "MODEL_COMPLEXITY:complexity" output_side_packet: "MODEL:model"
}
node {
  calculator: "InferenceCalculator"
  input_side_packet: "MODEL:model" input_stream: "TENSORS:pixels" output_stream: "TENSORS:answers"
  options { [mediapipe.InferenceCalculatorOptions.ext] { delegate { xnnpack {} } } }
}
node {
  calculator: "SplitTensorVectorCalculator"
  input_stream: "answers"
  output_stream: "flat" output_stream: "flag" output_stream: "heat" output_stream: "solid"
  options { [mediapipe.SplitVectorCalculatorOptions.ext] {
    ranges { begin: 0 end: 1 } ranges { begin: 1 end: 2 } ranges { begin: 3 end: 4 } ranges { begin: 4 end: 5 }
  } }
}
node { calculator: "TensorsToFloatsCalculator" input_stream: "TENSORS:flag" output_stream: "FLOAT:presence" }
node {
  calculator: "TensorsToLandmarksCalculator" input_stream: "TENSORS:flat" output_stream: "NORM_LANDMARKS:blunt"
  options { [mediapipe.TensorsToLandmarksCalculatorOptions.ext] {
    num_landmarks: 39 input_image_width: 256 input_image_height: 256
    visibility_activation: SIGMOID presence_activation: SIGMOID
  } }
}
node {
  calculator: "RefineLandmarksFromHeatmapCalculator"
  input_stream: "NORM_LANDMARKS:blunt" input_stream: "TENSORS:heat" output_stream: "NORM_LANDMARKS:landmarks"
}
node {
  calculator: "TensorsToLandmarksCalculator" input_stream: "TENSORS:solid" output_stream: "LANDMARKS:world"
  options { [mediapipe.TensorsToLandmarksCalculatorOptions.ext] { num_landmarks: 39 } }
}
"""

_STDERR = threading.Lock()  # the process has one standard error, however many detectors it has


@dataclass(frozen=True)
class Circle:
    """Where a body is: the middle of its hips, how far it reaches from there, and which way is up along it.

    Attributes:
        centre: x, y in pixels.
        radius: pixels from the centre to the farthest reach of the body, about half its stretched height.
        turn: radians, 0 for an upright body, growing clockwise as seen.
    """

    centre: tuple[float, float]
    radius: float
    turn: float

    @classmethod
    def through(cls, centre: np.ndarray, rim: np.ndarray) -> Circle:
        """The circle from its centre and the point above the head on its rim, [2] pixels each."""
        along = rim - centre
        return cls(
            (float(centre[0]), float(centre[1])), float(np.hypot(*along)), float(np.arctan2(along[0], -along[1]))
        )


@dataclass(frozen=True, eq=False)
class Fit:
    """One look of the fitter at a circle.

    Attributes:
        presence: 0 to 1, whether a body fills the circle.
        points: float64 [33, 2] pixels.
        visibility: float64 [33], 0 to 1.
        world: float64 [33, 3] metres from the middle of the hips in MediaPipe's axes (y down, z away).
        circle: of the body that was found, where to look again.
    """

    presence: float
    points: np.ndarray
    visibility: np.ndarray
    world: np.ndarray
    circle: Circle


class Graphs:
    """Finder and fitter, loaded. Not to be called from two threads at once.

    Args:
        sureness: 0 to 1, what the finder reports at least.

    Raises:
        ValueError: when MediaPipe is missing or does not load, with the command that installs it.
    """

    def __init__(self, sureness: float) -> None:
        with _quiet():
            try:
                from mediapipe.framework.formats.rect_pb2 import NormalizedRect
                from mediapipe.python.solution_base import SolutionBase
            except ImportError as error:  # also a system library of its OpenCV that is not there
                reason = str(error).splitlines()[0]
                raise ValueError(f"BlazePose needs MediaPipe ({reason}); install it with: {INSTALL}") from error
            limit = {"posedetectioncpu__TensorsToDetectionsCalculator.min_score_thresh": sureness}
            self._rectangle: Any = NormalizedRect
            self._finder: Any = SolutionBase(graph_config=_FIND, calculator_params=limit)
            self._fitter: Any = SolutionBase(graph_config=_FIT, side_inputs={"complexity": 1})
            nothing = np.zeros((64, 64, 3), np.uint8)  # most of the chatter comes with the first picture
            self.find(nothing)
            self.fit(nothing, Circle((32, 32), 24, 0))

    def find(self, pixels: np.ndarray) -> list[tuple[float, Circle]]:
        """Every body that the finder sees in uint8 RGB [H, W, 3], with its score from 0 to 1."""
        scale = np.array([pixels.shape[1], pixels.shape[0]])
        bodies = []
        for body in self._finder.process(pixels).bodies or []:
            marks = np.array([(mark.x, mark.y) for mark in body.location_data.relative_keypoints]) * scale
            bodies.append((float(body.score[0]), Circle.through(marks[0], marks[1])))
        return bodies

    def fit(self, pixels: np.ndarray, circle: Circle) -> Fit:
        """The body in a circle of uint8 RGB [H, W, 3]; always an answer, see :attr:`Fit.presence`."""
        height, width = pixels.shape[:2]
        side = 2 * _MARGIN * circle.radius
        (x, y), turn = circle.centre, circle.turn
        square = self._rectangle(
            x_center=x / width, y_center=y / height, width=side / width, height=side / height, rotation=turn
        )
        answer = self._fitter.process({"image": pixels, "circle": square})
        inside = np.array([(mark.x, mark.y, mark.visibility) for mark in answer.landmarks.landmark])
        world = np.array([(mark.x, mark.y, mark.z) for mark in answer.world.landmark])[:POINTS]
        back = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        points = (inside[:, :2] - 0.5) * side @ back + circle.centre
        world[:, :2] = world[:, :2] @ back
        found = Circle.through(points[POINTS], points[POINTS + 1])
        return Fit(float(answer.presence), points[:POINTS], inside[:POINTS, 2], world, found)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what C++ writes past Python from standard error; if loading fails, what it wrote is told after all."""
    with _STDERR, tempfile.TemporaryFile() as kept:
        saved = os.dup(2)
        os.dup2(kept.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(saved, 2)
            kept.seek(0)
            os.write(2, kept.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
