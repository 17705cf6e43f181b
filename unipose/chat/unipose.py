"""The model with its processor and its verbs: what the app, the command line and the evaluation all speak to.

Every verb has two forms. ``verb_stream`` yields events as they become known; ``verb`` collects the same stream into
a :class:`Reply`. Poses cross this border as :class:`Pose`, never as codes or tokens.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.chat import understanding
from unipose.chat.checks import check_pose, check_seed, check_text
from unipose.chat.doubt import Doubt
from unipose.chat.drawing import DRAWS, TEMPERATURE, draw
from unipose.chat.engine import Engine
from unipose.chat.estimating import check_eyes, estimate_pieces
from unipose.chat.loading import load_pretrained
from unipose.chat.looking import Looker, Who
from unipose.chat.photo_words import Say, compare_pieces, describe_pieces
from unipose.chat.ranking import Judge
from unipose.chat.sameness import unchanged
from unipose.chat.sharing import push_folder
from unipose.chat.speaking import Speaker
from unipose.chat.turns import PhotoPiece, Piece, PosePiece, Reply, TextPiece
from unipose.chat.warming import rehearsal
from unipose.chat.witness import Witness
from unipose.language.asking.answering import Answerer
from unipose.model.processor import UniPoseProcessor
from unipose.model.unipose import UniPoseModel
from unipose.photos import KeypointDetector
from unipose.tasks import Content


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
        detector: finds people in photos, see :class:`unipose.chat.looking.Looker`.
        doubt: how far estimates are off: what is said of photos holds nevertheless.
    """

    def __init__(
        self,
        model: UniPoseModel,
        processor: UniPoseProcessor,
        name: str = "",
        max_words: int = 160,
        mends: bool = True,
        detector: KeypointDetector | str = "auto",
        doubt: Doubt | None = None,
    ) -> None:
        self.max_words = max_words
        self.mends = mends
        self._engine = Engine(model, processor, name, doubt)
        self.looker = Looker(detector, str(model.device))

    @property
    def model(self) -> UniPoseModel:
        """The network."""
        return self._engine.model

    @property
    def processor(self) -> UniPoseProcessor:
        """Messages to tensors, and tokens to words."""
        return self._engine.processor

    @property
    def doubt(self) -> Doubt | None:
        """How far its estimates from photos are off, where that is known."""
        return self._engine.doubt

    @property
    def name(self) -> str:
        """What it goes by, in replies."""
        return self._engine.name

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
        model, processor, name, doubt = load_pretrained(name_or_path, revision, device, dtype, bits)
        return cls(model, processor, name, doubt=doubt)

    def save_pretrained(self, folder: str | Path) -> None:
        """Write a complete folder: weights (safetensors), configuration, processor and text tokenizer."""
        self.model.save_pretrained(folder)
        self.processor.save_pretrained(folder)
        if self.doubt is not None:
            self.doubt.save(Path(folder))

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
        content = self._engine.ask("generate", text=self.as_shown(text, judge))
        yield from self._pose_pieces(content, candidates, seed, judge)

    def edit_stream(self, pose: Pose, text: str, candidates: int = 1, seed: int | None = None) -> Iterator[Piece]:
        """A pose and an instruction to changed poses, with the heading of ``pose``; see :meth:`generate_stream`."""
        before, text = check_pose(pose).facing_forward(), check_text(text)
        codes = self.encode_pose(before)
        judge = Judge(text, before)
        content = self._engine.ask("edit", text=self.as_shown(text, judge), poses=[codes])
        for piece in self._pose_pieces(content, candidates, seed, judge):
            if isinstance(piece, PosePiece):
                piece = PosePiece(piece.pose.turned(pose.heading), piece.candidate, piece.score)
            yield piece

    def describe_stream(self, pose: Pose, seed: int | None = None) -> Iterator[Piece]:
        """A pose to words. ``seed`` samples another wording; ``None`` is the likeliest."""
        pose = check_pose(pose).facing_forward()
        content = self._engine.ask("describe", poses=[self.encode_pose(pose)])
        yield from self._words(content, Witness(pose), seed)

    def compare_stream(self, a: Pose, b: Pose, seed: int | None = None) -> Iterator[Piece]:
        """The change from pose ``a`` to pose ``b`` in words, or that there is none."""
        check_seed(seed)
        if same := unchanged(check_pose(a), check_pose(b)):
            yield TextPiece(same)
            return
        before, after = (pose.facing_forward() for pose in (a, b))
        content = self._engine.ask("compare", poses=[self.encode_pose(before), self.encode_pose(after)])
        yield from self._words(content, Witness(after, before), seed)

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
        check_seed(seed)
        question = check_text(question)
        answerer = Answerer.load()
        values = answerer.registry.measure_poses(check_pose(pose).rotations)
        earlier = None if before is None else answerer.registry.measure_poses(check_pose(before).rotations)
        answer = answerer.answer(question, values, earlier, random.Random(seed or 0))
        for text in re.findall(r"\s*\S+", answer.text):
            yield TextPiece(text)

    def estimate_stream(
        self,
        image: Any = None,
        hint: str | None = None,
        seed: int | None = None,
        *,
        who: Who = None,
        keypoints: Any = None,
    ) -> Iterator[Piece]:
        """A photo, and what the user knows about the person in it, to a pose as the camera sees it.

        Args:
            image: path of a photo, or a PIL image; None with ``keypoints``.
            hint: words about the person, up to 2000 characters. They settle what the photo leaves open; what it plainly
                contradicts is not believed, and a remark says so.
            seed: ``None`` is greedy.
            who: which person, where there are several: a number from the left, words ("the one on the right"), a place
                in pixels; default the hint's words, or whoever the photo is most likely of.
            keypoints: a file of detections, or :class:`unipose.photos.Detections`, in place of our own detector's.

        Raises:
            UserError: the model cannot read photos, or a file cannot be used.
        """
        check_eyes(self._engine)
        look = self.looker.look(image, keypoints, hint if who is None else who)
        yield from estimate_pieces(self._engine, look, hint, seed, self.mends)

    def describe_photo_stream(
        self, image: Any = None, seed: int | None = None, *, who: Who = None, keypoints: Any = None
    ) -> Iterator[Piece]:
        """A photo to words about the posture of the person in it, without its heading.

        Each sentence is checked against the estimate of the pose. What is to be told of the photo itself comes before
        them, and is the ``remark`` of the look.

        Args:
            image, who, keypoints: see :meth:`estimate_stream`.
            seed: samples another wording; ``None`` is the likeliest.

        Raises:
            UserError: the model cannot read photos, or a file cannot be used.
        """
        check_seed(seed)
        look = self.looker.look(image, keypoints, who)
        yield from describe_pieces(self._engine, look, self.mends, self._speaks(seed))

    def compare_photos_stream(
        self,
        a: Any = None,
        b: Any = None,
        seed: int | None = None,
        *,
        who: tuple[Who, Who] = (None, None),
        keypoints: tuple[Any, Any] = (None, None),
    ) -> Iterator[Piece]:
        """The change in posture from the person in photo ``a`` to the one in ``b`` in words.

        Each pair is of what :meth:`describe_photo_stream` takes for one photo. The reply's look is that of ``b``.
        """
        check_seed(seed)
        before, after = (self.looker.look(*given) for given in zip((a, b), keypoints, who, strict=True))
        yield from compare_pieces(self._engine, (before, after), self.mends, self._speaks(seed))

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

    def estimate(self, image: Any = None, hint: str | None = None, seed: int | None = None, **which: Any) -> Reply:
        """See :meth:`estimate_stream`."""
        return self._collect(self.estimate_stream(image, hint, seed, **which))

    def describe_photo(self, image: Any = None, seed: int | None = None, **which: Any) -> Reply:
        """See :meth:`describe_photo_stream`."""
        return self._collect(self.describe_photo_stream(image, seed, **which))

    def compare_photos(self, a: Any = None, b: Any = None, seed: int | None = None, **which: Any) -> Reply:
        """See :meth:`compare_photos_stream`."""
        return self._collect(self.compare_photos_stream(a, b, seed, **which))

    def as_shown(self, text: str, judge: Judge) -> str:
        """A request as this model is shown it; ``judge`` has read it."""
        return self._engine.as_shown(text, judge)

    def warm_up(self) -> None:
        """Do once what the first answer would otherwise wait for: read the words, load the solver, run the network."""
        understanding.warm()
        text = "Raise both arms."
        Judge(text).mend([standing()])
        self.describe(self.generate(text).poses[0])
        if self.model.config.vision_config is not None or self.model.config.reader_config is not None:
            picture, found = rehearsal()
            if self.looker.detector is not None:
                self.looker.detector.detect(picture)
            self.estimate(picture, "The left arm is raised.", keypoints=found)

    # -- codes -------------------------------------------------------------------------------------------------

    def encode_pose(self, pose: Pose) -> np.ndarray:
        """A pose, heading and all, to its codes: int64 [T]."""
        return self._engine.encode_pose(pose)

    def decode_pose(self, codes: Any) -> Pose:
        """Codes, T whole numbers below the codebook's size, to a pose.

        Raises:
            ValueError: another number of codes, or a code outside the codebook.
        """
        return self._engine.decode_pose(codes)

    # -- how ---------------------------------------------------------------------------------------------------

    def _pose_pieces(self, content: Content, candidates: int, seed: int | None, judge: Judge) -> Iterator[Piece]:
        return draw(self._engine, content, candidates, seed, judge, self.mends)

    def _speaks(self, seed: int | None) -> Say:
        return lambda content, witness: self._words(content, witness, seed)

    def _words(self, content: Content, witness: Witness, seed: int | None) -> Iterator[Piece]:
        """Words, each sentence checked by the witness before it is said."""
        check_seed(seed)
        speaker = Speaker(
            self.model,
            self.processor,
            self._engine.inputs(content, 1),
            temperature=TEMPERATURE,
            draws=DRAWS,
            max_words=self.max_words,
            generator=self._engine.dice(seed),
            first_drawn=seed is not None,
        )
        for text in speaker.say(witness):
            yield TextPiece(text)

    def _collect(self, pieces: Iterator[Piece]) -> Reply:
        started = time.perf_counter()
        text, poses, scores, look = "", [], [], None
        for piece in pieces:
            if isinstance(piece, TextPiece):
                text += piece.text
            elif isinstance(piece, PhotoPiece):
                look = piece.look
            else:
                poses.append(piece.pose)
                scores.append(piece.score)
        seconds = time.perf_counter() - started
        return Reply(text.strip(), poses, seconds, tuple(scores), self.name, look)
