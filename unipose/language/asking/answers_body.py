"""Answers about the body as a whole: what touches what, balance, weight, symmetry."""

from __future__ import annotations

from collections.abc import Sequence

from unipose.language.asking.answers import Answer, Talk
from unipose.language.items import Item, Statement, deny
from unipose.language.writing.grammar import series

_SIDES = ("left", "right")
_COUNTED = ("None", "One", "Two")


def count(talk: Talk) -> Answer:
    """ "What touches the floor?", "How many feet are on the ground?", "What is the hand touching?"."""
    if talk.question.topic == "floor":
        return _floor(talk)
    if talk.question.topic == "contacts":
        return _contacts(talk)
    return _how_many(talk, talk.question.topic)


def which(talk: Talk) -> Answer:
    """ "Which arm is raised?", "How many hands are above the head?"."""
    states = {side: talk.facts.state(*items) for side, items in zip(_SIDES, talk.question.claims, strict=True)}
    so = [side for side in _SIDES if states[side] > 0]
    talk.claim(
        *(item for side, items in zip(_SIDES, talk.question.claims, strict=True) if states[side] > 0 for item in items)
    )
    if 0 in states.values():
        return talk.done(talk.frame("one_at_least", side=so[0]) if so else talk.frame("unsure"))
    talk.claim(
        *(
            deny(items[0])
            for side, items in zip(_SIDES, talk.question.claims, strict=True)
            if states[side] < 0 and len(items) == 1
        )
    )
    if len(so) == 1:
        return talk.done(talk.frame("one", side=so[0]))
    return talk.done(talk.frame("both" if so else "none"))


def balance(talk: Talk) -> Answer:
    """ "Would he fall over?", "Which leg carries the weight?"."""
    return _weight(talk) if talk.question.topic == "weight" else _falling(talk)


def symmetry(talk: Talk) -> Answer:
    """ "Do left and right match?"."""
    whole = Statement(f"{talk.question.topic}_symmetric")
    denied = any(word in talk.question.words for word in ("difference", "different", "asymmetric"))
    state = talk.facts.state(whole)
    if state == 0:
        return talk.done(talk.frame("unsure"), "unsure")
    if state > 0:
        return talk.done(talk.frame("no" if denied else "yes", x=talk.clause(whole)), "no" if denied else "yes")
    said = talk.clause(deny(whole)) + _difference(talk)
    return talk.done(talk.frame("yes" if denied else "no", x=said), "yes" if denied else "no")


def _difference(talk: Talk) -> str:
    """The clearest difference between the sides."""
    region = {"arms": "arm", "legs": "leg"}.get(talk.question.topic, "")
    best: tuple[float, str] = (0.0, "")
    for pattern in talk.data["alike"]:
        measures = [pattern.format(side=side) for side in _SIDES]
        entry = talk.facts.registry.measures[talk.facts.registry.measure_index[measures[0]]]
        if region in entry.region:
            apart = abs(talk.facts.value(measures[0]) - talk.facts.value(measures[1])) / entry.sigma
            best = max(best, (apart, pattern))
    if best[0] < float(talk.data["alike_sigmas"]):
        return ""
    items = [
        talk.tongue.amount(name, talk.facts.value(name), talk.rng)
        for name in (best[1].format(side=side) for side in _SIDES)
    ]
    return (
        talk.frame("differs", x=talk.clause(*(item for item in items if item is not None))).rstrip(".")
        if any(items)
        else ""
    )


# ---------------------------------------------------------------------- contacts


def _floor(talk: Talk) -> Answer:
    sure: list[tuple[str, str]] = []  # what touches, and the word for a pair of it
    perhaps: list[tuple[str, str]] = []
    for entry in talk.data["floor"]:
        for side in _SIDES if "{side}" in entry["part"] else ("",):
            state, item = _down(talk, entry["any"], side)
            words = entry["part"].format(whose=talk.voice.whose, side=side)
            if state > 0:
                talk.claim(item)
            if state >= 0:
                (sure if state else perhaps).append((words, entry.get("of", "")))
    unsure = series(_paired(talk, perhaps)) if perhaps else ""
    if not sure:
        return talk.done(talk.frame("floor_unclear", x=unsure) if unsure else talk.frame("touches_nothing"))
    told = _paired(talk, sure)
    text = talk.frame("floor", x=series(told), es="es" if len(sure) == 1 else "")
    return talk.done(text + (talk.frame("floor_perhaps", x=unsure) if unsure else ""))


def _paired(talk: Talk, found: Sequence[tuple[str, str]]) -> list[str]:
    """ "both feet" for the left and the right one."""
    words: list[str] = []
    kinds = [kind for _, kind in found]
    for part, kind in found:
        said = f"both {talk.data['paired'][kind]}" if kind and kinds.count(kind) == 2 else part
        words += [said] if said not in words else []
    return words


def _down(talk: Talk, names: Sequence[str], side: str) -> tuple[int, Item]:
    """Whether a part is on the floor by any of some predicates, and the one that says most."""
    items = [Statement(name.format(side=side)) for name in names]
    best = max(items, key=talk.facts.margin)
    return talk.facts.state(best), best


def _how_many(talk: Talk, topic: str) -> Answer:
    one = {"feet": "foot", "hands": "hand", "knees": "knee"}[topic]
    entry = next(entry for entry in talk.data["floor"] if entry.get("of") == one)
    found = {side: _down(talk, entry["any"], side) for side in _SIDES}
    on = [side for side in _SIDES if found[side][0] > 0]
    unsure = [side for side in _SIDES if found[side][0] == 0]
    talk.claim(*(item if state > 0 else deny(item) for state, item in found.values() if state))
    lead, verdict = _lead(talk, len(on), len(unsure))
    if unsure:
        sure = f"{lead}{_COUNTED[len(on)].lower() if lead else _COUNTED[len(on)]} for sure"
        other = f"the {' and the '.join(unsure)} {one if len(unsure) == 1 else topic}"
        return talk.done(f"{sure}; {other} may be, that is too close to call.", verdict)
    told = {0: f"none of the {topic}", 1: f"{talk.voice.whose} {''.join(on)} {one}", 2: f"both {topic}"}[len(on)]
    if not lead:
        return talk.done(f"{_COUNTED[len(on)]}: {told}." if on else f"{told}.", verdict)
    return talk.done(f"{lead}{'only ' if verdict == 'no' and on else ''}{told}.", verdict)


def _lead(talk: Talk, sure: int, unsure: int) -> tuple[str, str]:
    """Yes or no where that was asked: both of them, or any."""
    words = talk.question.words
    if "how many" in words or "one foot or" in words or "one leg or" in words:
        return "", ""
    wanted = 1 if any(word in words.split() for word in ("any", "a", "one", "either")) else 2
    if sure >= wanted:
        return "Yes, ", "yes"
    return ("No, ", "no") if sure + unsure < wanted else ("Hard to say: ", "unsure")


def _contacts(talk: Talk) -> Answer:
    sides = (talk.question.side,) if talk.question.side else _SIDES
    names = dict.fromkeys(name.format(side=side) for name in talk.data["touching"] for side in sides)
    found = [Statement(name) for name in talk.facts.clear(names)][: int(talk.data["touching_most"])]
    if not found:
        talk.claim(*(deny(Statement(name)) for name in names if talk.facts.state(Statement(name)) < 0))
        talk.values.clear()
        return talk.done(talk.frame("touches_nothing" if len(sides) == 1 else "many_touch_nothing"))
    return talk.done(talk.frame("told", x=talk.clause(*found)))


# ---------------------------------------------------------------------- balance


def _falling(talk: Talk) -> Answer:
    facts, words = talk.facts, talk.question.words
    good, bad = facts.clear(["balanced"]), facts.clear(["off_balance", "precarious"])
    wants_balance = not any(
        word in words for word in ("fall", "topple", "tip", "unstable", "off balance", "wobbl", "lose")
    )
    talk.values["balance"] = facts.value("balance")
    if good:
        frame = "in_balance_yes" if wants_balance else "in_balance"
        return talk.done(talk.frame(frame, x=talk.clause(Statement(good[0]))), "yes" if wants_balance else "no")
    if bad:
        frame = "out_of_balance_no" if wants_balance else "out_of_balance"
        return talk.done(talk.frame(frame, x=talk.clause(Statement(bad[0]))), "no" if wants_balance else "yes")
    return _off_feet(talk) or talk.done(talk.frame("balance_unclear"), "unsure")


def _off_feet(talk: Talk) -> Answer | None:
    """The answer where the feet alone do not carry the body."""
    standing = Statement("on_feet")
    if talk.facts.state(standing) >= 0:
        return None
    talk.claim(deny(standing))
    talk.values.clear()
    posture = talk.facts.posture()
    if not posture:
        return talk.done(talk.frame("off_the_feet_unnamed"))
    return talk.done(talk.frame("off_the_feet", x=talk.clause(Statement(posture))))


def _weight(talk: Talk) -> Answer:
    facts = talk.facts
    alone = facts.clear(f"{side}_on_one_leg" for side in _SIDES)
    if alone:
        said = talk.clause(Statement(alone[0]))
        return talk.done(talk.frame("weight_all", x=said, side=alone[0].partition("_")[0]))
    off = _off_feet(talk)
    if off is not None:
        return off
    loaded = facts.clear(["left_leg_loaded", "right_leg_loaded", "weight_even"])
    if loaded:
        return talk.done(talk.frame("told", x=talk.clause(Statement(loaded[0]))))
    talk.values["weight_to_left"] = facts.value("weight_to_left")
    return talk.done(talk.frame("weight_unclear"))
