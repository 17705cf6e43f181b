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

from unipose.body.pose import face_forward
from unipose.model.attention import block_ids, count_positions, mixed_mask, run_index
from unipose.model.both_ways import both_ways, middle
from unipose.model.config import UniPoseConfig
from unipose.model.loss import language_loss, nearest_codes, neighbour_targets
from unipose.model.pose_reader import PICTURED, PoseReader, Sights
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.model.sight import KEYPOINT_WIDTH
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
        shown = text.hidden_size if config.picture_tokens else None
        self.vision = VisionTower(config.vision_config, shown) if config.vision_config else None
        self.pose_reader = _reader(config)
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
        known_codes: Tensor | None = None,
        image_features: Tensor | None = None,
        **sights: Tensor | None,
    ) -> Tensor:
        """Token ids and sights to the language model's inputs.

        Args:
            input_ids: int64 [B, T]; ``IMAGE_PATCH`` where an image token goes.
            known_codes: int64 [B, T], the code that a query's slot is known to have, -1 elsewhere. Such a query is
                fed as the code in its slot, so that the others can be chosen to fit.
            image_features: [N, num_sight_tokens, hidden], what :meth:`see` made of the sights, instead of them.
            sights: the N pictures and people in reading order over the batch, as :meth:`see` takes them.

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
            given = {name: value for name, value in sights.items() if value is not None}
            image_features = self.see(**given) if given else embeddings[:0, :1]
        tokens = image_features.flatten(0, 1).to(embeddings.dtype)
        if (found := int(patch.sum())) != len(tokens):
            raise ValueError(f"the prompt has room for {found} image tokens, but the pictures give {len(tokens)}")
        return embeddings.masked_scatter(patch.unsqueeze(-1), tokens) if found else embeddings

    def see(
        self,
        pixel_values: Tensor | None = None,
        pose_pixel_values: Tensor | None = None,
        keypoint_values: Tensor | None = None,
        evidence: Tensor | None = None,
    ) -> Tensor:
        """N sights to tokens of the language model.

        Args:
            pixel_values, pose_pixel_values: both views of each picture, see :class:`VisionTower`.
            keypoint_values: float32 [N, K, KEYPOINT_WIDTH], see :func:`unipose.model.sight.keypoint_view`; only for a
                model with a pose reader.
            evidence: bool [N, 2], whether there is a picture and whether there are keypoints; with ``keypoint_values``.

        Returns:
            [N, num_sight_tokens, hidden]: the picture's tokens, zeros where there is none, then those of the pose that
            was read.

        Raises:
            ValueError: when the model has no eyes, or something is missing.
        """
        given = (pixel_values, pose_pixel_values, keypoint_values, evidence)
        if self.pose_reader is None:
            return self._picture_tokens(self._sights(*given))
        sights = self._sights(*both_ways(*given))
        tokens = self._as_codes(self._halfway(self.pose_reader, sights))
        if self.vision is None or not self.config.picture_tokens:
            return tokens
        return torch.cat((self._picture_tokens(sights)[: len(tokens)], tokens), dim=1)

    def _picture_tokens(self, sights: Sights) -> Tensor:
        assert self.vision is not None  # as _sights has checked
        people, cells = len(sights.evidence), self.vision.config.num_image_tokens
        table = self.get_input_embeddings().get_parameter("weight")
        nothing = table.new_zeros(people, cells, table.shape[1])
        if sights.features is None:
            return nothing
        return torch.where(sights.evidence[:, PICTURED, None, None], self.vision.project(sights.features), nothing)

    def read_poses(
        self,
        pixel_values: Tensor | None = None,
        pose_pixel_values: Tensor | None = None,
        keypoint_values: Tensor | None = None,
        evidence: Tensor | None = None,
    ) -> Tensor:
        """The poses of N sights by the pose reader alone, float32 [N, 22, 3, 3], as the camera sees them.

        Arguments and errors as in :meth:`see`; a model without a pose reader is a ValueError.
        """
        if self.pose_reader is None:
            raise ValueError("this model has no pose reader; load one whose config has a reader_config")
        return self._halfway(
            self.pose_reader, self._sights(*both_ways(pixel_values, pose_pixel_values, keypoint_values, evidence))
        )

    def _halfway(self, reader: PoseReader, sights: Sights) -> Tensor:
        """Sights, and behind them their mirror images, to the poses between those that are read of both."""
        latents = reader(*sights).latents
        with torch.autocast(self.device.type, enabled=False):  # geometry in bfloat16 is off by centimetres
            return middle(self.pose_tokenizer.reconstruct(latents))

    def _sights(
        self,
        pixel_values: Tensor | None,
        pose_pixel_values: Tensor | None,
        keypoint_values: Tensor | None,
        evidence: Tensor | None,
    ) -> Sights:
        """What :meth:`see` takes, checked and as the pose reader takes it."""
        if self.vision is None and self.pose_reader is None:
            raise ValueError(
                "this model has no image towers; load one whose config has a vision_config, or send no image"
            )
        if (pixel_values is None) != (pose_pixel_values is None):
            raise ValueError("expected pixel_values and pose_pixel_values together, found only one of them")
        if (keypoint_values is None) != (evidence is None):
            raise ValueError("expected keypoint_values and evidence together, found only one of them")
        if keypoint_values is not None and self.pose_reader is None:
            raise ValueError("this model reads no keypoints; load one whose config has a reader_config")
        device = self.device
        if keypoint_values is None or evidence is None:
            if pixel_values is None:
                raise ValueError("found neither pictures nor keypoints")
            reader = self.config.reader_config
            keypoint_values = torch.zeros(len(pixel_values), reader.num_keypoints if reader else 0, KEYPOINT_WIDTH)
            evidence = torch.tensor([[True, False]]).expand(len(pixel_values), 2)
        keypoint_values, evidence = keypoint_values.to(device), evidence.to(device)
        if self.vision is None:
            return Sights(None, keypoint_values, evidence)
        pictured = evidence[:, PICTURED]
        if pixel_values is None or pose_pixel_values is None or not pictured.any():
            return Sights(None, keypoint_values, evidence)
        if pictured.all():
            return Sights(self.vision.features(pixel_values, pose_pixel_values), keypoint_values, evidence)
        cells, channels = self.vision.config.num_image_tokens, self.vision.config.feature_size
        features = torch.zeros(len(evidence), cells, channels, dtype=self.lm_head.weight.dtype, device=device)
        found = self.vision.features(pixel_values[pictured], pose_pixel_values[pictured])
        features = features.to(found.dtype).index_put((pictured.nonzero()[:, 0],), found)
        return Sights(features, keypoint_values, evidence)

    def _as_codes(self, rotations: Tensor) -> Tensor:
        """Poses [N, 22, 3, 3] that were read to tokens [N, T, hidden]: mixtures of the nearest codes, in slots.

        They are what a pose in a prompt looks like, so that the language model understands them from the first. As all
        poses it is shown they face +Z: which way a person faces in a photo is nothing that words tell, and
        :meth:`read_poses` knows it.
        """
        table, quantizer = self.get_input_embeddings().get_parameter("weight"), self.pose_tokenizer.quantizer
        with torch.autocast(rotations.device.type, enabled=False):
            latents = self.pose_tokenizer.latents(face_forward(rotations))
        shares = nearest_codes(quantizer.distances(latents.flatten(0, 1)), quantizer.codebook).to(table.dtype)
        mixed = (shares @ table[self.vocabulary.code_rows]).unflatten(0, latents.shape[:2])
        if self.config.pose_slot_embeddings:
            first = self.vocabulary.first_query
            mixed = mixed + table[first : first + latents.shape[1]]
        return mixed

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Cache | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        known_codes: Tensor | None = None,
        image_features: Tensor | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int = 0,
        return_logits: bool = True,
        **sights: Tensor | None,
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
            known_codes: codes of the answer that stand already, see :meth:`embed`.
            image_features: instead of pictures, see :meth:`embed`.
            use_cache: make and return a cache.
            logits_to_keep: only this many last positions get logits; 0 for all.
            return_logits: False spares the head's work on positions without a label while training.
            sights: pictures and people, see :meth:`see`.

        Raises:
            ValueError: see :meth:`embed`, :func:`unipose.model.attention.mixed_mask`, ``language_loss``.
        """
        if inputs_embeds is None:
            inputs_embeds = self.embed(input_ids, known_codes, image_features, **sights)
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
            kept = hidden[:, -logits_to_keep:]  # all of them where it is 0
            # one matrix, or a slice is multiplied with a copy of the whole head: a tenth of a pose in bfloat16
            output.logits = self.lm_head(kept.flatten(0, 1)).unflatten(0, kept.shape[:2])
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


def _reader(config: UniPoseConfig) -> PoseReader | None:
    """The pose reader of a model that has one."""
    if config.reader_config is None:
        return None
    eyes, poses = config.vision_config, config.pose_tokenizer_config
    grid, channels = (eyes.grid, eyes.tower_sizes) if eyes else (0, ())
    return PoseReader(config.reader_config, grid, channels, poses.num_tokens, poses.code_width)
