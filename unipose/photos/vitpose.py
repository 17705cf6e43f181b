"""People through ViTPose and a person detector from the Hub (Xu et al. 2022; Zhao et al. 2024), both Apache-2.0.

More exact than BlazePose on people who are small, bent or partly hidden, and slower on a CPU: it is meant for a GPU.
It marks the 17 keypoints of COCO and no 3D landmarks.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from unipose.photos.detections import Detections, Person
from unipose.photos.layouts import from_layout

if TYPE_CHECKING:
    import torch

FINDER = "PekingU/rtdetr_r50vd_coco_o365"
POSES = "usyd-community/vitpose-base-simple"

FINDER_SCORE = 0.4
MOST_PEOPLE = 20


class VitPose:
    """Finds people and 17 of our 27 keypoints each. Safe to share between threads, which wait for one another.

    Weights are fetched from the Hub, or read from its cache, at the first :meth:`detect` or :meth:`load`.

    Args:
        finder: a Hub id or folder of an object detector that knows the class "person".
        poses: a Hub id or folder of a ViTPose for the 17 keypoints of COCO.
        device: where both run.
    """

    name = "ViTPose"

    def __init__(self, finder: str = FINDER, poses: str = POSES, device: str | torch.device = "cpu") -> None:
        self.finder, self.poses, self.device = finder, poses, device
        self._lock = threading.Lock()
        self._parts: tuple[Any, Any, Any, Any] | None = None

    def load(self) -> None:
        """Load now instead of at the first photo.

        Raises:
            ValueError: when the weights are neither here nor to be had, or are of another kind.
        """
        with self._lock:
            self._loaded()

    def detect(self, image: Image.Image) -> Detections:
        """The people in an upright RGB picture.

        Raises:
            ValueError: see :meth:`load`.
        """
        image = image.convert("RGB")
        with self._lock:
            looking, finder, measuring, poses = self._loaded()
            boxes, scores = self._boxes(looking, finder, image)
            marks = self._marks(measuring, poses, image, boxes) if len(boxes) else []
        people = [
            Person(tuple(box.tolist()), from_layout(points, "coco17"), None, float(score))
            for box, score, points in zip(boxes, scores, marks, strict=True)
        ]
        return Detections(image.size, tuple(people), self.name)

    def _boxes(self, looking: Any, finder: Any, image: Image.Image) -> tuple[np.ndarray, np.ndarray]:
        """Boxes [N, 4] (left, top, right, bottom) and scores [N] of people, the surest first."""
        import torch

        person = finder.config.label2id["person"]
        inputs = looking(images=image, return_tensors="pt").to(self.device)
        with torch.inference_mode():
            answer = finder(**inputs)
        sizes = torch.tensor([(image.height, image.width)])
        (found,) = looking.post_process_object_detection(answer, threshold=FINDER_SCORE, target_sizes=sizes)
        ours = found["labels"] == person
        boxes, scores = found["boxes"][ours].float().cpu().numpy(), found["scores"][ours].float().cpu().numpy()
        boxes[:, 0::2] = boxes[:, 0::2].clip(0, image.width)
        boxes[:, 1::2] = boxes[:, 1::2].clip(0, image.height)
        real = ((boxes[:, 2:] - boxes[:, :2]) >= 2).all(axis=1)
        order = np.argsort(-scores[real])[:MOST_PEOPLE]
        return boxes[real][order], scores[real][order]

    def _marks(self, measuring: Any, poses: Any, image: Image.Image, boxes: np.ndarray) -> list[np.ndarray]:
        """For each box [17, 3]: x, y in pixels and confidence."""
        import torch

        wide = boxes.copy()
        wide[:, 2:] -= wide[:, :2]  # left, top, width, height
        inputs = measuring(image, boxes=[wide], return_tensors="pt").to(self.device)
        with torch.inference_mode():
            answer = poses(**inputs)
        (found,) = measuring.post_process_pose_estimation(answer, boxes=[wide])
        return [
            torch.cat([one["keypoints"], one["scores"].reshape(-1, 1)], dim=1).float().cpu().numpy() for one in found
        ]

    def _loaded(self) -> tuple[Any, Any, Any, Any]:
        if self._parts is None:
            self._parts = (*self._part(self.finder, "finder"), *self._part(self.poses, "poses"))
        return self._parts

    def _part(self, source: str, kind: str) -> tuple[Any, Any]:
        """The processor and the model of one of the two."""
        from transformers import AutoImageProcessor, AutoModelForObjectDetection, VitPoseForPoseEstimation

        kinds: dict[str, Any] = {"finder": AutoModelForObjectDetection, "poses": VitPoseForPoseEstimation}
        try:
            processor = AutoImageProcessor.from_pretrained(source)
            model = kinds[kind].from_pretrained(source).to(self.device).eval()
        except ImportError as error:
            reason = str(error).strip().splitlines()[0]
            raise ValueError(f"ViTPose needs more than is installed: {reason}") from error
        except (OSError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            if Path(source).is_dir():
                raise ValueError(f"'{source}' holds no {kind} that can be read: {reason}") from error
            raise ValueError(
                f"ViTPose's weights '{source}' are not in the Hub's cache and cannot be fetched ({reason}); run "
                f"`hf download {source}` while there is a network, or use BlazePose, which needs none"
            ) from error
        if kind == "finder" and "person" not in model.config.label2id:
            raise ValueError(f"'{source}' finds no people: it has no class 'person'")
        if kind == "poses" and model.config.num_labels != 17:
            raise ValueError(f"'{source}' marks {model.config.num_labels} keypoints, expected COCO's 17")
        return processor, model
