"""The visual processor: a semantic tower and a pose-aware tower, mixed and projected (paper section 3.2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoBackbone, AutoModel

from unipose.model.config import VisionConfig


def mix(clip_features: Tensor, pose_features: Tensor) -> Tensor:
    """Lay the pose-aware grid over the semantic grid and join their channels.

    The pose-aware grid is zero-padded to a square and resized with aligned corners, as published. (This
    blends zeros into the border cells and shifts cells by up to half a cell; kept, because published weights
    were trained on it.)

    Args:
        clip_features: [N, side * side, C1], row-major.
        pose_features: [N, C2, height, width] with height >= width.

    Returns:
        [N, side * side, C1 + C2], semantic channels first.
    """
    side = round(clip_features.shape[1] ** 0.5)
    height, width = pose_features.shape[-2:]
    left = (height - width) // 2
    square = functional.pad(pose_features, (left, height - width - left))
    resized = functional.interpolate(square, size=(side, side), mode="bilinear", align_corners=True)
    return torch.cat([clip_features, resized.flatten(2).transpose(1, 2)], dim=-1)


class VisionTower(nn.Module):
    """Two views of one picture to tokens of the language model.

    Args:
        config: of the towers.
        output_size: width of the language model.
    """

    def __init__(self, config: VisionConfig, output_size: int) -> None:
        super().__init__()
        self.config = config
        self.clip = AutoModel.from_config(config.clip_config)
        self.pose = AutoBackbone.from_config(config.pose_config)
        self.projector = nn.Sequential(
            nn.Linear(config.feature_size, output_size), nn.GELU(), nn.Linear(output_size, output_size)
        )

    def clip_features(self, pixel_values: Tensor) -> Tensor:
        """[N, 3, S, S] normalised pixels to patch features [N, grid * grid, C1], class token dropped."""
        states = self.clip(pixel_values=pixel_values, output_hidden_states=True).hidden_states
        return states[self.config.clip_layer][:, 1:]

    def pose_features(self, pose_pixel_values: Tensor) -> Tensor:
        """[N, 3, 256, 192] normalised pixels to features [N, C2, 16, 12] after the last norm."""
        device = pose_pixel_values.device.type
        # on CPUs convolutions in bfloat16 take twice as long as in float32
        with torch.autocast(device, enabled=device != "cpu" and torch.is_autocast_enabled(device)):
            features = self.pose(pixel_values=pose_pixel_values).feature_maps[-1]
        if features.ndim == 3:  # a transformer's tokens
            features = features.transpose(1, 2).unflatten(2, self.config.pose_grid)
        return features

    def features(self, pixel_values: Tensor, pose_pixel_values: Tensor) -> Tensor:
        """What both towers see in N pictures, side by side.

        Args:
            pixel_values: [N, 3, S, S], the semantic view.
            pose_pixel_values: [N, 3, 256, 192], the pose-aware view.

        Returns:
            [N, grid * grid, feature_size].

        Raises:
            ValueError: when the two views do not belong to the same number of pictures.
        """
        if len(pixel_values) != len(pose_pixel_values):
            raise ValueError(
                f"found {len(pixel_values)} semantic and {len(pose_pixel_values)} pose-aware views; "
                "pass both of each picture"
            )
        dtype = next(self.projector.parameters()).dtype
        return mix(self.clip_features(pixel_values.to(dtype)), self.pose_features(pose_pixel_values.to(dtype)))

    def forward(self, pixel_values: Tensor, pose_pixel_values: Tensor) -> Tensor:
        """Pictures, as :meth:`features` takes them, to tokens of the language model [N, grid * grid, output_size]."""
        return self.projector(self.features(pixel_values, pose_pixel_values))
