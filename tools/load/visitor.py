"""A visitor without a browser: speaks to the page's own listeners, in the very messages that a browser sends.

The page's listeners are private, so ``gradio_client`` does not offer them; the queue behind them is plain HTTP.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from gradio_client.utils import apply_diff


@dataclass(frozen=True)
class Answer:
    """What one turn brought.

    Attributes:
        messages: the whole chat as the page showed it last, (role, text) each.
        heard: every text that the last message of the chat had on the way.
        label: the line below the body that was drawn last; None when this turn drew none.
        vertices: float32 [V, 3] in metres of that body; None when this turn drew none.
        first: seconds to the first sign of the answer; drawn: to the body; whole: to the end.
        received: bytes of the event stream.
    """

    messages: list[tuple[str, str]]
    heard: tuple[str, ...]
    label: str | None
    vertices: np.ndarray | None
    first: float
    drawn: float | None
    whole: float
    received: int


class Listeners:
    """Which number each of the page's listeners has, read from the page's configuration."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._names = {part["id"]: part["props"].get("elem_id") for part in config["components"]}

    def find(self, element: str, event: str) -> dict[str, Any]:
        """The listener of an element's event.

        Raises:
            ValueError: there is none.
        """
        for one in self._config["dependencies"]:
            if any(self._names.get(target) == element and name == event for target, name in one["targets"]):
                return one
        raise ValueError(f"the page has no listener for '{event}' of '{element}'; was it renamed?")

    def on_load(self) -> dict[str, Any]:
        """The listener that opens the page."""
        return next(one for one in self._config["dependencies"] if any(name == "load" for _, name in one["targets"]))

    def takes(self, listener: dict[str, Any], element: str) -> int:
        """Where among a listener's inputs an element comes."""
        return [self._names.get(given) for given in listener["inputs"]].index(element)

    def place(self, listener: dict[str, Any], element: str) -> int:
        """Where among a listener's outputs an element comes."""
        return [self._names.get(output) for output in listener["outputs"]].index(element)


class Visitor:
    """One session at a running app.

    Args:
        address: of the app.
        listeners: of its page; read anew when not given.
        timeout: seconds without any word from the app.
    """

    def __init__(self, address: str, listeners: Listeners | None = None, timeout: float = 300) -> None:
        self.session = uuid.uuid4().hex
        self._client = httpx.Client(base_url=address.rstrip("/"), timeout=timeout)
        self.listeners = listeners or Listeners(self._get("/config"))

    def open(self) -> None:
        """Load the page, as a browser does right after it has the HTML."""
        load = self.listeners.on_load()
        self._post("/gradio_api/run/predict", load, [None] * len(load["inputs"]))

    def upload(self, path: Path) -> dict[str, Any]:
        """Hand in a file, as the box does when one is added; returns what stands for it in a message.

        Raises:
            ConnectionError: it was refused.
        """
        with path.open("rb") as file:
            answer = self._client.post("/gradio_api/upload", files={"files": (path.name, file)})
        if answer.status_code != 200:
            raise ConnectionError(f"upload: {answer.status_code} {answer.text[:200]}")
        return {"path": answer.json()[0], "orig_name": path.name, "meta": {"_type": "gradio.FileData"}}

    def join(self, words: str, *files: dict[str, Any]) -> dict[str, Any]:
        """Send words and files without waiting for anything; returns the listener that answers."""
        submit = self.listeners.find("box", "submit")
        given: list[Any] = [None] * len(submit["inputs"])
        given[self.listeners.takes(submit, "box")] = {"text": words, "files": list(files)}
        self._post("/gradio_api/queue/join", submit, given)
        return submit

    def say(self, words: str, *files: dict[str, Any]) -> Answer:
        """Type words into the box, with files of :meth:`upload`, and wait for the whole answer.

        Raises:
            ConnectionError: the app dropped the answer, or turned it away.
        """
        started = time.perf_counter()
        submit = self.join(words, *files)
        chat, viewer = (self.listeners.place(submit, name) for name in ("chat", "viewer"))
        first = drawn = None
        received, label, frame, messages, heard = 0, None, None, [], []
        outputs: list[Any] = []
        for message, size in self._events():
            received += size
            now = time.perf_counter() - started
            if message["msg"] not in ("process_generating", "process_completed"):
                continue
            if not message["success"]:
                raise ConnectionError(f"the answer failed: {message['output']}")
            first = first or now
            outputs = _laid_over(outputs, message["output"]["data"], message["msg"] == "process_completed")
            if isinstance(outputs[chat], list):
                messages = [(one["role"], _text(one)) for one in outputs[chat]]
                heard += [said for _, said in messages[-1:] if said not in heard[-1:]]
            if isinstance(outputs[viewer], str) and outputs[viewer] != frame:
                frame = outputs[viewer]
                label, drawn = json.loads(frame)["label"], now
        vertices = None if frame is None else _vertices(json.loads(frame))
        whole = time.perf_counter() - started
        return Answer(messages, tuple(heard), label, vertices, first or whole, drawn, whole, received)

    def close(self) -> None:
        """Leave, as a browser does whose tab is closed: the app hears of it by the heartbeat that ends."""
        self._client.close()

    def beat(self) -> Any:
        """The heartbeat of an open tab; while the returned stream is open, so is the tab."""
        return self._client.stream("GET", f"/gradio_api/heartbeat/{self.session}")

    def _post(self, path: str, listener: dict[str, Any], data: list[Any]) -> None:
        sent = {"fn_index": listener["id"], "session_hash": self.session, "data": data}
        answer = self._client.post(path, json=sent)
        if answer.status_code != 200:
            raise ConnectionError(f"{path}: {answer.status_code} {answer.text[:200]}")

    def _get(self, path: str) -> Any:
        return self._client.get(path).raise_for_status().json()

    def _events(self) -> Iterator[tuple[dict[str, Any], int]]:
        with self._client.stream("GET", "/gradio_api/queue/data", params={"session_hash": self.session}) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    message = json.loads(line[5:])
                    if message["msg"] == "unexpected_error":
                        raise ConnectionError(f"the queue refused: {message}")
                    yield message, len(line)
                    if message["msg"] == "close_stream":
                        return
        raise ConnectionError("the stream ended before the answer did")


def _laid_over(before: list[Any], data: list[Any], whole: bool) -> list[Any]:
    """The outputs after a message: its values, or its changes to those of the message before."""
    if whole or not before:
        return data
    return [_changed(value, changes) for value, changes in zip(before, data, strict=True)]


def _changed(value: Any, changes: Any) -> Any:
    try:
        return apply_diff(value, changes)
    except (IndexError, KeyError):  # Gradio tells changes to a shorter list wrongly; it comes whole at last
        return value


def _vertices(frame: dict[str, Any]) -> np.ndarray:
    body = frame["full"]
    steps = np.frombuffer(base64.b64decode(body["vertices"]), "<u2").reshape(-1, 3)
    return (np.array(body["low"]) + np.array(body["span"]) * steps / 65535).astype(np.float32)


def _text(message: dict[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)
