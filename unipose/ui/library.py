"""The library on the page: poses found by words or likeness, and favourites that the visitor's browser keeps.

The panel asks by an event (``{"act": "search", "text": ...}``, ``like``, ``draw`` or ``keep``) and reads the answer in
its value. A pose that is taken comes back as its numbers, whether it was found here or kept for a year in the browser:
one way in, checked like anything else that a stranger sends.
"""

from __future__ import annotations

import base64
import itertools
import json
import logging
import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr
import torch
from gradio.components import Component

from unipose.body.pose import Pose
from unipose.data.folders import named_folder, read_folder
from unipose.library import Found, Library, Shelf, shipped
from unipose.library.names import called
from unipose.ui.thumbs import Thumbs
from unipose.ui.updates import Update
from unipose.ui.viewer import STATIC

if TYPE_CHECKING:
    from unipose.chat import Turn
    from unipose.ui.desk import Desk
    from unipose.ui.handlers import Visit

log = logging.getLogger(__name__)

COUNT = 24
"""Poses shown at once."""
MAX_NAME = 60
"""Letters of a name."""
_OWN = 60  # of the conversation's poses that are searched, the latest
_ODD = re.compile(r"[^\w ,.'’()-]+")

TAKEN = "Here it is, from the library. Say what to change, or ask about it."


class Stock:
    """What all visitors search: the shipped poses, and the operator's own collection once it has been read.

    The collection of ``UNIPOSE_DATA`` is read in the background when somebody first looks, so nobody waits for it.
    """

    def __init__(self) -> None:
        self._lock, self._read = threading.Lock(), threading.Event()
        self._library: Library | None = None
        self.told = ""
        """What is to be known of the operator's collection."""

    def library(self) -> Library:
        """What can be searched now."""
        with self._lock:
            if self._library is None:
                self._library = Library([shipped()])
                if named_folder() is not None:
                    self.told = "A collection is still being read."
                    threading.Thread(target=self._collect, daemon=True).start()
                else:
                    self._read.set()
            return self._library

    def wait(self, seconds: float) -> bool:
        """Wait until no collection is being read any more; whether that came about."""
        return self._read.wait(seconds)

    def _collect(self) -> None:
        try:
            found = read_folder(named_folder() or "")
            labels = [called(name, words) for name, words in zip(found.names, found.words, strict=True)]
            shelf = Shelf.of("collection", found.rotations, labels)
            with self._lock:
                self._library = Library([shipped(), shelf])
            self.told = f"With {found.told}"
        except (ValueError, OSError) as error:
            log.warning("the collection of UNIPOSE_DATA is not searched: %s", error)
            self.told = "The collection cannot be read."
        finally:
            self._read.set()


class Shelves:
    """The area; to be made inside the page's Blocks.

    Args:
        address: where the script is served, relative to the page.
        dice: for poses that are a surprise.
    """

    def __init__(self, address: str, dice: torch.Generator | None = None) -> None:
        self._stock, self._thumbs, self._count = Stock(), Thumbs(), itertools.count(1)
        self._dice = dice or torch.Generator()
        if dice is None:
            self._dice.seed()
        self._panel = gr.HTML(
            value=None,
            html_template=(STATIC / "library.html").read_text(encoding="utf-8"),
            head=f'<script src="{address}/library.js"></script>',
            js_on_load="window.uniposeLibrary.mount(element, props, watch, trigger);",
            apply_default_css=False,
            elem_id="library",
        )
        self.outputs: list[Component] = [self._panel]

    def wire(self, desk: Desk) -> None:
        """Hand in the events."""
        desk.at_once(self._panel.submit, self._asked, event=gr.EventData, interrupts=False)
        desk.at_once(self._panel.select, _taken, event=gr.EventData)

    def warm_up(self) -> None:
        """Search once: the first search reads the library and what understands words."""
        self._stock.library().search("standing", 1)

    def show(self, update: Update) -> list[Any]:
        """The panel's message."""
        return [gr.skip() if update.library is None else update.library]

    def _asked(self, visit: Visit, event: gr.EventData) -> Update:
        told = {name: getattr(event, name, None) for name in ("act", "text", "ask")}
        return Update(library=self.look(visit, **told))

    def look(self, visit: Visit, act: Any, text: Any = "", ask: Any = 0) -> str:
        """Answer the panel.

        Args:
            visit: whose pose is in view.
            act: "search" for ``text``, "like" the pose in view, "draw" some at random, or "keep" the pose in view.
            text: searched for.
            ask: number of the request; the answer repeats it.

        Returns:
            A JSON object with what to tell, and ``items``, or one item ``kept``. Of anything else, only that it is not
            known.
        """
        message: dict[str, Any] = {"number": next(self._count), "ask": ask if isinstance(ask, int) else 0, "told": ""}
        pose = visit.pose
        if act == "search" and isinstance(text, str):
            found = self._library(visit.turns).search(text, COUNT)
            message |= self._items(found, told_of(found))
        elif act == "draw":
            found = self._stock.library().draw(self._dice, COUNT)
            message |= self._items(found, "Some of the poses that have a name.")
        elif act in ("like", "keep") and pose is None:
            message["told"] = "There is no pose in view yet: say one, or take one from here."
        elif act == "like" and pose is not None:
            found = self._library(visit.turns).like(pose, COUNT)
            message |= self._items(found, "Nearest first, whichever way they face.")
        elif act == "keep" and pose is not None:
            message |= {"kept": self._item(name_of(visit.turns), pose), "told": "Kept in this browser only."}
        else:
            message["told"] = "That is nothing this library can do."
        return json.dumps(message)

    def _library(self, turns: Sequence[Turn]) -> Library:
        """What a visitor searches: the stock and the poses of the conversation."""
        library = self._stock.library()
        own = [(pose, _plain(turn.user)) for turn in turns for pose in turn.poses[:1]][-_OWN:]
        if not own:
            return library
        labels = [called(name or "Earlier pose") for _, name in own]
        return library.beside(Shelf.of("conversation", torch.stack([pose.rotations for pose, _ in own]), labels))

    def _items(self, found: Sequence[Found], told: str) -> dict[str, Any]:
        items = [self._item(each.name, each.pose) | {"note": each.told} for each in found]
        return {"items": items, "told": " ".join(filter(None, (told, self._stock.told)))}

    def _item(self, name: str, pose: Pose) -> dict[str, Any]:
        picture = base64.b64encode(self._thumbs.picture(pose.facing_forward())).decode()
        return {
            "name": _plain(name) or "Pose",
            "pose": [round(float(number), 4) for number in pose.axis_angle.flat],
            "picture": f"data:image/webp;base64,{picture}",
        }


def told_of(found: Sequence[Found]) -> str:
    """How well a search went, in one line."""
    if not found:
        return "Nothing here is like that. Try a name such as “warrior”, or parts such as “left arm up”."
    asked = found[0].asked
    whole = sum(each.held == asked for each in found)
    if not asked or whole == len(found):
        return "The best first."
    if asked == 1:
        return (
            "The first does that." if whole == 1 else f"The first {whole} do that." if whole else "Nothing does that."
        )
    if whole:
        return f"The first {whole} {'does' if whole == 1 else 'do'} all of that, the others most of it."
    return f"None does all of that; the best does {found[0].held} of {asked}. Say it in the chat to have it made."


def name_of(turns: Sequence[Turn]) -> str:
    """What to call the pose in view: the words that brought it."""
    return next((_plain(turn.user) for turn in reversed(turns) if turn.poses and _plain(turn.user)), "My pose")


def _taken(visit: Visit, event: gr.EventData) -> Update:
    return take(visit, getattr(event, "name", None), getattr(event, "pose", None))


def take(visit: Visit, name: Any, numbers: Any) -> Update:
    """A pose of the panel comes into view, or what is wrong with it into the chat.

    Args:
        visit: the visitor's.
        name: what it is called; what is no text, or no letters, is left out.
        numbers: 66, axis-angle in radians.
    """
    try:
        pose = Pose.from_axis_angle(numbers)
    except ValueError:
        return visit.refuse(ValueError("That favourite holds no pose any more; remove it and keep it anew."))
    return visit.adopt(pose, _plain(name) or "From the library", TAKEN, kind="library")


def _plain(name: Any) -> str:
    """A name without what a page could take for more than letters, cut at a word."""
    text = " ".join(_ODD.sub(" ", name if isinstance(name, str) else "").split())
    return text if len(text) <= MAX_NAME else text[:MAX_NAME].rsplit(" ", 1)[0]
