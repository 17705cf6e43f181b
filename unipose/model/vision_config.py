"""Configurations of what sees: the two image towers, and the reader of poses."""

from __future__ import annotations

from typing import Any

from transformers import AutoConfig, CLIPVisionConfig, PretrainedConfig, VitPoseBackboneConfig


class VisionConfig(PretrainedConfig):
    """Configuration of the two image towers; the defaults are the published sizes.

    Args:
        clip_config: of the semantic tower, default CLIP ViT-L/14 at 336 pixels.
        pose_config: of the pose-aware tower, default the ViT-H of TokenHMR (256 x 192 pixels, 630.9 M
            numbers). A dict with ``model_type`` is another backbone of the library; small convolutional ones learn
            from far fewer pictures than a ViT. Of several ``out_features`` the coarser are laid over the finest.
        clip_layer: which hidden state of the semantic tower is read; -2 is the one before its last layer.
        pose_size: height and width of the pose-aware view in pixels; ``pose_config``'s where it has one.
        pose_stride: height and width in pixels of a cell of its features; ``pose_config``'s patch where it has one.
    """

    model_type = "unipose_vision"
    sub_configs = {"clip_config": CLIPVisionConfig, "pose_config": AutoConfig}

    def __init__(
        self,
        clip_config: CLIPVisionConfig | dict[str, Any] | None = None,
        pose_config: PretrainedConfig | dict[str, Any] | None = None,
        clip_layer: int = -2,
        pose_size: tuple[int, int] | int | None = None,
        pose_stride: tuple[int, int] | int | None = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(clip_config, CLIPVisionConfig):
            clip_config = CLIPVisionConfig(**{**_CLIP_LARGE_336, **(clip_config or {})})
        if not isinstance(pose_config, PretrainedConfig):
            pose_config = _backbone(dict(pose_config or {}))
        if not isinstance(pose_config, VitPoseBackboneConfig) and (pose_size is None or pose_stride is None):
            raise ValueError(f"a pose tower of type {pose_config.model_type} needs pose_size and pose_stride")
        self.clip_config = clip_config
        self.pose_config = pose_config
        self.clip_layer = clip_layer
        self.pose_size = _pair(pose_size or pose_config.image_size)
        self.pose_stride = _pair(pose_stride or pose_config.patch_size)
        super().__init__(**kwargs)

    @property
    def clip_side(self) -> int:
        """Pixels on each side of the semantic view: 336 at the published sizes."""
        return _pair(self.clip_config.image_size)[0]

    @property
    def pose_grid(self) -> tuple[int, int]:
        """Height and width of the pose-aware tower's features: 16, 12 at the published sizes."""
        (height, width), (down, across) = self.pose_size, self.pose_stride
        return height // down, width // across

    @property
    def grid(self) -> int:
        """Side of the square of image tokens: 24 at the published sizes."""
        return self.clip_side // _pair(self.clip_config.patch_size)[0]

    @property
    def num_image_tokens(self) -> int:
        """Tokens of one image in the prompt."""
        return self.grid**2

    @property
    def feature_size(self) -> int:
        """Channels of the two towers side by side, the projector's input: 2304 at the published sizes."""
        return sum(self.tower_sizes)

    @property
    def tower_sizes(self) -> tuple[int, int]:
        """Channels of the semantic and of the pose-aware tower."""
        pose = self.pose_config
        stages = getattr(pose, "hidden_sizes", None)
        if not stages:
            return self.clip_config.hidden_size, pose.hidden_size
        # of a convolutional backbone the stem comes first, then a stage for each size
        channels = dict(zip(pose.stage_names, (pose.embedding_size, *stages), strict=True))
        return self.clip_config.hidden_size, sum(channels[name] for name in pose.out_features)


class PoseReaderConfig(PretrainedConfig):
    """Configuration of the encoder that reads a pose from keypoints, from the image towers, or from both.

    Args:
        num_keypoints: of a person; :data:`unipose.body.keypoints.KEYPOINT_NAMES`.
        hidden_size: width of its residual layers.
        num_layers: how many.
        finder_size: width of the layer that looks for keypoints in the image towers' features.
        finder_detail: places along each side of a cell that it tells apart.
        glance_size: numbers that the features at a keypoint are reduced to.
        glance_width: width of the layer that joins them.
        pictures_beside_keypoints: whether it is shown the picture where a detector found keypoints in it. Towers that
            learnt drawn people alone help there on drawn pictures, and move bodies off the detector's on photos.
    """

    model_type = "unipose_pose_reader"

    def __init__(
        self,
        num_keypoints: int = 27,
        hidden_size: int = 768,
        num_layers: int = 4,
        finder_size: int = 256,
        finder_detail: int = 2,
        glance_size: int = 16,
        glance_width: int = 384,
        pictures_beside_keypoints: bool = True,
        **kwargs: Any,
    ) -> None:
        self.num_keypoints = num_keypoints
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.finder_size = finder_size
        self.finder_detail = finder_detail
        self.glance_size = glance_size
        self.glance_width = glance_width
        self.pictures_beside_keypoints = pictures_beside_keypoints
        super().__init__(**kwargs)


def _backbone(given: dict[str, Any]) -> PretrainedConfig:
    """The pose-aware tower that a dict describes: a ViT of the published kind unless it names another type."""
    kind = given.get("model_type", VitPoseBackboneConfig.model_type)
    if kind == VitPoseBackboneConfig.model_type:
        return VitPoseBackboneConfig(**{**_POSE_VIT_HUGE, **given})
    return AutoConfig.for_model(**given)


def _pair(size: Any) -> tuple[int, int]:
    """The library writes a size as one number or as (height, width)."""
    return (size, size) if isinstance(size, int) else (size[0], size[1])


_CLIP_LARGE_336: dict[str, Any] = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "image_size": 336,
    "patch_size": 14,
    "projection_dim": 768,
}
_POSE_VIT_HUGE: dict[str, Any] = {
    "image_size": (256, 192),
    "hidden_size": 1280,
    "num_hidden_layers": 32,
    "num_attention_heads": 16,
    "layer_norm_eps": 1e-6,
}
