"""Messages with text, poses and pictures to tensors, and the mask that says which tokens carry loss.

This is the only place that writes prompts, counts placeholders and sets labels. Markers are written as ids:
the tokenizer knows plain words only, so nothing a user types can become a marker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from transformers import BatchFeature, PreTrainedTokenizerBase, ProcessorMixin

from unipose.model.config import UniPoseConfig
from unipose.model.image import clip_view, pose_view
from unipose.model.loss import IGNORED
from unipose.model.sight import KEYPOINT_WIDTH, SIGHT_INPUTS, Sight, keypoint_view
from unipose.model.vocabulary import IMAGE_PATCH, PoseVocabulary

Part = Mapping[str, Any]
Message = Mapping[str, Any]
Tokens = tuple[list[int], list[int]]
"""Token ids and, of equal length, what each should be predicted as."""


class UniPoseProcessor(ProcessorMixin):
    """Turns conversations into model inputs.

    A conversation is a list of messages ``{"role": "user" | "assistant", "content": parts}``, roles in turn,
    user first. Parts are ``{"type": "text", "text": str}``, ``{"type": "pose", "codes": [num_queries] ints}``
    and ``{"type": "image", "image": PIL image or Sight}`` in reading order. A string stands for one text part.

    Args:
        tokenizer: of plain words, without pose markers. Its length is the base size of the vocabulary.
        num_codes: entries of the pose codebook.
        num_queries: tokens of one pose.
        num_image_tokens: tokens of one picture, with those of the pose that was read in it; 0 for a model without eyes.
        picture_tokens: whether pictures take tokens of their own; without, they are for the pose reader alone.
        num_keypoints: of a person, for a model that reads keypoints; 0 for one that does not.
        clip_side: pixels of the semantic view.
        pose_height, pose_width: pixels of the pose-aware view.
        user_prefix, user_suffix: around what the user says.
        reply_prefix, reply_suffix: around what the assistant says (published: a space each; then a reply's
            first and last token is the lone space piece).
        run_prefix: before every run of words between markers (published: a space, which its tokenizer added). The
            first words of a reply are no new run: they continue the prompt.
        max_length: tokens of the longest conversation accepted.
        feed_codes_back: show the codes after the queries while training, see
            :class:`unipose.model.config.UniPoseConfig`.

    Raises:
        ValueError: when the tokenizer spells pose markers, or lacks begin, end or padding tokens.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        num_codes: int = 1024,
        num_queries: int = 40,
        num_image_tokens: int = 0,
        picture_tokens: bool = True,
        num_keypoints: int = 0,
        clip_side: int = 336,
        pose_height: int = 256,
        pose_width: int = 192,
        user_prefix: str = "[INST] ",
        user_suffix: str = " [/INST]",
        reply_prefix: str = "",
        reply_suffix: str = "",
        run_prefix: str = "",
        max_length: int = 2048,
        feed_codes_back: bool = False,
    ) -> None:
        super().__init__(tokenizer)
        self.num_codes, self.num_queries, self.num_image_tokens = num_codes, num_queries, num_image_tokens
        self.picture_tokens, self.num_keypoints = picture_tokens, num_keypoints
        self.clip_side, self.pose_height, self.pose_width = clip_side, pose_height, pose_width
        self.user_prefix, self.user_suffix = user_prefix, user_suffix
        self.reply_prefix, self.reply_suffix = reply_prefix, reply_suffix
        self.run_prefix = run_prefix
        self.max_length = max_length
        self.feed_codes_back = feed_codes_back
        self.vocabulary = PoseVocabulary(len(tokenizer), num_codes, num_queries)
        marker = self.vocabulary.literal(self.vocabulary.first_code)
        if marker in tokenizer.get_vocab():
            raise ValueError(f"the tokenizer spells {marker}, so users could type it; pass the one of plain words only")
        for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
            if getattr(tokenizer, name) is None:
                raise ValueError(f"expected a tokenizer with a {name}, found None")

    @classmethod
    def from_config(
        cls, tokenizer: PreTrainedTokenizerBase, config: UniPoseConfig, **settings: Any
    ) -> UniPoseProcessor:
        """The processor of a model; ``settings`` as in the constructor.

        Raises:
            ValueError: when tokenizer and model disagree about the base vocabulary.
        """
        vocabulary, eyes = config.vocabulary, config.vision_config
        if len(tokenizer) != vocabulary.base_size:
            raise ValueError(
                f"the tokenizer has {len(tokenizer)} tokens, the model was made for {vocabulary.base_size}; "
                "pass the model's own tokenizer"
            )
        sizes: dict[str, Any] = {"num_codes": vocabulary.num_codes, "num_queries": vocabulary.num_queries}
        sizes["feed_codes_back"] = config.feed_codes_back
        if eyes is not None:
            height, width = eyes.pose_size
            sizes["picture_tokens"] = config.picture_tokens
            sizes |= {"clip_side": eyes.clip_side, "pose_height": height, "pose_width": width}
        if config.num_sight_tokens:
            sizes["num_image_tokens"] = config.num_sight_tokens
        if config.reader_config is not None:
            sizes["num_keypoints"] = config.reader_config.num_keypoints
        return cls(tokenizer, **{**sizes, **settings})

    def __call__(  # type: ignore[override]  # conversations instead of the library's images, text, videos, audio
        self,
        conversations: Sequence[Message] | Sequence[Sequence[Message]],
        training: bool = False,
        for_generation: bool | None = None,
    ) -> BatchFeature:
        """Build a batch.

        Args:
            conversations: one conversation or several.
            training: they end with the assistant's answer. It alone carries loss; its poses stand as queries,
                labelled with their codes. Whatever came before is shown as it is when generating, poses as
                codes.
            for_generation: they end with the user, and rows are padded on the left. Default: unless training.

        Returns:
            ``input_ids`` and ``attention_mask`` int64 [B, T]; ``labels`` int64 [B, T] when training;
            and when there are pictures or people, in reading order over the batch, ``pixel_values`` and
            ``pose_pixel_values`` [N, 3, ...], and of a model that reads keypoints ``keypoint_values`` [N, K, 7] and
            ``evidence`` [N, 2]; see :meth:`unipose.model.unipose.UniPoseModel.see`.

        Raises:
            ValueError: for roles out of turn, unknown parts, codes of another number or range, pictures for a
                model without eyes, or a conversation longer than ``max_length``. Nothing is ever cut.
        """
        for_generation = not training if for_generation is None else for_generation
        if training and for_generation:
            raise ValueError("training and for_generation exclude each other; pass one of them")
        single = isinstance(conversations[0], Mapping)
        batch = cast("Sequence[Sequence[Message]]", [conversations] if single else conversations)
        last = {(True, False): "assistant", (False, True): "user"}.get((training, for_generation))
        rows = [self._conversation(messages, training, last) for messages in batch]
        inputs = self._pad(rows, "left" if for_generation else "right", labelled=training)
        sights = [Sight.of(part["image"]) for messages in batch for part in _all_parts(messages) if _pictures(part)]
        if sights:
            inputs |= self.views(sights)
        return BatchFeature(inputs)

    @property
    def model_input_names(self) -> list[str]:
        """Names of the tensors a model takes."""
        return ["input_ids", "attention_mask", *SIGHT_INPUTS]

    def views(self, sights: Sequence[Sight]) -> dict[str, Tensor]:
        """N sights to what the model's encoders read, see :meth:`unipose.model.unipose.UniPoseModel.see`.

        Raises:
            ValueError: keypoints alone for a model that reads none, or another number of them than it reads.
        """
        views: dict[str, Tensor] = {}
        if self.num_keypoints:
            views["keypoint_values"] = torch.stack([self._keypoints(sight) for sight in sights])
            known = [[sight.picture is not None, sight.keypoints is not None] for sight in sights]
            views["evidence"] = torch.tensor(known)
        pictures = [sight.picture for sight in sights]
        if any(picture is not None for picture in pictures) and self._pictured:
            blank = Image.new("RGB", (self.pose_width, self.pose_height))
            shown = [blank if picture is None else picture for picture in pictures]
            views["pixel_values"] = torch.stack([clip_view(picture, self.clip_side) for picture in shown])
            views["pose_pixel_values"] = torch.stack(
                [pose_view(picture, self.pose_height, self.pose_width) for picture in shown]
            )
        if not self.num_keypoints and None in pictures:
            raise ValueError("this model reads no keypoints; send the picture itself")
        return views

    def _keypoints(self, sight: Sight) -> Tensor:
        if sight.keypoints is None:
            return torch.zeros(self.num_keypoints, KEYPOINT_WIDTH)
        if np.shape(sight.keypoints) != (self.num_keypoints, 3):
            raise ValueError(f"expected keypoints [{self.num_keypoints}, 3], found {list(np.shape(sight.keypoints))}")
        world = None if sight.world is None else torch.as_tensor(sight.world)
        return keypoint_view(torch.as_tensor(sight.keypoints), world)

    @property
    def _pictured(self) -> bool:
        """Whether the model has image towers: most show a sight as more tokens than the pose that is read in it."""
        return not self.picture_tokens or self.num_image_tokens > (self.num_queries if self.num_keypoints else 0)

    def words(self, token_ids: Iterable[int]) -> str:
        """The plain words among token ids, markers left out."""
        plain = [token for token in token_ids if 0 <= token < self.vocabulary.base_size]
        return str(self.tokenizer.decode(plain, skip_special_tokens=True))

    def _conversation(self, messages: Sequence[Message], training: bool, last: str | None) -> Tokens:
        ids, labels = [self.tokenizer.bos_token_id], [IGNORED]
        for number, message in enumerate(messages):
            role = ("user", "assistant")[number % 2]
            if message["role"] != role:
                raise ValueError(f"expected message {number} from the {role}, found {message['role']!r}")
            answer = training and number == len(messages) - 1
            new, targets = self._message(role, message["content"], ask=answer)
            ids += new
            labels += targets if answer else [IGNORED] * len(new)
        if last is not None and role != last:
            raise ValueError(f"expected a conversation that ends with the {last}, found the {role} last")
        if len(ids) > self.max_length:
            raise ValueError(f"the conversation takes {len(ids)} tokens, the limit is {self.max_length}; shorten it")
        return ids, labels

    def _message(self, role: str, content: str | Sequence[Part], ask: bool) -> Tokens:
        if role == "user":
            prefix, suffix, closing = self.user_prefix, self.user_suffix, []
        else:
            prefix, suffix, closing = self.reply_prefix, self.reply_suffix, [self.tokenizer.eos_token_id]
        ids: list[int] = []
        labels: list[int] = []
        for number, part in enumerate(_joined([_text(prefix), *_parts(content), _text(suffix)])):
            if part["type"] == "text" and part["text"] and (number or role == "user"):
                part = _text(self.run_prefix + part["text"])
            new, targets = self._part(part, ask)
            ids += new
            labels += targets
        return ids + closing, labels + closing

    def _part(self, part: Part, ask: bool) -> Tokens:
        vocabulary = self.vocabulary
        if part["type"] == "text":
            ids = self.tokenizer.encode(part["text"], add_special_tokens=False, split_special_tokens=True)
            return ids, ids
        if part["type"] == "pose":
            codes = [vocabulary.code_id(int(code)) for code in part["codes"]]
            if len(codes) != self.num_queries:
                raise ValueError(f"expected {self.num_queries} codes a pose, found {len(codes)}")
            if not ask:
                ids = [vocabulary.begin, *codes, vocabulary.end]
                return ids, ids
            shown = codes if self.feed_codes_back else []
            ids = [vocabulary.begin, *vocabulary.query_ids, *shown, vocabulary.end]
            # Decoding appends the end by itself. It is counted as a label, as published, but never a target.
            last = [IGNORED] * len(codes) + [IGNORED] if shown else [vocabulary.end]
            return ids, [vocabulary.begin, *codes, *last]
        if part["type"] == "image":
            if not self.num_image_tokens:
                raise ValueError("this model has no image towers; leave the picture out or load a model with them")
            patches = [IMAGE_PATCH] * self.num_image_tokens
            ids = [vocabulary.image_start, *patches, vocabulary.image_end]
            return ids, [IGNORED] * len(ids)
        raise ValueError(f"expected a part of type text, pose or image, found {part['type']!r}")

    def _pad(self, rows: Sequence[Tokens], side: str, labelled: bool) -> dict[str, Tensor]:
        width = max(len(ids) for ids, _ in rows)
        columns: dict[str, list[list[int]]] = {"input_ids": [], "attention_mask": []}
        for ids, labels in rows:
            missing = width - len(ids)
            before, after = (missing, 0) if side == "left" else (0, missing)
            padding = {"input_ids": self.tokenizer.pad_token_id, "attention_mask": 0, "labels": IGNORED}
            values = {"input_ids": ids, "attention_mask": [1] * len(ids)}
            if labelled:
                values["labels"] = labels
            for name, row in values.items():
                columns.setdefault(name, []).append([padding[name]] * before + row + [padding[name]] * after)
        return {name: torch.tensor(column) for name, column in columns.items()}


def _text(text: str) -> Part:
    return {"type": "text", "text": text}


def _parts(content: str | Sequence[Part]) -> Sequence[Part]:
    return [_text(content)] if isinstance(content, str) else content


def _all_parts(messages: Sequence[Message]) -> Iterable[Part]:
    return (part for message in messages for part in _parts(message["content"]))


def _pictures(part: Part) -> bool:
    return bool(part["type"] == "image")


def _joined(parts: Iterable[Part]) -> list[Part]:
    """Merge neighbouring text parts, so that words are cut into tokens as one text."""
    joined: list[Part] = []
    for part in parts:
        if joined and part["type"] == joined[-1]["type"] == "text":
            joined[-1] = _text(joined[-1]["text"] + part["text"])
        else:
            joined.append(part)
    return joined
