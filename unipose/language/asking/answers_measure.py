"""Answers about single parts: what they do, where they are, how much of something, which side has more of it."""

from __future__ import annotations

from collections.abc import Sequence

from unipose.body.skeleton import OTHER_SIDE
from unipose.language.asking.answers import Answer, Talk
from unipose.language.choosing.plan import Planner
from unipose.language.items import Amount, Item, Statement
from unipose.language.writing.grammar import series

_SIDES = ("left", "right")
_LEAST_STEPS = 1.5  # of its rounding that a size must have to be told as a number


def part(talk: Talk, planner: Planner, region: str) -> Answer:
    """ "What is my left arm doing?": what there is to say about a region of the registry."""
    items = plain_facts(talk, planner, region)
    if not items:
        return talk.done(talk.frame("nothing_stands_out", part=f"{talk.voice.whose} {talk.question.part}"))
    sentences = [items[at : at + 2] for at in range(0, len(items), 2)]
    return talk.done(" ".join(talk.frame("told", x=talk.clause(*some)) for some in sentences))


def plain_facts(talk: Talk, planner: Planner, region: str) -> list[Item]:
    """What is clearly so of a region and worth saying: no hedges, nothing denied."""
    found = planner.plan(talk.facts.values, talk.rng, "short", region).items
    plain = (item for item in found if isinstance(item, Statement) and not (item.negated or item.hedged))
    return [item for item in plain if talk.tongue.says(item)]


def where(talk: Talk) -> Answer:
    """ "Where is her left hand?", "Which way is she looking?"."""
    entry, topic = talk.data["where"][talk.question.topic], talk.question.topic
    within = entry.get("within", {})
    if within and all(lo <= talk.facts.value(measure) <= hi for measure, (lo, hi) in within.items()):
        talk.claim(*(Amount(measure, *bounds) for measure, bounds in within.items()))
        return talk.done(talk.rng.choice(entry["else"]))
    found: list[Item] = []
    for side in _asked_sides(talk, entry["groups"][0]):
        found += [item for item in _placed(talk, entry, side) if item not in found]
    if not found:
        return talk.done(
            talk.frame("nothing_stands_out", part=entry["part"].replace("the ", f"{talk.voice.whose} ", 1))
        )
    sentences = [found[at : at + 2] for at in range(0, len(found), 2)]
    return talk.done(
        " ".join(talk.frame("told", x=talk.clause(*some)) for some in sentences), kind="where" if topic else ""
    )


def _asked_sides(talk: Talk, names: Sequence[str]) -> Sequence[str]:
    if not any("{side}" in name for name in names):
        return ("",)
    return (talk.question.side,) if talk.question.side else _SIDES


def _placed(talk: Talk, entry: dict[str, Sequence[Sequence[str]]], side: str) -> list[Item]:
    """The first of each group that holds; where none does, the first measure that is worth a number."""
    fill = {"side": side, "other": OTHER_SIDE.get(side, "")}
    found: list[Item] = []
    for group in entry["groups"]:
        found += [Statement(name) for name in talk.facts.clear(name.format(**fill) for name in group)[:1]]
    if found:
        return found
    for measure in entry["measures"]:
        name = str(measure).format(**fill)
        amount = talk.tongue.amount(name, talk.facts.value(name), talk.rng)
        if amount is not None:
            return [amount]
    return []


def amount(talk: Talk) -> Answer:
    """ "How bent is the elbow?": a number and a word, of each side where none was named."""
    pattern = talk.question.topic
    sides = ("",) if "{side}" not in pattern else (talk.question.side,) if talk.question.side else _SIDES
    if pattern in talk.data["sizes"]:
        return _told(talk, pattern, sides)
    said: list[Item] = []
    for side in sides:
        measure = pattern.format(side=side)
        number = talk.tongue.amount(measure, talk.facts.value(measure), talk.rng)
        word = talk.facts.graded(measure)
        talk.values[measure] = talk.facts.value(measure)
        said += [number] if number is not None else []
        bent = bool(word) and not _at_rest(talk, word)  # "20 degrees, straight" would sound like a contradiction
        if word and (number is None or (bent and len(sides) == 1 and talk.rng.random() < 0.5)):
            said.append(Statement(word))
    if said:
        return talk.done(talk.frame("about", x=talk.clause(*said)))
    small = all(abs(talk.values[name]) < _too_small(talk, name) for name in talk.values)
    return talk.done(talk.frame("no_number" if small else "too_much"))


def _told(talk: Talk, pattern: str, sides: Sequence[str]) -> Answer:
    """Sizes that have words of their own (``sizes`` in ``answers.yaml``), as far as they are worth a number."""
    words, clauses = talk.data["sizes"][pattern], []
    for side in sides:
        measure = pattern.format(side=side)
        value = talk.values[measure] = talk.facts.value(measure)
        step = 5 if talk.tongue.in_degrees(measure) else 0.05
        number = talk.tongue.rounded(measure, value, step)
        if abs(value) >= _LEAST_STEPS * step:
            talk.claim(number)
            frame = words["more"] if value > 0 else words["less"]
            clauses.append(
                frame.format(whose=talk.voice.whose, side=side, n=talk.tongue.number(number, talk.rng)).strip()
            )
    return talk.done(talk.frame("about", x=series(clauses)) if clauses else talk.frame("no_number"))


def _at_rest(talk: Talk, word: str) -> bool:
    interval = talk.facts.registry[word].intervals[0]
    return interval.lo <= 0 <= interval.hi


def _too_small(talk: Talk, measure: str) -> float:
    return 2.5 * talk.facts.registry.measures[talk.facts.registry.measure_index[measure]].sigma


def compare(talk: Talk) -> Answer:
    """ "Which hand is higher, and by how much?", "Is the left knee more bent than the right?"."""
    entry = talk.data["compare"][talk.question.topic]
    gap = _gap(talk, entry)
    talk.values.update(_compared(talk, entry))
    verdict = _verdict(talk, entry, gap)
    lead = {"yes": "Yes, ", "no": "No, "}.get(verdict, "")
    if abs(gap) >= entry["apart"]:
        return talk.done(lead + _ordered(talk, entry, gap, keep=bool(lead)), verdict)
    if abs(gap) <= entry["alike"]:
        _claim_alike(talk, entry)
        return talk.done(lead + talk.frame("even_so") if lead else talk.frame("even"), verdict)
    return talk.done(talk.frame("close"), "unsure" if _asks_yes_no(talk) else "")


def _compared(talk: Talk, entry: dict[str, str]) -> dict[str, float]:
    names = [entry["gap"]] if "gap" in entry else [entry["of"].format(side=side) for side in _SIDES]
    return {name: talk.facts.value(name) for name in names}


def _gap(talk: Talk, entry: dict[str, str]) -> float:
    """How much more the left side has."""
    found = list(_compared(talk, entry).values())
    return found[0] if len(found) == 1 else found[0] - found[1]


def _ordered(talk: Talk, entry: dict[str, str], gap: float, keep: bool) -> str:
    more, less = ("left", "right") if gap > 0 else ("right", "left")
    said, words = more, entry["more"]
    if _asked_less(talk):
        said, words = less, entry["less"]
    if "gap" in entry:
        number = talk.tongue.rounded(entry["gap"], gap, 0.05)
        talk.claim(number)
        by = talk.rng.choice(talk.data["gap_by"]).format(n=talk.tongue.number(number, talk.rng))
    else:
        found = [
            talk.tongue.rounded(entry["of"].format(side=side), talk.values[entry["of"].format(side=side)], 5)
            for side in (said, OTHER_SIDE[said])
        ]
        talk.claim(*found)
        numbers = [talk.tongue.number(one, talk.rng) for one in found]
        by = talk.rng.choice(talk.data["sizes_by"]).format(more_n=numbers[0], less_n=numbers[1])
    frame = talk.rng.choice(talk.data["compared"])
    return str(frame.format(whose=talk.voice.whose, side=said, part=entry["part"], more=words, by=by))


def _claim_alike(talk: Talk, entry: dict[str, str]) -> None:
    for name, value in _compared(talk, entry).items():
        talk.claim(talk.tongue.rounded(name, value, 0.05 if "gap" in entry else 5))


def _asked_less(talk: Talk) -> bool:
    return any(
        word in talk.question.words.split("than")[0].replace("?", " ").split() for word in talk.data["less_words"]
    )


def _asks_yes_no(talk: Talk) -> bool:
    return not any(word in talk.question.words for word in ("which", "what", "how"))


def _verdict(talk: Talk, entry: dict[str, float], gap: float) -> str:
    """Yes or no, where a comparison was asked about as a fact."""
    if not _asks_yes_no(talk):
        return ""
    alike, apart = abs(gap) <= entry["alike"], abs(gap) >= entry["apart"]
    if not alike and not apart:
        return "unsure"
    words = talk.question.words
    if "one " in words and not talk.question.side and " left" not in words.partition("than")[0]:
        return "yes" if apart else "no"
    sides = [word for word in words.replace("?", " ").split() if word in _SIDES]
    if not sides:
        return "yes" if alike else "no"
    if alike:
        return "no"
    more = "left" if gap > 0 else "right"
    return "yes" if (sides[0] == more) != _asked_less(talk) else "no"
