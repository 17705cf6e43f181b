"""The eyes: image towers and pose reader learn to see a pose before the language model looks through them.

The official model takes its towers ready-made (CLIP, and TokenHMR's, which learnt just this). Nano's learn here, in up
to four parts: the reader from keypoints as detectors would find them; the towers to find keypoints in pictures; then,
the reader standing still, for the poses that are read of them; and, all of that standing still, what a picture adds to
keypoints. So pictures cannot spoil what is read of keypoints alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from accelerate import PartialState

from unipose.model.processor import UniPoseProcessor
from unipose.model.unipose import UniPoseModel
from unipose.training.checkpoints import claim
from unipose.training.finding import Album, Finding, look
from unipose.training.freezing import freeze, trained
from unipose.training.loops import Batch, run
from unipose.training.nano import with_eyes
from unipose.training.objective import Objective
from unipose.training.provenance import finished, write_provenance
from unipose.training.reading import Detections, Glances, Lifting, detected_tests, measured, pictured_tests
from unipose.training.seeing import Seeing
from unipose.training.settings import LoopSettings
from unipose.training.stages import STAGES

Evaluate = Callable[[], dict[str, float]]
LOOKS = 40_000
"""Pictures that the last part learns from; what is found in them is found once."""


@dataclass(frozen=True)
class Part:
    """One part of the stage.

    Attributes:
        name: of the folder of its checkpoints and curves, in that of the run.
        share: of the steps and the budget, to those of the others.
        rate: its learning rate, to that of the stage.
        moves: beginnings of the names of the parameters that it trains.
        stays: of those the ones that it does not.
    """

    name: str
    share: float
    rate: float
    moves: tuple[str, ...]
    stays: tuple[str, ...] = ()


_OF_PICTURES = ("pose_reader.norms.", "pose_reader.finder.", "pose_reader.glance.")
KEYPOINTS = Part("keypoints", 0.4, 1.0, ("pose_reader.",), _OF_PICTURES)
PLACES = Part("places", 0.3, 2.0, ("vision.", *_OF_PICTURES[:2]))
SIGHT = Part("sight", 0.2, 1.0, ("vision.", *_OF_PICTURES, "pose_reader.camera."))
GLANCES = Part("glances", 0.1, 2.0, ("pose_reader.glance.", "pose_reader.camera."))


def train_eyes(
    data: Path,
    start: Path,
    settings: LoopSettings,
    *,
    named: Path | None = None,
    pictures: Path | None = None,
) -> dict[str, float]:
    """Give nano eyes, or train those it has; saves a model folder.

    Args:
        data: folder of a pose collection (:mod:`unipose.data.sources`).
        start: folder of a nano. One without eyes is given a pose reader, and with ``pictures`` image towers, too. A
            reader that it brings learns from keypoints when there are no ``pictures``; with them it keeps reading
            keypoints as it does.
        settings: of the run.
        named: file of the lexicon's poses, for postures that captured motion lacks.
        pictures: folder of labelled pictures with keypoints (:mod:`unipose.data.drawn`).

    Returns:
        Held-out joint errors in millimetres, of people that nobody learns from: with 2D keypoints, with 3D landmarks,
        and in pictures; steps and seconds. Those of the parts it came to, where it pauses.

    Raises:
        ValueError: see :func:`unipose.training.loops.run`.
    """
    claim(settings)
    torch.manual_seed(settings.seed)
    model, processor = UniPoseModel.from_pretrained(start), UniPoseProcessor.from_pretrained(start)
    parts = [] if model.pose_reader is not None and pictures is not None else [KEYPOINTS]
    parts += [] if pictures is None else [PLACES, SIGHT, GLANCES]
    model = with_eyes(model, pictured=pictures is not None)
    processor = UniPoseProcessor.from_config(processor.tokenizer, model.config, max_length=processor.max_length)
    if PartialState().is_main_process:
        processor.save_pretrained(settings.out)
    if model.vision is not None and PartialState().device.type == "cpu":
        # there the fused attention's backward pass takes longer than the plain one's, and convolutions over channels
        # that lie apart take twice as long
        model.vision.clip.set_attn_implementation("eager")
        model.vision.pose.to(memory_format=torch.channels_last)
    course = _Course(model, settings, parts)
    heard = detected_tests(data)
    if KEYPOINTS in parts:
        detections = Detections(data, named, settings.seed)
        course.take(KEYPOINTS, Lifting, detections.batch, lambda: measured(model, heard))
    if pictures is not None and not course.paused:
        album = Album(pictures, processor, settings.seed)
        course.take(PLACES, Finding, album.batch, lambda: album.measured(model))
        if not course.paused:
            course.take(SIGHT, Seeing, album.batch, lambda: album.measured(model))
        if not course.paused:
            glances = Glances(album.seen(model, LOOKS), settings.seed)
            tests = heard | pictured_tests(look(model, album.held_out))
            course.take(GLANCES, Lifting, glances.batch, lambda: measured(model, tests))
    if not course.paused and PartialState().is_main_process:
        model.save_pretrained(settings.out)
        write_provenance(settings.out, "eyes", course.figures, trained=course.moved, lora=False)
    PartialState().wait_for_everyone()
    return course.figures


class _Course:
    """The parts, one after another.

    Args:
        model: changed in place.
        settings: of all parts together.
        parts: that will be taken.

    Attributes:
        figures: of the parts that were taken; steps and seconds of all of them.
        moved: how many numbers of each part of the model they moved.
        paused: whether the last one is to be resumed.
    """

    def __init__(self, model: UniPoseModel, settings: LoopSettings, parts: list[Part]) -> None:
        self.figures: dict[str, float] = {}
        self.moved: dict[str, int] = {}
        self.paused = False
        self._model, self._settings = model, settings
        self._whole = sum(part.share for part in parts)
        self._since = settings.began

    def take(self, part: Part, objective: type[Objective], batch: Batch, evaluate: Evaluate) -> None:
        """Train one part, to its end or to the pause."""
        settings, share = self._settings, part.share / self._whole
        freeze(self._model, STAGES["eyes"])
        for name, parameter in self._model.named_parameters():
            moves = name.startswith(part.moves) and not name.startswith(part.stays)
            parameter.requires_grad_(parameter.requires_grad and moves)
        pace = replace(
            settings,
            out=settings.out / part.name,
            steps=max(1, round(share * settings.steps)),
            learning_rate=part.rate * settings.learning_rate,
            budget=None if settings.budget is None else share * settings.budget,
            pause=None if settings.pause is None else max(1e-3, settings.pause - (self._since - settings.began)),
            began=self._since,
        )
        counts = trained(self._model)

        def end(figures: dict[str, float]) -> None:
            write_provenance(pace.out, "eyes", figures, part=part.name, trained=counts)

        before, figures = self.figures, run(objective(self._model), pace, batch, evaluate, end)
        self._since = time.monotonic()
        self.figures = before | figures | {name: before.get(name, 0.0) + figures[name] for name in ("steps", "seconds")}
        self.moved = {name: self.moved.get(name, 0) + counts.get(name, 0) for name in self.moved | counts}
        self.paused = finished(pace.out) is None
