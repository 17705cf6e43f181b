"""Orders that lean on the last one: "a bit more", "twice as much", "the other way", "and the right one", "lower them".

Such an order is written out in full by re-writing the words of the last one. The phrases are data
(``phrases.yaml``). Which re-writing says what is meant is left to the parser: of many candidates the first is taken
that it reads as nothing but the change wanted.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from unipose.body.skeleton import OTHER_SIDE
from unipose.chat.references import complaint, phrases
from unipose.chat.turns import UserError
from unipose.chat.understanding import stated
from unipose.language.changing.changes import ChangeBook
from unipose.language.changing.orders import scaled
from unipose.language.items import Change, Item, Keep, Match, Statement
from unipose.language.measuring.registry import Registry

_SIDE = re.compile(r"\b(left|right)\b", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(it|them|(?:that|this) one)\b", re.IGNORECASE)

_Moves = frozenset[tuple[str, int]]  # measures and the direction each is to go


def resolve(text: str, order: str | None, spoken: Sequence[str] = ()) -> str | None:
    """An elliptic order in full.

    Args:
        text: what the user wrote.
        order: the last order in full; ``None`` when there was none.
        spoken: what was said of poses before, the latest first; pronouns stand for the body parts in it.

    Returns:
        The full order, or ``None`` when the text stands for itself.

    Raises:
        UserError: the text leans on an order or a body part, and there is none.

    >>> resolve("a bit more", "Raise both arms.")
    'raise both arms a bit higher'
    """
    bare = core(text)
    if match := _pattern("pronoun").fullmatch(bare):
        part = _part(spoken, plural=match["it"].lower() == "them")
        return _PRONOUN.sub(part, bare, count=1)
    if match := _pattern("step").fullmatch(bare):
        part = _part(spoken, plural=bare.lower().startswith("them"))
        return " ".join(filter(None, (part, _degree(match), match["step"].lower())))
    if (match := _pattern("one").fullmatch(bare)) and not _pattern("elsewhere").fullmatch(bare):
        return _one(match, spoken)
    if (match := _pattern("elsewhere").fullmatch(bare)) and (order is None or not _SIDE.search(order)):
        return _matching(match, spoken)
    for kind, rewrite in _REWRITES.items():
        match = _pattern(kind).fullmatch(bare)
        if match:
            if order is None:
                raise UserError(complaint("no_order"))
            return rewrite(match, tidy(order))
    return None


def leans(text: str) -> bool:
    """Whether a text may be an order that leans on the last one.

    >>> leans("go on"), leans("thanks")
    (True, False)
    """
    bare = core(text)
    return any(_pattern(kind).fullmatch(bare) for kind in ("step", *_REWRITES))


def moving(order: str) -> bool:
    """Whether an order is read to the last word, for sure, as nothing but changes."""
    return bool(_changes(order))


def core(text: str) -> str:
    """A text without the words it may open and close with ("and ... please").

    >>> core("Now the other arm as well, please!")
    'the other arm as well'
    """
    return re.sub(_tail(), "", re.sub(_lead(), "", text.strip(), flags=re.IGNORECASE), flags=re.IGNORECASE)


def names_part(text: str) -> bool:
    """Whether a text names a part of the body."""
    return re.search(rf"\b{_words()['part']}\b", text) is not None


def of_pronoun(text: str) -> bool:
    """Whether a text is an order about "it" or "them".

    >>> of_pronoun("now lower it a bit"), of_pronoun("a bit lower")
    (True, False)
    """
    return _pattern("pronoun").fullmatch(core(text)) is not None


def of_part(text: str, spoken: Sequence[str]) -> str:
    """An order about "it" about the part that it stands for; as it is where it is none, or no part was spoken of.

    >>> of_part("tilt it to the left", ["turn the head"]), of_part("kneel", ["turn the head"])
    ('tilt the head to the left', 'kneel')
    """
    bare = core(text)
    match = _pattern("pronoun").fullmatch(bare)
    if match is None:
        return text
    try:
        return _PRONOUN.sub(_part(spoken, plural=match["it"].lower() == "them"), bare, count=1)
    except UserError:
        return text


def matched(kind: str, text: str) -> re.Match[str] | None:
    """The match of a whole text, without the words around it, with one kind of the patterns."""
    return _pattern(kind).fullmatch(text)


def elsewhere(asked: str, side: str, part: str | None) -> str | None:
    """A request with its side exchanged or set, and the part if one is given; ``None`` where it speaks of no side."""
    order = tidy(asked)
    return _elsewhere(order, side, part) if _SIDE.search(order) else None


def pieces(order: str) -> list[str]:
    """The clauses of an order, and what joins them, by turns."""
    return re.split(rf"({_words()['joints']})", order)


def takes_back(text: str, order: str | None) -> bool:
    """Whether a text wants the last order undone by the only part of the body that it was about.

    >>> takes_back("scrap the head thing", "look up"), takes_back("undo the arms", "kneel and raise both arms")
    (True, False)
    """
    match = _pattern("undone").fullmatch(core(text))
    if match is None or order is None:
        return False
    limb = _limb(_unwanted(match))
    # "follow through now", in which nothing is read, is about no other part
    spoken_of = [regions for clause in pieces(tidy(order))[::2] if (regions := _regions(clause))]
    return bool(spoken_of) and all(limb in regions for regions in spoken_of)


def _unwanted(match: re.Match[str]) -> str:
    return next(filter(None, (match[kind] for kind in ("undone", "left_out", "ignored")))).lower()


def _limb(part: str) -> str:
    return next(limb for limb, pattern in _words()["limbs"].items() if re.fullmatch(pattern, part))


def question(text: str, asked: str | None) -> str | None:
    """A question that leans on the last one, or asks after a part only: "and the right one?", "what about the legs?"

    Args:
        text: what the user wrote.
        asked: the last question in full, if one was answered last.

    >>> question("And the right?", "How bent is the left knee?")
    'How bent is the right knee?'
    >>> question("What about the legs?", None)
    'describe the legs'
    """
    match = _pattern("follow_up").fullmatch(text.strip().rstrip(" .!?"))
    if match is None or not (asked or "?" in text):
        return None
    side, part = (match["side"] or "").lower(), match["part"]
    if asked is not None and side and _SIDE.search(asked):
        return _elsewhere(asked, side, part)
    if asked is not None and part and not side:
        found = re.sub(rf"\b(?:(?:left|right) )?{_words()['part']}\b", part.lower(), asked, count=1)
        if found != asked:
            return found
    return f"describe the {side} {part.lower()}".replace("  ", " ") if part and side != "other" else None


# -- one kind of ellipsis each ---------------------------------------------------------------------------------


def _more(match: re.Match[str], order: str) -> str:
    degree = _degree(match)
    return _each_clause(order, lambda clause: _further(clause, degree))


def _less(match: re.Match[str], order: str) -> str:
    degree = _degree(match) or _words()["slight"]

    def back(clause: str) -> str:
        forth = moves(_further(clause, ""))
        wanted = frozenset((measure, -direction) for measure, direction in forth)
        found = (one for variant in _variants(clause) for one in _graded(variant, degree, ("", *_steps(), "less")))
        return next((one for one in found if wanted and moves(one) == wanted), f"{clause} {degree} less")

    return _each_clause(order, back)


def _opposite(match: re.Match[str], order: str) -> str:
    opposites = _words()["opposites"]
    turned = re.sub(rf"\b({'|'.join(opposites)})\b", lambda word: opposites[word[0]], order)
    turned = _other_side(order) if turned == order else turned
    if turned == order:
        raise UserError(complaint("no_opposite", order=order))
    return turned


def _same_elsewhere(match: re.Match[str], order: str) -> str | None:
    limb = _stepped(order)
    if limb and not match["part"] and re.search(_words()["as_well"], match[0], re.IGNORECASE):
        side, other = limb.split()[0], OTHER_SIDE[limb.split()[0]]
        if match["side"].lower() in ("other", other):  # the last step alone would leave it behind
            return f"make the {limb.replace(side, other)} match the {limb}"
    if not match["part"] and (said := stated(order).items) and said == stated(_other_side(order)).items:
        return None  # "sink deeper into that left knee" is no other on the other side
    return _elsewhere(order, match["side"].lower(), match["part"])


def _stepped(order: str) -> str:
    """The arm or leg that an order takes a step further, "left arm"; empty for other orders."""
    changes = _changes(order)
    regions = {one for one in map(region, changes) if re.fullmatch("(?:left|right)_(?:arm|leg)", one)}
    further = set(order.split()).intersection(("more", "less", "lower", *_steps()))
    return regions.pop().replace("_", " ") if len(regions) == 1 and further and len(changes) else ""


def _elsewhere(order: str, side: str, part: str | None) -> str:
    order = _other_side(order) if side == "other" else _SIDE.sub(side, order)
    return re.sub(rf"\b(left|right) {_words()['part']}\b", rf"\1 {part.lower()}", order) if part else order


def _matching(match: re.Match[str], spoken: Sequence[str]) -> str | None:
    """One limb made like the other, where what was said of that is no order: "a man with the left arm raised"."""
    side, part = match["side"].lower(), match["part"]
    limbs = [limb for limb in ("arm", "leg") if not part or re.fullmatch(_words()["limbs"][limb], part.lower())]
    for text in spoken:
        kinds = {limb: re.compile(rf"\b(left|right) (?:{_words()['limbs'][limb]})\b") for limb in limbs}
        found = [(one.start(), one[1], limb) for limb, said in kinds.items() for one in said.finditer(text.lower())]
        if found:
            _, model, limb = max(found)
            if side in ("other", OTHER_SIDE[model]):
                return f"make the {OTHER_SIDE[model]} {limb} match the {model} {limb}"
    if part and side != "other":
        return None  # "and the right leg" after "raise both arms" is for the model to make sense of
    raise UserError(complaint("no_side"))


def _one(match: re.Match[str], spoken: Sequence[str]) -> str | None:
    """ "The right one up": the part last spoken of stands for "one"."""
    try:
        part = _part(spoken, plural=False)
    except UserError:
        return None
    noun = re.sub(r"^(?:.*\b(?:left|right) |both (?:of )?(?:the )?|(?:your|his|her|their|my|its|the) )+", "", part)
    side = match["side"].lower()
    if side == "other":
        named = _SIDE.search(part)
        if named is None:
            return None
        side = OTHER_SIDE[named[0].lower()]
    return f"{match['before']}the {side} {noun.removesuffix('s') if noun != 'feet' else 'foot'}{match['after']}"


def _ratio(match: re.Match[str], order: str) -> str:
    # so much of it has been done already
    share = float(_words()["ratios"][match["ratio"].lower()]) - 1.0
    return _each_clause(order, lambda clause: _again(clause, share))


def _undone(match: re.Match[str], order: str) -> str:
    part = _unwanted(match)
    limb = _limb(part)
    clauses = [clause for clause in re.split(_words()["joints"], order) if clause and limb in _regions(clause)]
    if not clauses:
        raise UserError(complaint("no_such_part", part=part, order=order))
    return ", ".join(_again(clause, -1.0) for clause in clauses)


_REWRITES: dict[str, Callable[[re.Match[str], str], str | None]] = {
    "more": _more,
    "less": _less,
    "opposite": _opposite,
    "elsewhere": _same_elsewhere,
    "ratio": _ratio,
    "undone": _undone,
}

# -- re-writing ------------------------------------------------------------------------------------------------


def _each_clause(order: str, rewrite: Callable[[str], str]) -> str:
    return "".join(piece if odd % 2 or not piece else rewrite(piece) for odd, piece in enumerate(pieces(order)))


def _further(clause: str, degree: str) -> str:
    """The clause with a comparative: "raise both arms higher", "lean further forward"."""
    clause = _without_degree(clause)
    read = (one for one in _graded(clause, degree, (*_steps(), "")) if moves(one))
    return next(read, " ".join(filter(None, (clause, degree, "more"))))


def _again(clause: str, share: float) -> str:
    """The clause that does so much of it once more, the other way where that is negative."""
    forth = clause if _changes(clause) else _further(clause, "")
    if not _changes(forth):
        raise UserError(complaint("nothing_to_scale", order=clause))
    book = ChangeBook.load()
    wanted = scaled([book.typical(change) for change in _changes(forth)], share)
    size = sum(map(book.size, wanted))
    if share < 0:
        forth = next((one for one in _reversals(forth) if moves(one) == _directions(wanted)), "")
    sizes = {one: sum(map(book.size, _changes(one))) for one in _resized(forth, abs(share)) if forth}
    fitting = [one for one in sizes if moves(one) == _directions(wanted)]
    if not fitting:
        raise UserError(complaint("nothing_to_scale", order=clause))
    return min(fitting, key=lambda one: abs(sizes[one] - size))


def _reversals(clause: str) -> Iterator[str]:
    """The clause with opposites in it, without its comparative where that can be."""
    bare = " ".join(word for word in _without_degree(clause).split() if word not in _steps())
    for variant in itertools.chain(_variants(bare), _variants(clause)):
        yield from _graded(variant, "", ("", *_steps(), "less"))


def _resized(clause: str, share: float) -> Iterator[str]:
    """The clause with its number so many times as large, or, where it has none, with every degree."""
    number = re.search(r"\d+(?:\.\d+)?", clause)
    if number:
        yield f"{clause[: number.start()]}{round(float(number[0]) * share):g}{clause[number.end() :]}"
        return
    words = _without_degree(clause).split()
    # "a bit more" rather than "more a bit"
    places = sorted(range(len(words), 0, -1), key=lambda place: [*words, ""][place] not in (*_steps(), "less"))
    for degree, place in itertools.product(_words()["degrees"], places):
        yield " ".join(filter(None, (*words[:place], degree, *words[place:])))


def _graded(clause: str, degree: str, steps: Sequence[str]) -> Iterator[str]:
    words = _without_degree(clause).split()
    if words and words[0] in _words()["unlessened"]:
        steps = [step for step in steps if step != "less"]
    for step, place in itertools.product(steps, range(len(words), 0, -1)):
        yield " ".join(filter(None, (*words[:place], degree, step, *words[place:])))


def _variants(clause: str) -> Iterator[str]:
    """The clause with any of its words turned into their opposites, none first."""
    opposites = {**_words()["opposites"], **OTHER_SIDE}
    choices = [(word, opposites[word]) if word in opposites else (word,) for word in clause.split()]
    yield from map(" ".join, itertools.islice(itertools.product(*choices), _words()["variants"]))


def moves(order: str) -> _Moves:
    """What an order changes, and which way."""
    return _directions(_changes(order))


def _directions(changes: Iterable[Change]) -> _Moves:
    return frozenset((change.measure, change.direction) for change in changes)


@functools.lru_cache(maxsize=4096)
def _changes(order: str) -> tuple[Change, ...]:
    """What an order changes; nothing unless it is read to the last word, for sure, as changes only."""
    read = stated(order)
    changes = tuple(item for item in read.sure(1.0) if isinstance(item, Change) and not item.negated)
    return () if read.unparsed or len(changes) < len(read.items) else changes


def _regions(order: str) -> str:
    """The parts of the body that an order speaks of."""
    return " ".join(map(region, stated(order).items))


def region(item: Item) -> str:
    """The region of the body that a claim is about."""
    registry = Registry.load()
    if isinstance(item, Statement):
        return registry[item.predicate].region
    if isinstance(item, Keep | Match):
        return item.region
    return registry.measures[registry.measure_index[item.measure]].region


def _other_side(order: str) -> str:
    return _SIDE.sub(lambda side: OTHER_SIDE[side[0].lower()], order)


def _part(spoken: Sequence[str], plural: bool) -> str:
    """The body part last spoken of, of the number asked for if there is one."""
    pattern = re.compile(_words()["noun_phrase"].format(part=_words()["part"]), re.IGNORECASE)
    for text in spoken:
        found = [match[0] for match in pattern.finditer(text)]
        fitting = [part for part in found if part.endswith(("s", "feet")) == plural]
        if found:
            return (fitting or found)[0].lower()
    raise UserError(complaint("no_part"))


def tidy(order: str) -> str:
    """An order in small letters, without the words it opens with."""
    return re.sub(_lead(), "", order.strip().rstrip(" .!?").lower()).strip()


def _without_degree(clause: str) -> str:
    return re.sub(rf"\b(?:{_words()['slightly']}|{_words()['strongly']})\s*", "", clause).strip()


def _degree(match: re.Match[str]) -> str:
    said = (match["degree"] or match[0]).strip().lower()
    if re.fullmatch(_words()["slightly"], said):
        return _words()["slight"]
    return _words()["strong"] if re.fullmatch(_words()["strongly"], said) else ""


# -- the data --------------------------------------------------------------------------------------------------


def _words() -> dict[str, Any]:
    return phrases()["ellipsis"]


def _steps() -> Sequence[str]:
    return _words()["steps"]


def _lead() -> str:
    return rf"^(?:(?:{_words()['lead']})\b[\s,]*)+"


def _tail() -> str:
    return rf"(?:[\s,.!?]+(?:{_words()['tail']}))*[\s.!?]*$"


@functools.lru_cache
def _pattern(kind: str) -> re.Pattern[str]:
    words = _words()
    degree = rf"(?P<degree>(?:{words['slightly']}|{words['strongly']})\s+)?"
    filled = words["patterns"][kind].replace("{degree}", degree).replace("{part}", words["part"])
    filled = filled.replace("{deed}", words["patterns"]["deed"])
    filled = filled.replace("{ratio}", "|".join(sorted(words["ratios"], key=len, reverse=True)))
    return re.compile(filled, re.IGNORECASE)
