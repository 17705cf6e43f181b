"""The composed model: a language model whose vocabulary knows poses, a pose tokenizer, and eyes (paper
section 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from transformers import AutoModel, Cache, DynamicCache, PreTrainedModel
from transformers.utils import ModelOutput

from unipose.model.attention import block_ids, count_positions, mixed_mask, run_index
from unipose.model.config import UniPoseConfig
from unipose.model.loss import language_loss, neighbour_targets
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.model.vision import VisionTower
from unipose.model.vocabulary import IMAGE_PATCH

if TYPE_CHECKING:
    from unipose.model.static_steps import StaticPool


@dataclass
class UniPoseOutput(ModelOutput):
    """What a forward pass returns.

    Attributes:
        loss: scalar, when labels were given.
        text_loss, pose_loss: its two shares, detached, for logs.
        logits: [B, T, V], or the last ``logits_to_keep`` positions.
        past_key_values: the cache, when asked for.
    """

    loss: Tensor | None = None
    text_loss: Tensor | None = None
    pose_loss: Tensor | None = None
    logits: Tensor | None = None
    past_key_values: Cache | None = None


class UniPoseModel(PreTrainedModel):
    """Text, poses and pictures in; words and poses out.

    Poses enter a prompt as code tokens. In a reply they are asked for by the queries, all at once. Rotations
    and codes are converted by ``pose_tokenizer``, which stays float32 whatever the rest is cast to.

    Attributes:
        static_steps: lends decoding its caches of fixed size; None where they are of no use, as on a CPU (see
            :func:`unipose.model.runtime.load_network`).
    """

    config: UniPoseConfig
    config_class = UniPoseConfig
    base_model_prefix = ""
    main_input_name = "input_ids"
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    _keep_in_fp32_modules_strict = [
        "pose_tokenizer.encoder",
        "pose_tokenizer.decoder",
        "pose_tokenizer.quantizer.code",  # not the flag beside them, which is no float
    ]

    def __init__(self, config: UniPoseConfig) -> None:
        super().__init__(config)
        text = config.text_config
        self.vocabulary = config.vocabulary
        self.static_steps: StaticPool | None = None
        self.language_model = AutoModel.from_config(text)
        self.lm_head = nn.Linear(text.hidden_size, text.vocab_size, bias=False)
        self.pose_tokenizer = PoseTokenizer(config.pose_tokenizer_config)
        self.vision = VisionTower(config.vision_config, text.hidden_size) if config.vision_config else None
        table = self.get_input_embeddings()
        name = next(name for name, module in self.named_modules() if module is table)
        self._tied_weights_keys = {"lm_head.weight": f"{name}.weight"}
        self.post_init()

    def _apply(self, fn: Any, recurse: bool = True) -> UniPoseModel:
        """Casting the model, with ``to`` or ``bfloat16``, moves the pose tokenizer but leaves it exact."""
        exact = self.pose_tokenizer.state_dict()
        super()._apply(fn, recurse)
        for name, tensor in self.pose_tokenizer.state_dict(keep_vars=True).items():
            if tensor.dtype != exact[name].dtype:
                tensor.data = exact[name].to(tensor.device)
        return self

    def get_input_embeddings(self) -> nn.Module:
        """The token table [V, hidden]; its last rows are the queries."""
        return self.language_model.get_input_embeddings()

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Replace the token table."""
        self.language_model.set_input_embeddings(value)

    def get_output_embeddings(self) -> nn.Module:
        """The head [V, hidden]."""
        return self.lm_head

    def set_output_embeddings(self, new_embeddings: nn.Module) -> None:
        """Replace the head."""
        self.lm_head = new_embeddings

    def embed(
        self,
        input_ids: Tensor,
        pixel_values: Tensor | None = None,
        pose_pixel_values: Tensor | None = None,
        known_codes: Tensor | None = None,
        image_features: Tensor | None = None,
    ) -> Tensor:
        """Token ids and pictures to the language model's inputs.

        Args:
            input_ids: int64 [B, T]; ``IMAGE_PATCH`` where an image token goes.
            pixel_values, pose_pixel_values: the N pictures in reading order over the batch, see
                :class:`VisionTower`.
            known_codes: int64 [B, T], the code that a query's slot is known to have, -1 elsewhere. Such a query is
                fed as the code in its slot, so that the others can be chosen to fit.
            image_features: [N, num_image_tokens, hidden], what :class:`VisionTower` made of the pictures, instead
                of them.

        Returns:
            [B, T, hidden].

        Raises:
            ValueError: when places for image tokens and image tokens differ in number, or the model has no
                eyes.
        """
        table, vocabulary = self.get_input_embeddings(), self.vocabulary
        embeddings = table(input_ids.clamp(min=0))
        if self.config.pose_slot_embeddings:
            slot = run_index(vocabulary.is_code(input_ids))
            code = (slot >= 0).unsqueeze(-1)
            embeddings = embeddings + table(slot.clamp(min=0) + vocabulary.first_query) * code
        if known_codes is not None:
            known = (known_codes >= 0).unsqueeze(-1)
            embeddings = embeddings + table(known_codes.clamp(min=0) + vocabulary.first_code) * known
        patch = input_ids == IMAGE_PATCH
        if image_features is None:
            tokens = self._image_tokens(pixel_values, pose_pixel_values, like=embeddings)
        else:
            tokens = image_features.flatten(0, 1).to(embeddings.dtype)
        if (found := int(patch.sum())) != len(tokens):
            raise ValueError(f"the prompt has room for {found} image tokens, but the pictures give {len(tokens)}")
        return embeddings.masked_scatter(patch.unsqueeze(-1), tokens) if found else embeddings

    def _image_tokens(self, pixel_values: Tensor | None, pose_pixel_values: Tensor | None, like: Tensor) -> Tensor:
        if pixel_values is None and pose_pixel_values is None:
            return like.new_empty(0, like.shape[-1])
        if self.vision is None:
            raise ValueError(
                "this model has no image towers; load one whose config has a vision_config, or send no image"
            )
        if pixel_values is None or pose_pixel_values is None:
            raise ValueError("expected pixel_values and pose_pixel_values together, found only one of them")
        return self.vision(pixel_values, pose_pixel_values).flatten(0, 1).to(like.dtype)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Cache | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        pixel_values: Tensor | None = None,
        pose_pixel_values: Tensor | None = None,
        known_codes: Tensor | None = None,
        image_features: Tensor | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int = 0,
        return_logits: bool = True,
    ) -> UniPoseOutput:
        """Run the language model over new tokens.

        Args:
            input_ids: int64 [B, T]. A pose to be predicted stands as all queries in slot order, fed in one
                pass.
            attention_mask: [B, P + T], nonzero where a token is real; P tokens are in the cache. Default all
                real.
            position_ids: int64 [B, T]; default counts the real tokens.
            past_key_values: the cache of the P tokens before; grows in place.
            inputs_embeds: [B, T, hidden] instead of :meth:`embed`; ``input_ids`` still say where the poses
                are.
            labels: int64 [B, T], see :func:`unipose.model.loss.language_loss`.
            pixel_values, pose_pixel_values: pictures, see :meth:`embed`.
            known_codes: codes of the answer that stand already, see :meth:`embed`.
            image_features: instead of pictures, see :meth:`embed`.
            use_cache: make and return a cache.
            logits_to_keep: only this many last positions get logits; 0 for all.
            return_logits: False spares the head's work on positions without a label while training.

        Raises:
            ValueError: see :meth:`embed`, :func:`unipose.model.attention.mixed_mask`, ``language_loss``.
        """
        if inputs_embeds is None:
            inputs_embeds = self.embed(input_ids, pixel_values, pose_pixel_values, known_codes, image_features)
        if use_cache and past_key_values is None:
            past_key_values = DynamicCache(config=self.config.text_config)
        past = past_key_values.get_seq_length() if past_key_values is not None else 0
        if attention_mask is None:
            attention_mask = torch.ones(len(input_ids), past + input_ids.shape[1], device=input_ids.device)
        blocks = block_ids(input_ids, self.vocabulary, prefix_length=past)
        codes_back = self.config.feed_codes_back
        if position_ids is None:
            counted = count_positions(attention_mask, blocks if codes_back else None)
            position_ids = counted[:, -input_ids.shape[1] :]
        config = self.language_model.config
        mask = mixed_mask(config, inputs_embeds, attention_mask, blocks, past_key_values, codes_back)
        hidden = self.language_model(
            inputs_embeds=inputs_embeds,
            attention_mask=mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
            use_cache=use_cache or past_key_values is not None,
        ).last_hidden_state
        output = UniPoseOutput(past_key_values=past_key_values)
        if labels is not None:
            self._add_loss(output, hidden, input_ids, labels)
        if return_logits:
            output.logits = self.lm_head(hidden[:, -logits_to_keep:] if logits_to_keep else hidden)
        return output

    def _add_loss(self, output: UniPoseOutput, hidden: Tensor, input_ids: Tensor, labels: Tensor) -> None:
        restricted, smoothing = self.config.restrict_pose_loss, self.config.code_smoothing
        codebook = self.pose_tokenizer.quantizer.codebook
        loss = language_loss(
            hidden,
            labels,
            self.vocabulary.is_query(input_ids),
            word_logits=self.lm_head,
            code_logits=self.code_logits if restricted else self.lm_head,
            first_code=self.vocabulary.first_code if restricted else 0,
            pose_weight=self.config.pose_loss_weight,
            code_targets=neighbour_targets(codebook, smoothing) if smoothing else None,
        )
        output.loss, output.text_loss, output.pose_loss = loss.total, loss.text.detach(), loss.pose.detach()

    def code_logits(self, hidden: Tensor) -> Tensor:
        """States at queries [n, hidden] to logits over the codes [n, K]."""
        return nn.functional.linear(hidden, self.lm_head.weight[self.vocabulary.code_rows])
