"""What a turn is to do, decided from its words and what was said before, before the model runs."""

from __future__ import annotations

import itertools
import re

from unipose.body.pose import Pose
from unipose.chat import (
    correcting,
    courses,
    directing,
    ellipsis,
    leaning,
    photo_talk,
    references,
    rewording,
    routing,
    siding,
    spelling,
    trimming,
)
from unipose.chat.drafts import Draft, Drafts
from unipose.chat.memory import Memory
from unipose.chat.references import Reference, complaint, says
from unipose.chat.talk import Heard, hear, pictured, puzzled, read, said, strange, unanswered, understood
from unipose.chat.turns import TextPiece, UserError
from unipose.chat.understanding import hinted, stated
from unipose.language.items import Statement
from unipose.language.reading.routes import classify

_POSES = ("generate", "edit", "retry")  # "retry" is found in the words as they stand, or not at all


class Planner:
    """Words to the draft of a turn.

    Args:
        memory: of the conversation so far.
        drafts: for the same conversation.
        again: how many answers were asked for anew; small talk is then worded otherwise.
    """

    def __init__(self, memory: Memory, drafts: Drafts, again: int = 0) -> None:
        self._memory, self._drafts, self._pose = memory, drafts, memory.pose
        self._number = memory.count
        self._wording = self._number + again

    def plan(self, text: str) -> Draft:
        """What a turn in these words does.

        Raises:
            UserError: it is about a pose that there is not.
        """
        if (draft := self._of_photo(text)) is not None:
            return draft
        leans = self._memory.last_move() is not None and leaning.leans(text)
        heard = Heard(text) if leans else hear(text, self._wording)
        if not heard.rest:
            return self._drafts.talk(text, heard.remark)
        draft = self._meant(heard.rest)
        if draft is None:
            return self._drafts.talk(text, puzzled(heard.rest, self._pose is not None, self._wording))
        draft.user = text
        if heard.remark:
            draft.pieces = itertools.chain([TextPiece(f"{heard.remark} ")], draft.pieces)
        return draft

    def _meant(self, text: str) -> Draft | None:
        """The turn for words that ask something of a pose; ``None`` when they are not understood."""
        text = spelling.mended(text)
        if (draft := self._of_several(text)) is not None:
            return draft
        text = routing.focus(text)
        if self._pose is not None:
            text = rewording.sat_up(rewording.grounded(rewording.reworded(text), self._pose), self._pose)
        text = routing.proposed(routing.pointed(text, self._pose))
        made = self._memory.made()
        if made is not None and (asked := correcting.corrected(text, made.asked)) is not None:
            return self._drafts.generate(asked) if made.base is None else self._drafts.edit(asked, made.base)
        if made is not None and made.base is not None and (rest := correcting.rather(text, made.asked)):
            if correcting.held(rest, made.base):
                return self._drafts.undo(text, 1)
            rather = self._order_in_full(rest, False) or (rest if read(rest) else "")
            if rather:
                return self._edit(rather, made.base)
        if (question := self._question(text)) is not None:
            return self._drafts.ask(question, self._find("current"))
        if ellipsis.takes_back(text, self._memory.orders()[0]):
            return self._drafts.undo(text, 1)
        if (shown := self._of_state(text)) is not None:
            return shown
        mirrored = references.mirrored(text) or references.exchanged(text)
        if (order := self._order_in_full(text, mirrored is not None)) is not None:
            return self._edit(order, self._find("current"))
        if (wanted := references.shown(text)) is not None:
            return self._drafts.show(text, self._find(wanted, text))
        if mirrored is not None:
            return self._drafts.mirror(text, self._find(mirrored, text))
        if references.fresh(text):
            return self._drafts.reset(text)
        if (which := references.recalled(text)) is not None:
            return self._drafts.talk(text, _recalled(which, self._memory.said()))
        return self._routed(text)

    def _of_several(self, text: str) -> Draft | None:
        """The turn for words about several poses to choose from; ``None`` where they are about none."""
        if count := references.more(text):
            return self._drafts.more(text, count)
        if self._pose is None:
            return None
        offered = self._memory.offered()
        if offered and (wanted := references.picked(text)) is not None and references.counts_offers(text):
            return self._drafts.show(text, self._find(wanted, text))
        if references.both(text) and (len(text.split()) == 1 or self._route(text) in ("compare", "describe")):
            named: list[Reference] = ["first", "second"] if len(offered) == 2 else []
            return self._drafts.compare(text, named, numbered=True)
        return None

    def _of_photo(self, text: str) -> Draft | None:
        """The turn for words about the people in a photo that was sent; ``None`` where they are about none."""
        sighting = self._memory.sighting()
        if sighting is None:
            return None
        meant = photo_talk.meant(text, sighting.look, sighting.in_view)
        if meant is None:
            return None
        if meant.answer:
            return self._drafts.talk(text, meant.answer)
        hint = meant.hint
        if meant.who is None:
            hint = photo_talk.all_known(hint, sighting.turn.asked, sighting.turn.verdicts)
        return self._drafts.estimate_again(text, sighting, meant.who, hint)

    def _question(self, text: str) -> str | None:
        """The question about the pose in view that a text asks in few words, or as if it were an order."""
        if self._pose is None:
            return None
        if (question := ellipsis.question(text, self._memory.question())) is not None:
            return question
        if self._route(text) in (*_POSES, "describe") and routing.wonders(text):
            name = routing.likely(text, "ask", True)
            if not (name and said(name, 0)) and name not in ("describe", "compare") and ellipsis.names_part(text):
                return routing.question(text)
        return None

    def _order_in_full(self, text: str, mirrors: bool) -> str | None:
        """The order for the pose in view that a text gives by leaning on what was said, or on what is seen.

        Args:
            text: what was said.
            mirrors: whether it may be one for the mirror ("the other way round"), should it lean on nothing.

        Raises:
            UserError: it leans on what was not said.
        """
        if self._spoken_of(text):
            return None
        if (full := self._in_full(text, mirrors)) is not None or self._pose is None or mirrors:
            return full
        if self._route(text) not in ("edit", "generate") or routing.well(text):
            return None
        for way in trimming.ways(text):
            if (full := self._in_full(way, True)) is not None:
                return full
            if routing.well(way) and self._route(way) == "edit":
                return way
        return None

    def _spoken_of(self, text: str) -> bool:
        """Whether a text is about the conversation, or a question, rather than an order that leans on it."""
        route = self._route(text)
        if route in ("undo", "describe", "compare") and not ellipsis.names_part(text):
            return True
        if route == "ask" and "?" in text and (routing.asks(text) or not leaning.leans(text)):
            return True
        return (
            self._pose is not None
            and routing.likely(text, route, True) in ("undo", "first")
            and not leaning.leans(text)
            and not (ellipsis.of_pronoun(text) and courses.gist(text, back=False).axis)  # "put that one back down"
        )

    def _in_full(self, text: str, mirrors: bool) -> str | None:
        order, spoken = self._memory.orders()
        last = self._memory.last_move()
        if last is not None and last.before is None and ellipsis.of_pronoun(text):
            spoken = [*siding.moved(last.order, last.after), *spoken]
        if self._pose is not None and (down := rewording.let_down(text, spoken)) != text:
            return rewording.grounded(down, self._pose)
        try:
            full = leaning.in_full(text, order, spoken, last)
        except UserError:
            if not mirrors:
                raise
            full = None
        if full is None and self._pose is not None and self._route(text) in ("edit", "generate"):
            told = siding.sided(text, spoken, self._pose)
            full = directing.in_full(told, self._pose, last) or (told if told != text and routing.well(told) else None)
        return full

    def _routed(self, text: str) -> Draft | None:
        """The turn by its route; ``None`` when the words say nothing that a body can do."""
        times = references.taken_back(text)
        kind = "undo" if times else self._route(text)
        which, order = references.split_base(text)
        told = which is not None and read(order)  # "go back to the first one and kneel"
        if kind in (*_POSES, "describe") and not told:
            draft = self._likely(text, kind)
            asks = draft is not None and draft.kind in ("ask", "compare") and not routing.described(text)
            if draft is not None and (kind != "describe" or draft.kind == "talk" or asks):  # who says it, means it
                return draft
        if kind == "generate" and self._pose is not None and (which is not None or references.amends(text)):
            kind = "edit"  # "take the first one and kneel"
        if kind == "edit" and rewording.anew(text):
            kind = "generate"
        if kind == "undo":
            return self._drafts.undo(text, max(1, times))
        if kind == "retry":  # in the place of turns that leave: it is not known which is meant
            raise UserError(complaint("nothing_to_retry"))
        if kind == "help":
            return self._drafts.talk(text, says("help"))
        if kind == "describe" and self._pose is not None and strange(text):
            return self._drafts.talk(text, unanswered(self._number))
        if kind in ("describe", "ask"):
            pose = self._find(next((r for r in references.mentions(text) if r != "current"), "current"), text)
            return self._drafts.ask(text, pose) if kind == "ask" else self._drafts.describe(text, pose)
        if kind == "compare":
            return self._drafts.compare(text, references.mentions(text), references.counts_offers(text))
        about_a_body = pictured if self._pose is not None else understood
        if not (read(order) or hinted(order, kind == "edit") or (kind == "generate" and about_a_body(order))):
            return None
        if kind == "edit":
            return self._edit(order, self._find(which or "current", text))
        return self._drafts.generate(text)

    def _likely(self, text: str, kind: str) -> Draft | None:
        """The turn for words that are like those of another intent; ``None`` where they are what they seem."""
        name = routing.likely(text, kind, self._pose is not None)
        if name in ("more", "less", "other_side"):
            last, (order, spoken) = self._memory.last_move(), self._memory.orders()
            full = None if last is None else leaning.by_intent(name, text, order, spoken, last)
            if full is None and name == "other_side":
                return self._drafts.mirror(text, self._find("current"))
            return None if full is None else self._drafts.edit(full, self._find("current"))
        if name == "first":
            return self._drafts.show(text, self._find("first"))
        if name == "undo":
            return self._drafts.undo(text, 1)
        if name == "ask" and (kind != "describe" or routing.answerable(routing.question(text))):
            return self._drafts.ask(routing.question(text), self._find("current"))
        if name == "describe" and kind != "describe":
            return self._drafts.describe(text, self._find("current"))
        if name == "compare":
            return self._drafts.compare(text, references.mentions(text), references.counts_offers(text))
        answer = said(name, self._number) if name else ""
        return self._drafts.talk(text, answer) if answer else None

    def _route(self, text: str) -> str:
        """What is wanted; words before it ("oh no, undo") do not hide a wish that is none for a pose."""
        has_pose = self._pose is not None
        kind, led = classify(text, has_pose), references.led(text)
        if kind in _POSES and led and led != text:
            bare = classify(led, has_pose)
            return kind if bare in _POSES else bare
        return kind

    def _of_state(self, text: str) -> Draft | None:
        """The turn for words that want a pose back by how it was; ``None`` where there was none like that."""
        told = "" if references.shown(text) is not None else references.state(text)
        claims = [item for item in stated(told).items if isinstance(item, Statement)] if told else []
        pose = self._memory.once(claims, bool(re.search(r"\bonly\b", told))) if claims else None
        return None if pose is None else self._drafts.show(text, pose)

    def _edit(self, order: str, base: Pose) -> Draft:
        return self._drafts.edit(directing.by_pose(order, base), base)

    def _find(self, which: Reference, text: str = "") -> Pose:
        return self._memory.find(which, references.counts_offers(text))


def _recalled(which: str, spoken: list[str]) -> str:
    if not spoken:
        return says("nothing_recalled")
    return says("recalled", user=spoken[0] if which == "first" else spoken[-1])
