"""The model with its processor and its verbs: what the app, the command line and the evaluation all speak to.

Every verb has two forms. ``verb_stream`` yields events as they become known; ``verb`` collects the same stream into
a :class:`Reply`. Poses cross this border as :class:`Pose`, never as codes or tokens.
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.chat import understanding
from unipose.chat.choosing import choose
from unipose.chat.ranking import Judge
from unipose.chat.references import complaint
from unipose.chat.sharing import push_folder
from unipose.chat.speaking import Speaker
from unipose.chat.turns import PosePiece, Reply, TextPiece, UserError
from unipose.chat.weights import DEFAULT, locate
from unipose.chat.witness import Witness
from unipose.language.asking.answering import Answerer
from unipose.language.items import noted
from unipose.model.decoding import DecodeSettings, PoseEvent, TokenEvent, decode
from unipose.model.pictures import PictureMemory
from unipose.model.processor import UniPoseProcessor
from unipose.model.runtime import load_network, pick_device, pick_dtype
from unipose.model.unipose import UniPoseModel
from unipose.photos import open_photo
from unipose.tasks import Content, task

_LOG = logging.getLogger(__name__)

MAX_CHARACTERS = 2000
"""The longest text of a person: a page of print, well over what any prompt needs."""
MAX_CANDIDATES = 64
SEEDS = range(-(2**63), 2**63)  # what fits the generator's 64 bits

Piece = TextPiece | PosePiece

# Tokens for the few words that may stand around a pose.
_WORDS_AROUND = 24
# At 1 a pose of forty independent draws falls apart; at 0.7 candidates differ and still hold together.
TEMPERATURE = 0.7


# So many poses are drawn when the likeliest one does not do all that was asked.
DRAWS = 8


@dataclass(frozen=True)
class _Made:
    """A pose, the share of the request that it satisfies, its log-likelihood, and the word tokens around it."""

    pose: Pose
    share: float
    score: float
    words: list[int]


class UniPose:
    """Poses from words, words from poses.

    Poses are fed to the model facing +Z, since words say nothing about the compass; an edited pose gets the heading
    of the pose it came from.

    Args:
        model: in evaluation mode.
        processor: made for that model.
        name: told in replies.
        max_words: tokens of the longest description or comparison.
        mends: whether poses that miss something that was asked are changed until they do it (see ``Judge.mend``).
    """

    def __init__(
        self,
        model: UniPoseModel,
        processor: UniPoseProcessor,
        name: str = "",
        max_words: int = 160,
        mends: bool = True,
    ) -> None:
        self.model = model
        self.processor = processor
        self.name = name
        self.max_words = max_words
        self.mends = mends
        self._pictures = None if model.vision is None else PictureMemory(model.vision)

    # -- loading and saving ------------------------------------------------------------------------------------

    @classmethod
    def from_pretrained(
        cls,
        name_or_path: str | Path | None = None,
        *,
        revision: str | None = None,
        device: str | torch.device | None = None,
        dtype: str | torch.dtype = "auto",
        bits: int | None = None,
    ) -> UniPose:
        """Load a model.

        Args:
            name_or_path: ``None`` or an embedded name (no network), a folder, a Hub id ``owner/name`` or
                ``owner/name@revision``, or ``auto`` (see :func:`unipose.chat.choosing.choose`).
            revision: of a Hub id, a branch, tag or commit; ``None`` is the default branch.
            device: where it runs, as in :func:`unipose.model.runtime.pick_device`; ``None`` is the CPU, or the device
                that ``auto`` chose.
            dtype: of the network, as in :func:`unipose.model.runtime.pick_dtype`; the pose tokenizer stays float32.
            bits: 4 or 8 quantises the language model, on a CUDA device only.

        Raises:
            UserError: no such model, its weights are not safetensors, or the Hub does not give it
                (see :func:`unipose.chat.hub.fetch`).
        """
        choice = choose(name_or_path)
        if choice.why:
            _LOG.info(choice.why)
        try:
            place = pick_device(device or choice.device or "cpu")
            numbers = pick_dtype(dtype, place)
        except ValueError as error:
            raise UserError(str(error)) from None
        folder = locate(choice.name, revision)
        try:
            model = load_network(folder, place, numbers, bits)
            processor = UniPoseProcessor.from_pretrained(folder, local_files_only=True)
        except Exception as error:  # what a foreign or damaged folder raises is any of a dozen types
            raise UserError(f"'{folder}' does not load as a UniPose model: {_one_line(error)}") from error
        return cls(model, processor, str(choice.name or DEFAULT))

    def save_pretrained(self, folder: str | Path) -> None:
        """Write a complete folder: weights (safetensors), configuration, processor and text tokenizer."""
        self.model.save_pretrained(folder)
        self.processor.save_pretrained(folder)

    def push_to_hub(self, repo: str, **options: Any) -> str:
        """Upload the same files and a model card to the Hub, in one commit; returns the commit's page.

        Args:
            repo: ``owner/name``, made if need be.
            options: ``revision`` (a branch), ``private``, ``license`` and ``message``, as in
                :func:`unipose.chat.sharing.push_folder`, which also uploads a folder with what its training came to.

        Raises:
            UserError: not logged in or not allowed to write, no network.
        """
        with TemporaryDirectory() as folder:
            self.save_pretrained(folder)
            return push_folder(folder, repo, **options)

    # -- verbs -------------------------------------------------------------------------------------------------

    def generate_stream(self, text: str, candidates: int = 1, seed: int | None = None) -> Iterator[Piece]:
        """Words to poses, best first.

        Args:
            text: 1 to 2000 characters.
            candidates: how many poses. Those that do more of what the text asks come first, the likelier before the
                less likely.
            seed: of the sampling. Without one the likeliest pose is made first, and more are sampled, always the same
                ones, when it does not do all that was asked or when more candidates are wanted.

        Raises:
            UserError: for text, candidates or seed out of range.
        """
        judge = Judge(text := check_text(text))
        content = self._ask("generate", text=self.as_shown(text, judge))
        yield from self._pose_pieces(content, candidates, seed, judge)

    def edit_stream(self, pose: Pose, text: str, candidates: int = 1, seed: int | None = None) -> Iterator[Piece]:
        """A pose and an instruction to changed poses, with the heading of ``pose``; see :meth:`generate_stream`."""
        before, text = _check_pose(pose).facing_forward(), check_text(text)
        codes = self.encode_pose(before)
        judge = Judge(text, before)
        content = self._ask("edit", text=self.as_shown(text, judge), poses=[codes])
        for piece in self._pose_pieces(content, candidates, seed, judge):
            if isinstance(piece, PosePiece):
                piece = PosePiece(piece.pose.turned(pose.heading), piece.candidate, piece.score)
            yield piece

    def describe_stream(self, pose: Pose, seed: int | None = None) -> Iterator[Piece]:
        """A pose to words. ``seed`` samples another wording; ``None`` is the likeliest."""
        pose = _check_pose(pose).facing_forward()
        content = self._ask("describe", poses=[self.encode_pose(pose)])
        yield from self._text_pieces(content, seed, Witness(pose))

    def compare_stream(self, a: Pose, b: Pose, seed: int | None = None) -> Iterator[Piece]:
        """The change from pose ``a`` to pose ``b`` in words."""
        before, after = (_check_pose(pose).facing_forward() for pose in (a, b))
        content = self._ask("compare", poses=[self.encode_pose(before), self.encode_pose(after)])
        yield from self._text_pieces(content, seed, Witness(after, before))

    def ask_stream(
        self, pose: Pose, question: str, before: Pose | None = None, seed: int | None = None
    ) -> Iterator[Piece]:
        """A question about a pose to its answer, by measuring: what a pose cannot tell is said to be so.

        Args:
            pose: asked about.
            question: 1 to 2000 characters.
            before: the pose it came from, for what may have changed ("is the knee bent more?").
            seed: samples another wording; ``None`` always gives the same one.

        Raises:
            UserError: for a question or seed out of range.
        """
        _check_seed(seed)
        question = check_text(question)
        answerer = Answerer.load()
        values = answerer.registry.measure_poses(_check_pose(pose).rotations)
        earlier = None if before is None else answerer.registry.measure_poses(_check_pose(before).rotations)
        answer = answerer.answer(question, values, earlier, random.Random(seed or 0))
        for text in re.findall(r"\s*\S+", answer.text):
            yield TextPiece(text)

    def estimate_stream(self, image: Any, hint: str | None = None, seed: int | None = None) -> Iterator[Piece]:
        """A photo, and what the user knows about the person in it, to a pose.

        Args:
            image: path of a photo, or a PIL image.
            hint: words, up to 2000 characters.
            seed: ``None`` is greedy.

        Raises:
            UserError: the model has no image towers, or the file is no usable photo.
        """
        if self.model.config.vision_config is None:
            message = "has no vision weights, so it cannot read a pose from a photo; say the pose in words instead"
            raise UserError(f"model '{self.name}' {message}")
        try:
            picture = open_photo(image) if isinstance(image, str | Path) else image
        except ValueError as error:
            raise UserError(_one_line(error)) from error
        if hint is None:
            content, judge = self._ask("estimate", image=picture), None
        else:
            content = self._ask("estimate_hinted", image=picture, text=check_text(hint))
            judge = Judge(hint)
        yield from self._pose_pieces(content, 1, seed, judge)

    def generate(self, text: str, candidates: int = 1, seed: int | None = None) -> Reply:
        """See :meth:`generate_stream`."""
        return self._collect(self.generate_stream(text, candidates, seed))

    def edit(self, pose: Pose, text: str, candidates: int = 1, seed: int | None = None) -> Reply:
        """See :meth:`edit_stream`."""
        return self._collect(self.edit_stream(pose, text, candidates, seed))

    def describe(self, pose: Pose, seed: int | None = None) -> Reply:
        """See :meth:`describe_stream`."""
        return self._collect(self.describe_stream(pose, seed))

    def compare(self, a: Pose, b: Pose, seed: int | None = None) -> Reply:
        """See :meth:`compare_stream`."""
        return self._collect(self.compare_stream(a, b, seed))

    def ask(self, pose: Pose, question: str, before: Pose | None = None, seed: int | None = None) -> Reply:
        """See :meth:`ask_stream`."""
        return self._collect(self.ask_stream(pose, question, before, seed))

    def estimate(self, image: Any, hint: str | None = None, seed: int | None = None) -> Reply:
        """See :meth:`estimate_stream`."""
        return self._collect(self.estimate_stream(image, hint, seed))

    def as_shown(self, text: str, judge: Judge) -> str:
        """A request as this model is shown it; ``judge`` has read it."""
        return noted(text, judge.claims) if self.model.config.notes else text

    def warm_up(self) -> None:
        """Do once what the first answer would otherwise wait for: read the words, load the solver, run the network."""
        understanding.warm()
        text = "Raise both arms."
        Judge(text).mend([standing()])
        self.describe(self.generate(text).poses[0])

    # -- codes -------------------------------------------------------------------------------------------------

    @torch.inference_mode()
    def encode_pose(self, pose: Pose) -> np.ndarray:
        """A pose, heading and all, to its codes: int64 [T]."""
        rotations = _check_pose(pose).rotations.unsqueeze(0).to(self.model.device)
        return self.model.pose_tokenizer.encode(rotations)[0].cpu().numpy()

    @torch.inference_mode()
    def decode_pose(self, codes: Any) -> Pose:
        """Codes, T whole numbers below the codebook's size, to a pose.

        Raises:
            ValueError: another number of codes, or a code outside the codebook.
        """
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

    # -- how ---------------------------------------------------------------------------------------------------

    def _pose_pieces(
        self, content: Content, candidates: int, seed: int | None, judge: Judge | None = None
    ) -> Iterator[Piece]:
        """Decode poses, then tell them best first; words around the best one come before it."""
        if not 1 <= candidates <= MAX_CANDIDATES:
            raise UserError(f"candidates are 1 to {MAX_CANDIDATES}, found {candidates}")
        _check_seed(seed)
        found = [] if seed is not None and candidates == 1 else self._decode_poses(content, 1, None)
        ranked = self._ranked(found, judge)
        if not ranked or ranked[0].share < 1 or candidates > 1:
            wanted = max(candidates, DRAWS) - len(found)
            found += self._decode_poses(content, wanted, seed or 0) if wanted else []
            ranked = self._ranked(found, judge)
        words = self.processor.words(ranked[0].words).strip()
        if words:
            yield TextPiece(words)
        told = [made.pose for made in ranked[:candidates]]
        mended = judge.mend(told, seed) if judge is not None and self.mends else told
        for number, (made, pose) in enumerate(zip(ranked[:candidates], mended, strict=True)):
            yield PosePiece(pose, number, made.score)

    def _ranked(self, found: list[tuple[np.ndarray, float, list[int]]], judge: Judge | None) -> list[_Made]:
        poses = [self.decode_pose(codes) for codes, _, _ in found]
        shares = judge.shares(poses) if judge is not None and poses else [1.0] * len(poses)
        made = [
            _Made(pose, share, score, words)
            for pose, share, (_, score, words) in zip(poses, shares, found, strict=True)
        ]
        return sorted(made, key=lambda one: (-one.share, -one.score))

    def _decode_poses(self, content: Content, rows: int, seed: int | None) -> list[tuple[np.ndarray, float, list[int]]]:
        """Codes [T], log-likelihood and word tokens of each row; greedy without a seed."""
        settings = DecodeSettings(
            max_new_tokens=self.processor.num_queries + 2 + _WORDS_AROUND,
            max_poses=1,
            pose_temperature=0.0 if seed is None else TEMPERATURE,
            force_pose=True,
        )
        poses: dict[int, PoseEvent] = {}
        words: dict[int, list[int]] = {row: [] for row in range(rows)}
        for event in decode(self.model, self._inputs(content, rows), settings, self._generator(seed)):
            if isinstance(event, PoseEvent):
                poses[event.row] = event
            elif isinstance(event, TokenEvent):
                words[event.row].append(event.token_id)
        if len(poses) < rows:
            raise UserError("the text leaves no room for a pose in this model's context; shorten it")
        return [(poses[row].codes.cpu().numpy(), poses[row].log_prob, words[row]) for row in range(rows)]

    def _text_pieces(self, content: Content, seed: int | None, witness: Witness) -> Iterator[Piece]:
        """Words, each sentence checked by the witness before it is said."""
        _check_seed(seed)
        speaker = Speaker(
            self.model,
            self.processor,
            self._inputs(content, 1),
            temperature=TEMPERATURE,
            draws=DRAWS,
            max_words=self.max_words,
            generator=self._generator(seed),
            first_drawn=seed is not None,
        )
        for text in speaker.say(witness):
            yield TextPiece(text)

    def _inputs(self, content: Content, rows: int) -> dict[str, torch.Tensor]:
        """The tensors of a request, in as many rows; its picture is encoded unless it was lately."""
        try:
            batch = self.processor([[{"role": "user", "content": content}]])
        except ValueError as error:  # more tokens than the model can read
            raise UserError(_one_line(error)) from error
        inputs = dict(batch)
        if self._pictures is not None and "pixel_values" in inputs:
            views = inputs.pop("pixel_values"), inputs.pop("pose_pixel_values")
            inputs["image_features"] = self._pictures.features(*views)
        device = self.model.device
        return {name: one.to(device).repeat(rows, *[1] * (one.ndim - 1)) for name, one in inputs.items()}

    def _ask(self, name: str, **given: Any) -> Content:
        """A task's question, in the sentences this model learnt."""
        return task(name).ask(**given, manner=self.model.config.prompt_manner)

    def _generator(self, seed: int | None) -> torch.Generator:
        return torch.Generator(self.model.device).manual_seed(int(seed or 0))

    def _collect(self, pieces: Iterator[Piece]) -> Reply:
        started = time.perf_counter()
        text, poses, scores = "", [], []
        for piece in pieces:
            if isinstance(piece, TextPiece):
                text += piece.text
            else:
                poses.append(piece.pose)
                scores.append(piece.score)
        seconds = time.perf_counter() - started
        return Reply(text.strip(), poses, seconds, tuple(scores), self.name)


def check_text(text: Any) -> str:
    """The text without surrounding space.

    Raises:
        UserError: empty, over ``MAX_CHARACTERS``, or no text at all.
    """
    if not isinstance(text, str):
        raise UserError(f"text is needed, found {type(text).__name__}")
    # lone surrogates come from broken command lines and have no bytes to tokenise
    text = text.encode("utf-8", "ignore").decode("utf-8").strip()
    if not text:
        raise UserError(complaint("empty"))
    if len(text) > MAX_CHARACTERS:
        raise UserError(complaint("too_long", found=len(text), limit=MAX_CHARACTERS))
    return text


def _check_pose(pose: Any) -> Pose:
    if not isinstance(pose, Pose):
        raise UserError(f"a Pose is needed, found {type(pose).__name__}; make one with Pose.from_axis_angle")
    return pose


def _check_seed(seed: Any) -> None:
    if seed is not None and (not isinstance(seed, int | np.integer) or int(seed) not in SEEDS):
        raise UserError(f"a seed is a whole number from -2**63 to 2**63 - 1, found {seed}")


def _one_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
