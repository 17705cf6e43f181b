"""The app for programs: endpoints without memory, which are the tools of an MCP client, too.

A pose goes over the wire as the JSON object of :meth:`unipose.body.pose.Pose.to_dict`; of a pose that comes in,
``axis_angle`` is enough. Nothing is remembered between two calls. What a caller can mend comes back as one line.

Gradio reads the signatures and docstrings below: the hints become the schema, which is why annotations are not put off
here, and the words what a client is told about a tool.
"""

import functools
import inspect
import json
import logging
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder
from gradio_client.utils import is_file_obj_with_meta

from unipose.body.export import FORMATS
from unipose.body.export import export as write
from unipose.body.files.objects import pose_of
from unipose.body.pose import Pose
from unipose.chat import TextPiece, UserError
from unipose.chat.seen import seen
from unipose.chat.turns import PhotoPiece, Piece
from unipose.ui.bodies import Look
from unipose.ui.handlers import House
from unipose.ui.limits import Meter
from unipose.ui.wire import Answer, GivenPose, PhotoAnswer, PoseAnswer, PoseObject

log = logging.getLogger(__name__)

SORRY = "Sorry, that went wrong on this side; it has been noted. Try again, or ask in another way."
MAX_POSES = 64
"""Of one export; as many as the largest answer holds."""

INSTALL_MCP = "pip install 'mcp>=1.21,<2'"

_AT_ONCE = 4  # calls; they take turns at the model with each other and with visitors of the page


def offer(house: House, meter: Meter) -> None:
    """Add the endpoints to the Blocks being built; first, so that no listener of the page takes one of their names.

    Args:
        house: whose model answers.
        meter: counts what callers ask for, together with what the page is asked.
    """
    api = Api(house)
    for verb in (api.generate, api.edit, api.describe, api.compare, api.ask, api.estimate, api.export):
        gr.api(endpoint(verb, meter), api_name=verb.__name__, concurrency_id="programs", concurrency_limit=_AT_ONCE)


def speaks_mcp() -> bool:
    """Whether MCP can be spoken here; where not, the log says once what to install, and the app does without."""
    if find_spec("mcp") is None:
        log.warning("the app is no MCP server: the package 'mcp' is not installed; install it with: %s", INSTALL_MCP)
        return False
    return True


class Api:
    """The verbs.

    Args:
        house: whose model answers, in its turns.
    """

    def __init__(self, house: House) -> None:
        self._house = house

    def generate(self, text: str, candidates: int = 1, seed: int | None = None) -> PoseAnswer:
        """Make a 3D human pose from words.

        Args:
            text: The posture in English, up to 2000 characters, such as "Kneel on the left knee, arms raised."
            candidates: How many poses, 1 to 64; the best comes first.
            seed: Whole number; another one gives other poses. Without one the likeliest pose is made.

        Returns:
            The poses, and the first one in words.
        """
        found = self._collect(self._house.model.generate_stream(text, _whole(candidates, "candidates"), _seed(seed)))
        words = found.text or self._described(found.poses[0])
        return {"text": words, "poses": _objects(found.poses), "scores": found.scores}

    def edit(self, pose: GivenPose, text: str, candidates: int = 1, seed: int | None = None) -> PoseAnswer:
        """Change a 3D human pose as words say; what they do not speak of stays.

        Args:
            pose: The pose to start from, an object with axis_angle (22 x 3, radians, SMPL joint order).
            text: What to change, such as "Raise the left arm a little."
            candidates: How many poses, 1 to 64; the best comes first.
            seed: Whole number; another one gives other poses. Without one the likeliest pose is made.

        Returns:
            The changed poses, and the change to the first one in words.
        """
        before, number = _pose(pose), _whole(candidates, "candidates")
        found = self._collect(self._house.model.edit_stream(before, text, number, _seed(seed)))
        words = found.text or self._collect(self._house.model.compare_stream(before, found.poses[0])).text
        return {"text": words, "poses": _objects(found.poses), "scores": found.scores}

    def describe(self, pose: GivenPose, seed: int | None = None) -> Answer:
        """Describe the posture of a 3D human pose in words.

        Args:
            pose: The pose, an object with axis_angle (22 x 3, radians, SMPL joint order).
            seed: Whole number; another one gives another wording. Without one it is always the same.

        Returns:
            The description.
        """
        return {"text": self._collect(self._house.model.describe_stream(_pose(pose), _seed(seed))).text}

    def compare(self, before: GivenPose, after: GivenPose, seed: int | None = None) -> Answer:
        """Say in words what changes from one 3D human pose to another.

        Args:
            before: The first pose, an object with axis_angle (22 x 3, radians, SMPL joint order).
            after: The second pose, likewise.
            seed: Whole number; another one gives another wording. Without one it is always the same.

        Returns:
            The change.
        """
        pair = _pose(before, "before"), _pose(after, "after")
        return {"text": self._collect(self._house.model.compare_stream(*pair, _seed(seed))).text}

    def ask(self, pose: GivenPose, question: str, before: GivenPose | None = None, seed: int | None = None) -> Answer:
        """Answer a question about a 3D human pose by measuring it.

        Args:
            pose: The pose, an object with axis_angle (22 x 3, radians, SMPL joint order).
            question: Such as "Is the left knee bent?" or "How far apart are the hands?"
            before: The pose it came from, for questions about what changed.
            seed: Whole number; another one gives another wording. Without one it is always the same.

        Returns:
            The answer.
        """
        earlier = None if before is None else _pose(before, "before")
        return {"text": self._collect(self._house.model.ask_stream(_pose(pose), question, earlier, _seed(seed))).text}

    def estimate(self, photo: gr.FileData, hint: str = "", who: str = "") -> PhotoAnswer:
        """Estimate the 3D pose of a person in a photo, as the camera sees it.

        Args:
            photo: The photo, up to 15 MB: JPEG, PNG, WebP, GIF, BMP or TIFF.
            hint: What is known about the person, such as "The left arm is behind the back."
            who: Which person, where there are several: a number from the left, or words such as "the one on the right".

        Returns:
            The pose, none where nobody was found; what is to be told about it; and who was seen in the photo.
        """
        path, known, person = _file(photo), _text(hint, "hint"), _text(who, "who")
        which: Any = int(person) if person is not None and person.isdecimal() else person
        found = self._collect(self._house.model.estimate_stream(path, known, who=which))
        words = found.text or (self._described(found.poses[0]) if found.poses else "")
        return {"text": words, "poses": _objects(found.poses), "photos": seen(found.look)}

    def export(
        self,
        poses: list[GivenPose],
        file: Literal["npz", "json", "obj", "glb", "bvh", "png"] = "glb",
        picture: Literal["snapshot", "skeleton", "depth", "normal", "part"] = "snapshot",
        seconds_between: float = 0.8,
        shape: list[float] | None = None,
    ) -> gr.FileData:
        """Write 3D human poses as a file for other programs, or draw one as a picture.

        Args:
            poses: One pose, or up to 64 in order; npz, json, glb and bvh hold several, as a movement.
            file: npz (AMASS), json, obj (mesh), glb (rigged body), bvh (skeleton) or png (picture).
            picture: What a png shows.
            seconds_between: From one pose to the next.
            shape: Of the body: up to 4 numbers from -2 to 2, for height, shoulders, curves and build; 0 is average.

        Returns:
            The file.
        """
        listed: Any = poses if isinstance(poses, list) and not _is_numbers(poses) else [poses]
        if len(listed) > MAX_POSES:
            raise UserError(f"one file holds up to {MAX_POSES} poses, found {len(listed)}; make several")
        known = [_pose(each, f"poses[{index}]") for index, each in enumerate(listed)]
        if file not in FORMATS:
            raise UserError(f"a pose is exported as {', '.join(FORMATS)}; found {str(file)[:40]!r}")
        pause = _number(seconds_between, "seconds_between")
        body = self._house.viewer.free(_look(shape))
        name = f"pose{'s' if len(known) > 1 else ''}.{file}"
        with tempfile.TemporaryDirectory(dir=self._house.folder.name) as folder:
            try:
                path = write(known, Path(folder) / name, kind=picture, seconds_between=pause, body=body)
            except ValueError as error:
                raise UserError(str(error)) from None
            # into Gradio's own cache, which it serves and clears
            kept = save_bytes_to_cache(path.read_bytes(), name, get_upload_folder())
        return gr.FileData(path=kept, orig_name=name)

    # -- how ---------------------------------------------------------------------------------------------------------

    def _described(self, pose: Pose) -> str:
        return self._collect(self._house.model.describe_stream(pose)).text

    def _collect(self, pieces: Iterator[Piece]) -> "_Found":
        """All of an answer, each step of it made while nobody else has the model."""
        found = _Found()
        while True:
            with self._house.turn:
                piece = next(pieces, None)
            if piece is None:
                found.text = found.text.strip()
                return found
            found.take(piece)


class _Found:
    """What an answer held."""

    def __init__(self) -> None:
        self.text = ""
        self.poses: list[Pose] = []
        self.scores: list[float] = []
        self.look: Any = None

    def take(self, piece: Piece) -> None:
        if isinstance(piece, TextPiece):
            self.text += piece.text
        elif isinstance(piece, PhotoPiece):
            self.look = piece.look
        else:
            self.poses.append(piece.pose)
            self.scores.append(round(float(piece.score), 4))


# -- at the border -----------------------------------------------------------------------------------------------------


def endpoint(verb: Callable[..., Any], meter: Meter) -> Callable[..., Any]:
    """The verb as Gradio calls it: counted, its errors in one line, its answer as JSON text where an MCP client asks.

    Gradio gives MCP clients ``str()`` of an answer, which for an object is Python's spelling and no JSON.
    """

    @functools.wraps(verb)
    def answered(request: gr.Request | None, *given: Any) -> Any:
        try:
            if request is not None:
                meter.charge(request)
            answer = verb(*given)
        except UserError as error:
            raise gr.Error(" ".join(str(error).split()), print_exception=False) from None
        except Exception:
            log.exception("a call of %s failed", verb.__name__)
            raise gr.Error(SORRY, print_exception=False) from None
        return json.dumps(answer) if isinstance(answer, dict) and _is_mcp(request) else answer

    # Gradio hands the request to the parameter with this hint, which is no part of the schema
    asked = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
    signature = inspect.signature(verb)
    answered.__dict__["__signature__"] = signature.replace(parameters=[asked, *signature.parameters.values()])
    answered.__annotations__ = {"request": gr.Request, **inspect.get_annotations(verb)}
    return answered


def _is_mcp(request: gr.Request | None) -> bool:
    return request is not None and request.headers.get("x-gradio-user") == "mcp"


def _objects(poses: list[Pose]) -> list[PoseObject]:
    described: list[Any] = [pose.to_dict() for pose in poses]
    return described


def _pose(value: Any, name: str = "pose") -> Pose:
    try:
        return pose_of(value, name)
    except ValueError as error:
        raise UserError(str(error)) from None


def _look(shape: Any) -> Look:
    if not isinstance(shape, list | tuple | None):
        raise UserError(f"shape: a list of numbers is needed, found {type(shape).__name__}")
    try:
        return Look(amounts=tuple(_number(amount, "shape") for amount in shape or ()))
    except ValueError as error:
        raise UserError(str(error)) from None


def _is_numbers(value: list[Any]) -> bool:
    """Whether a list is one pose's bare numbers."""
    first = value[0] if value else None
    return isinstance(first, int | float) or (isinstance(first, list) and len(first) == 3)


def _file(value: Any) -> Path:
    # Gradio has looked at the path of what is marked so, and only of that: it is a file that this caller sent
    if not is_file_obj_with_meta(value):
        raise UserError("photo: a file is needed, in gradio_client handle_file(path); for MCP an address or a data URL")
    return Path(value["path"])


def _text(value: Any, name: str) -> str | None:
    """The text; None where there is none."""
    if value is not None and not isinstance(value, str):
        raise UserError(f"{name}: text is needed, found {type(value).__name__}")
    return (value or "").strip() or None


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UserError(f"{name}: a number is needed, found {str(value)[:40]!r}")
    return float(value)


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise UserError(f"{name}: a whole number is needed, found {str(value)[:40]!r}")
    return int(value)


def _seed(value: Any) -> int | None:
    return None if value is None else _whole(value, "seed")
