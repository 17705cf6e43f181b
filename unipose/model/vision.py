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
        output_size: width of the language model; None where it is not shown the pictures, and there is no projector.
    """

    def __init__(self, config: VisionConfig, output_size: int | None) -> None:
        super().__init__()
        self.config = config
        self.clip = AutoModel.from_config(config.clip_config)
        self.pose = AutoBackbone.from_config(config.pose_config)
        self.projector: nn.Sequential | None = None
        if output_size is not None:
            self.projector = nn.Sequential(
                nn.Linear(config.feature_size, output_size), nn.GELU(), nn.Linear(output_size, output_size)
            )

    def clip_features(self, pixel_values: Tensor) -> Tensor:
        """[N, 3, S, S] normalised pixels to patch features [N, grid * grid, C1], class token dropped."""
        states = self.clip(pixel_values=pixel_values, output_hidden_states=True).hidden_states
        return states[self.config.clip_layer][:, 1:]

    def pose_features(self, pose_pixel_values: Tensor) -> Tensor:
        """[N, 3, 256, 192] normalised pixels to features [N, C2, 16, 12] after the last norm.

        Of a backbone that gives several maps, the coarser ones are laid over the finest.
        """
        maps = self.pose(pixel_values=pose_pixel_values).feature_maps
        if maps[-1].ndim == 3:  # a transformer's tokens
            return maps[-1].transpose(1, 2).unflatten(2, self.config.pose_grid)
        size = maps[0].shape[-2:]
        fine = [functional.interpolate(each, size=size, mode="bilinear") for each in maps[1:]]
        return torch.cat([maps[0], *fine], dim=1)

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
        dtype = next(self.pose.parameters()).dtype
        return mix(self.clip_features(pixel_values.to(dtype)), self.pose_features(pose_pixel_values.to(dtype)))

    def forward(self, pixel_values: Tensor, pose_pixel_values: Tensor) -> Tensor:
        """Pictures, as :meth:`features` takes them, to tokens of the language model, see :meth:`project`."""
        return self.project(self.features(pixel_values, pose_pixel_values))

    def project(self, features: Tensor) -> Tensor:
        """Features [N, grid * grid, feature_size] to tokens of the language model [N, grid * grid, output_size].

        Raises:
            ValueError: when the language model is shown no pictures.
        """
        if self.projector is None:
            raise ValueError("this model has no projector: its language model is shown no pictures")
        return self.projector(features)
