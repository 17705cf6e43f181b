"""A joint space of poses and texts: a pose network and a recurrent text network, trained to agree.

The published recipe in shape (a pose encoder, a bidirectional GRU over words, both normalised, a symmetric contrastive
loss with a learnt temperature). A text may be about one pose, or about the change from one to another.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, gelu, normalize
from transformers import PretrainedConfig, PreTrainedModel

from unipose import paths
from unipose.body.pose import face_forward
from unipose.body.rotations import matrix_to_rot6d
from unipose.body.skeleton import JOINT_NAMES, forward_kinematics
from unipose.evaluation.retrieval.words import PADDING, SPECIAL, WordNumbers

KINDS = {"poses": 1, "pairs": 2}
"""The shipped evaluators, by folder, and how many poses a text of each is about."""

_FEATURES = (6 + 6 + 3) * len(JOINT_NAMES)  # local and global rotations, and positions
_FIRST_SCALE, _MOST_SCALE = 10.0, 100.0


class RetrievalConfig(PretrainedConfig):
    """Sizes of a :class:`RetrievalModel`.

    Args:
        words: that it knows, in the order of their numbers.
        poses: that a text is about, 1 or 2.
        space: width of the joint space.
        pose_width, pose_layers: of the pose network.
        word_width, text_width: of the word vectors and of each direction of the GRU.
        longest: words read of a text.
        dropout: of features and words, in training.
    """

    model_type = "unipose_retrieval"

    def __init__(
        self,
        words: Sequence[str] = (),
        poses: int = 1,
        space: int = 256,
        pose_width: int = 320,
        pose_layers: int = 2,
        word_width: int = 96,
        text_width: int = 192,
        longest: int = 96,
        dropout: float = 0.1,
        **kwargs: Any,
    ) -> None:
        if poses not in KINDS.values():
            raise ValueError(f"a text is about one pose or two, found poses={poses}")
        self.words = list(words)
        self.poses = poses
        self.space = space
        self.pose_width = pose_width
        self.pose_layers = pose_layers
        self.word_width = word_width
        self.text_width = text_width
        self.longest = longest
        self.dropout = dropout
        super().__init__(**kwargs)


class RetrievalModel(PreTrainedModel):
    """Puts poses and texts where the text about a pose is nearest to it. Headings do not matter."""

    config: RetrievalConfig
    config_class = RetrievalConfig
    base_model_prefix = "retrieval"
    main_input_name = "rotations"

    def __init__(self, config: RetrievalConfig) -> None:
        super().__init__(config)
        self.numbers = WordNumbers(config.words, config.longest)
        self.pose_network = _PoseNetwork(config)
        self.text_network = _TextNetwork(config)
        self.log_scale = nn.Parameter(torch.tensor(math.log(_FIRST_SCALE)))
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        """Keep torch's own initialisation, which suits these small networks."""

    def encode_poses(self, rotations: Tensor) -> Tensor:
        """Poses [N, poses, 22, 3, 3], or [N, 22, 3, 3] where a text is about one, to unit vectors [N, space].

        Raises:
            ValueError: for another shape.
        """
        if rotations.ndim == 4 and self.config.poses == 1:
            rotations = rotations[:, None]
        if rotations.ndim != 5 or rotations.shape[1:] != (self.config.poses, len(JOINT_NAMES), 3, 3):
            wanted = f"[N, {self.config.poses}, {len(JOINT_NAMES)}, 3, 3]"
            raise ValueError(f"expected rotations of shape {wanted}, found {list(rotations.shape)}")
        return normalize(self.pose_network(_features(rotations)), dim=-1)

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        """N texts to unit vectors [N, space]."""
        return normalize(self.text_network(*self.numbers(texts)), dim=-1)

    @property
    def scale(self) -> Tensor:
        """What similarities are multiplied by: the inverse of the learnt temperature."""
        return self.log_scale.exp().clamp(max=_MOST_SCALE)

    def forward(self, rotations: Tensor, texts: Sequence[str]) -> Tensor:
        """The symmetric contrastive loss (scalar) of poses and the N texts about them, each row the others' foil."""
        logits = self.scale * self.encode_poses(rotations) @ self.encode_texts(texts).T
        own = torch.arange(len(texts), device=logits.device)
        return (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2


@functools.cache
def load(kind: str) -> RetrievalModel:
    """The shipped evaluator of "poses" or of "pairs"; read once, then shared. Do not train it.

    Raises:
        ValueError: unknown kind, or the weights were not built yet.
    """
    if kind not in KINDS:
        raise ValueError(f"the evaluator is one of {', '.join(KINDS)}, found {kind!r}")
    folder = paths.assets() / "retrieval" / kind
    if not (folder / "model.safetensors").is_file():
        raise ValueError(f"no weights in '{folder}'; build them with python -m tools.train_retrieval --data DATA")
    model = RetrievalModel.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=torch.float32)
    return model.requires_grad_(False).eval()


class _PoseNetwork(nn.Module):
    """Features [N, F] to vectors [N, space], by residual layers."""

    def __init__(self, config: RetrievalConfig) -> None:
        super().__init__()
        width = config.pose_width
        # of two poses also how the second differs
        self.first = nn.Linear(_FEATURES * (1 if config.poses == 1 else 3), width)
        self.layers = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))
            for _ in range(config.pose_layers)
        )
        self.dropout = nn.Dropout(config.dropout)
        self.last = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, config.space))

    def forward(self, features: Tensor) -> Tensor:
        hidden = gelu(self.first(self.dropout(features)))
        for layer in self.layers:
            hidden = hidden + layer(hidden)
        return self.last(hidden)


class _TextNetwork(nn.Module):
    """Word numbers [N, L] with their lengths [N] to vectors [N, space]: what either direction reads most strongly."""

    def __init__(self, config: RetrievalConfig) -> None:
        super().__init__()
        self.words = nn.Embedding(SPECIAL + len(config.words), config.word_width, padding_idx=PADDING)
        self.dropout = nn.Dropout(config.dropout)
        self.onward = nn.GRU(config.word_width, config.text_width, batch_first=True)
        self.back = nn.GRU(config.word_width, config.text_width, batch_first=True)
        self.last = nn.Linear(2 * config.text_width, config.space)

    def forward(self, numbers: Tensor, lengths: Tensor) -> Tensor:
        place = torch.arange(numbers.shape[1])
        beyond = (place >= lengths[:, None])[..., None]
        # turned round within its own length, a text ends in its padding both ways, and padding cannot change the rest
        turned = numbers.gather(1, (lengths[:, None] - 1 - place).clamp_min(0))
        with torch.autocast(numbers.device.type, torch.bfloat16, enabled=self.training):  # twice as fast on a CPU
            ways = [
                reader(self.dropout(self.words(each)))[0]
                for reader, each in ((self.onward, numbers), (self.back, turned))
            ]
        strongest = [read.float().masked_fill(beyond, -torch.inf).amax(dim=1) for read in ways]
        return self.last(torch.cat(strongest, dim=-1))


def _features(rotations: Tensor) -> Tensor:
    """Poses [N, P, 22, 3, 3] to all that is fed of them, [N, F or 3 F]."""
    facing = face_forward(rotations)
    joints, turned = forward_kinematics(facing)
    parts = matrix_to_rot6d(facing).flatten(-2), matrix_to_rot6d(turned).flatten(-2), 2 * joints.flatten(-2)
    poses = torch.cat(parts, dim=-1)
    if poses.shape[1] == 1:
        return poses[:, 0]
    return torch.cat((poses[:, 0], poses[:, 1], poses[:, 1] - poses[:, 0]), dim=-1)
