"""Configurations: every size of the model is an instance of these, nano and the official 7B alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from transformers import AutoConfig, PretrainedConfig

from unipose.model.vision_config import PoseReaderConfig, VisionConfig
from unipose.model.vocabulary import PoseVocabulary

PART_TOKENS: dict[str, int] = {
    "trunk": 10,
    "head": 4,
    "left_arm": 7,
    "right_arm": 7,
    "left_leg": 6,
    "right_leg": 6,
}
"""Nano's tokens a body part, in token order."""


class PoseTokenizerConfig(PretrainedConfig):
    """Configuration of the pose tokenizer.

    Args:
        layout: "parts" (small networks, one a body part; nano) or "conv" (the published 1-D convolutions).
        num_codes: size of the codebook.
        code_width: numbers in a code.
        hidden_size: width of the hidden layers.
        num_layers: residual blocks of each part network ("parts" only).
        part_tokens: (part, tokens) in token order, as pairs or a dict ("parts" only).
        upsample_steps, downsample_steps: of the encoder, which set the number of tokens ("conv" only).
        ema_decay: of the codebook's running sums.
        code_reset: see :class:`unipose.model.quantizer.Quantizer`.
        z_up: the networks know poses in AMASS's axes, Z up (published); they are turned there and back, so that
            rotations outside are in ours, Y up.
    """

    model_type = "unipose_pose_tokenizer"

    def __init__(
        self,
        layout: str = "parts",
        num_codes: int = 1024,
        code_width: int = 16,
        hidden_size: int = 256,
        num_layers: int = 2,
        part_tokens: Mapping[str, int] | Sequence[Sequence[Any]] | None = None,
        upsample_steps: int = 2,
        downsample_steps: int = 1,
        ema_decay: float = 0.99,
        code_reset: str = "random",
        z_up: bool = False,
        **kwargs: Any,
    ) -> None:
        if layout not in ("parts", "conv"):
            raise ValueError(f"pose tokenizer layout is 'parts' or 'conv', found {layout!r}")
        self.layout = layout
        self.num_codes = num_codes
        self.code_width = code_width
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        # Pairs, not a dict: saving sorts the keys of a dict, and here their order is the order of the tokens.
        given = PART_TOKENS if part_tokens is None else part_tokens
        self.part_tokens = [list(pair) for pair in (given.items() if isinstance(given, Mapping) else given)]
        self.upsample_steps = upsample_steps
        self.downsample_steps = downsample_steps
        self.ema_decay = ema_decay
        self.code_reset = code_reset
        self.z_up = z_up
        super().__init__(**kwargs)

    @classmethod
    def official(cls, **overrides: Any) -> PoseTokenizerConfig:
        """The published sizes and axes: 80 tokens, 2048 codes of width 256, hidden 512, Z up."""
        sizes: dict[str, Any] = {"layout": "conv", "num_codes": 2048, "code_width": 256, "hidden_size": 512}
        return cls(**{**sizes, "code_reset": "first", "z_up": True, **overrides})

    @property
    def num_tokens(self) -> int:
        """Tokens of one pose."""
        if self.layout == "parts":
            return sum(tokens for _, tokens in self.part_tokens)
        return 40 * 2**self.upsample_steps // 2**self.downsample_steps


class UniPoseConfig(PretrainedConfig):
    """Configuration of the composed model.

    The language model's table ends with the pose vocabulary: its size is the base tokenizer's size plus the
    codes, four markers and the queries (:class:`unipose.model.vocabulary.PoseVocabulary`), never padded.

    Args:
        text_config: any causal language model's configuration, or its dict with ``model_type``; default the
            published 7B Mistral.
        pose_tokenizer_config: the number of codes and of tokens a pose come from here and from nowhere else.
        vision_config: None for a model without images.
        reader_config: of the encoder that reads poses from keypoints and pictures (ours); None, as published, without.
        picture_tokens: show the language model pictures as tokens of their own (published). Without, pictures are for
            the pose reader alone, and the language model is shown the pose that is read in them.
        pose_slot_embeddings: add the k-th query's embedding to a code standing k-th in a pose of the prompt.
            A code of our part tokenizer means nothing without its slot. The published model does not (False).
        restrict_pose_loss: at the queries, train over the code rows instead of over the whole vocabulary
            (published).
        pose_loss_weight: factor of the queries' cross-entropy.
        code_smoothing: how widely a target code shares its probability with its neighbours while training, see
            :func:`unipose.model.loss.neighbour_targets`; needs ``restrict_pose_loss``. Published: 0, not at all.
        feed_codes_back: words after a pose attend to its codes instead of to its queries, in training and in
            decoding. Needed where codes are drawn at random and words speak about them; costs one more pose
            length. The published model does not (False): its words follow the queries.
        notes: requests are shown with what the pose language reads in them
            (:func:`unipose.language.items.noted`), as they were in training. The published model was not.
        prompt_manner: the sentences that tasks are put in, "own" or "published" (:data:`unipose.tasks.MANNERS`); of a
            model that learnt single requests in the official templates, "published".

    Raises:
        ValueError: when the vocabulary size of ``text_config`` leaves no room for a base vocabulary.
    """

    model_type = "unipose"
    sub_configs = {
        "text_config": AutoConfig,
        "pose_tokenizer_config": PoseTokenizerConfig,
        "vision_config": VisionConfig,
        "reader_config": PoseReaderConfig,
    }

    def __init__(
        self,
        text_config: PretrainedConfig | dict[str, Any] | None = None,
        pose_tokenizer_config: PoseTokenizerConfig | dict[str, Any] | None = None,
        vision_config: VisionConfig | dict[str, Any] | None = None,
        reader_config: PoseReaderConfig | dict[str, Any] | None = None,
        picture_tokens: bool = True,
        pose_slot_embeddings: bool = False,
        restrict_pose_loss: bool = False,
        pose_loss_weight: float = 1.0,
        code_smoothing: float = 0.0,
        feed_codes_back: bool = False,
        notes: bool = False,
        prompt_manner: str = "own",
        **kwargs: Any,
    ) -> None:
        if text_config is None:
            text_config = dict(_MISTRAL_7B)
        if isinstance(text_config, dict):
            text_config = AutoConfig.for_model(**text_config)
        if pose_tokenizer_config is None:
            pose_tokenizer_config = PoseTokenizerConfig.official()
        elif isinstance(pose_tokenizer_config, dict):
            pose_tokenizer_config = PoseTokenizerConfig(**pose_tokenizer_config)
        if isinstance(vision_config, dict):
            vision_config = VisionConfig(**vision_config)
        if isinstance(reader_config, dict):
            reader_config = PoseReaderConfig(**reader_config)
        self.text_config = text_config
        self.pose_tokenizer_config = pose_tokenizer_config
        self.vision_config = vision_config
        self.reader_config = reader_config
        self.picture_tokens = picture_tokens
        self.pose_slot_embeddings = pose_slot_embeddings
        self.restrict_pose_loss = restrict_pose_loss
        self.pose_loss_weight = pose_loss_weight
        self.code_smoothing = code_smoothing
        self.feed_codes_back = feed_codes_back
        self.notes = notes
        self.prompt_manner = prompt_manner
        if vision_config is not None and reader_config is None and not picture_tokens:
            raise ValueError("pictures would be shown to nobody; set picture_tokens=True, or add a reader_config")
        if code_smoothing and not restrict_pose_loss:
            raise ValueError("code_smoothing spreads targets over codes alone; set restrict_pose_loss=True with it")
        kwargs["tie_word_embeddings"] = text_config.tie_word_embeddings
        super().__init__(**kwargs)
        if self.vocabulary.base_size < 1:
            needed = self.vocabulary.num_tokens
            raise ValueError(
                f"text_config.vocab_size is {text_config.vocab_size}, but poses alone need {needed} rows; "
                f"set it to the tokenizer's length plus {needed}"
            )

    @classmethod
    def official(cls, **overrides: Any) -> UniPoseConfig:
        """The published 7B model with both image towers: 34132 rows, 80 tokens a pose."""
        return cls(**{"vision_config": VisionConfig(), "prompt_manner": "published", **overrides})

    @property
    def num_sight_tokens(self) -> int:
        """Tokens of one sight in the prompt: the picture's, then those of the pose read in it; 0 when blind."""
        pictured = self.vision_config.num_image_tokens if self.vision_config and self.picture_tokens else 0
        return pictured + (self.pose_tokenizer_config.num_tokens if self.reader_config else 0)

    @property
    def vocabulary(self) -> PoseVocabulary:
        """Where the codes, markers and queries stand in the table."""
        num_codes = self.pose_tokenizer_config.num_codes
        num_queries = self.pose_tokenizer_config.num_tokens
        added = PoseVocabulary(0, num_codes, num_queries).num_tokens
        return PoseVocabulary(self.text_config.vocab_size - added, num_codes, num_queries)


_MISTRAL_7B: dict[str, Any] = {
    "model_type": "mistral",
    "vocab_size": 34132,
    "max_position_embeddings": 32768,
    "rms_norm_eps": 1e-5,
    "rope_parameters": {"rope_type": "default", "rope_theta": 1e6},
    "sliding_window": None,
    "pad_token_id": 0,
}
