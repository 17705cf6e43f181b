"""Which detector is at hand."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from unipose.photos.blaze_graphs import INSTALL
from unipose.photos.blazepose import BlazePose
from unipose.photos.detections import KeypointDetector
from unipose.photos.vitpose import FINDER, POSES, VitPose

NAMES = ("auto", "blazepose", "vitpose", "none")


@dataclass(frozen=True)
class Found:
    """A detector, or why there is none.

    Attributes:
        detector: not loaded yet; None when there is none.
        reason: why this one, or what to do to have one; one line.
    """

    detector: KeypointDetector | None
    reason: str


def find_detector(name: str = "auto", device: str = "cpu") -> Found:
    """The detector of a name, or the best one at hand, which is asked for nothing yet.

    ``auto`` takes ViTPose on a GPU when its weights are in the Hub's cache, else BlazePose where MediaPipe is
    installed. Nothing is fetched to find out.

    Args:
        name: one of ``NAMES``.
        device: where models run, such as ``cuda:0``; BlazePose runs on the CPU.

    Raises:
        ValueError: for another name.
    """
    if name not in NAMES:
        raise ValueError(f"unknown detector '{name}', expected one of {', '.join(NAMES)}")
    if name == "none":
        return Found(None, "no detector is wanted")
    if name == "vitpose" or (name == "auto" and not device.startswith("cpu") and _cached(FINDER) and _cached(POSES)):
        return Found(VitPose(device=device), f"ViTPose on {device}")
    if find_spec("mediapipe") is not None:
        return Found(BlazePose(), "BlazePose on the CPU")
    return Found(None, f"people in photos are not found: MediaPipe is not installed; install it with: {INSTALL}")


def _cached(repo: str) -> bool:
    from huggingface_hub import try_to_load_from_cache

    return all(isinstance(try_to_load_from_cache(repo, file), str) for file in ("config.json", "model.safetensors"))
