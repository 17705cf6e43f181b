"""The network behind the verbs: questions to tensors, poses to codes and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from unipose.body.pose import Pose
from unipose.chat.checks import check_pose, one_line
from unipose.chat.doubt import Doubt
from unipose.chat.ranking import Judge
from unipose.chat.turns import UserError
from unipose.language.items import noted
from unipose.model.pictures import PictureMemory
from unipose.model.processor import UniPoseProcessor
from unipose.model.sight import SIGHT_INPUTS, Sight
from unipose.model.unipose import UniPoseModel
from unipose.tasks import Content, task


class Engine:
    """A model with its processor, and the pictures it lately saw.

    Args:
        model: in evaluation mode.
        processor: made for that model.
        name: told in replies and errors.
        doubt: how far its estimates from photos are off, where that is known.
    """

    def __init__(self, model: UniPoseModel, processor: UniPoseProcessor, name: str, doubt: Doubt | None = None) -> None:
        self.model, self.processor, self.name, self.doubt = model, processor, name, doubt
        self._pictures = PictureMemory(model)

    def ask(self, name: str, **given: Any) -> Content:
        """A task's question, in the sentences this model learnt; what it takes is that of ``Task.ask``."""
        return task(name).ask(**given, manner=self.model.config.prompt_manner)

    def as_shown(self, text: str, judge: Judge) -> str:
        """A request as this model is shown it; ``judge`` has read it."""
        return noted(text, judge.claims) if self.model.config.notes else text

    def inputs(self, content: Content, rows: int) -> dict[str, torch.Tensor]:
        """The tensors of a request, in as many rows; its picture is encoded unless it was lately.

        Raises:
            UserError: more tokens than the model can read.
        """
        try:
            batch = self.processor([[{"role": "user", "content": content}]])
        except ValueError as error:
            raise UserError(one_line(error)) from error
        inputs = dict(batch)
        if sights := {name: inputs.pop(name) for name in SIGHT_INPUTS if name in inputs}:
            inputs["image_features"] = self._pictures.features(sights)
        device = self.model.device
        return {name: one.to(device).repeat(rows, *[1] * (one.ndim - 1)) for name, one in inputs.items()}

    @torch.inference_mode()
    def read_pose(self, sight: Sight) -> torch.Tensor:
        """What the model's pose reader makes of a person in a photo: float32 [1, 22, 3, 3], or [0, ...] without one."""
        if self.model.pose_reader is None:
            return torch.empty(0, 22, 3, 3)
        views = {name: one.to(self.model.device) for name, one in self.processor.views([sight]).items()}
        return self.model.read_poses(**views).cpu()

    def dice(self, seed: int | None) -> torch.Generator:
        """What draws, on the model's device."""
        return torch.Generator(self.model.device).manual_seed(int(seed or 0))

    @torch.inference_mode()
    def encode_pose(self, pose: Pose) -> np.ndarray:
        """See :meth:`unipose.chat.UniPose.encode_pose`."""
        rotations = check_pose(pose).rotations.unsqueeze(0).to(self.model.device)
        return self.model.pose_tokenizer.encode(rotations)[0].cpu().numpy()

    @torch.inference_mode()
    def decode_pose(self, codes: Any) -> Pose:
        """See :meth:`unipose.chat.UniPose.decode_pose`."""
        sizes = self.model.config.pose_tokenizer_config
        array = np.asarray(codes)
        if array.shape != (sizes.num_tokens,) or array.dtype.kind not in "iu":
            found = f"{array.dtype} {list(array.shape)}"
            raise ValueError(f"a pose has codes int64 [{sizes.num_tokens}], found {found}")
        if array.min() < 0 or array.max() >= sizes.num_codes:
            found = f"{array.min()} to {array.max()}"
            raise ValueError(f"codes are 0 to {sizes.num_codes - 1}, found {found}")
        batch = torch.from_numpy(array.astype(np.int64)).unsqueeze(0).to(self.model.device)
        return Pose.from_rotations(self.model.pose_tokenizer.decode(batch)[0].float().cpu())
