"""Answers to what is true or false, what has a name, and what would have to change."""

from __future__ import annotations

from collections.abc import Sequence

from unipose.language.asking.answers import Answer, Talk
from unipose.language.asking.facts import Lack
from unipose.language.items import Amount, Change, Item, Statement, deny

_WORDS = {1: "yes", -1: "no", 0: "unsure"}


def yes_no(talk: Talk) -> Answer:
    """ "Are the knees touching?": yes or no with evidence, or hard to say within the margin."""
    facts, claims = talk.facts, talk.question.claims
    if any(isinstance(item, Change) for items in claims for item in items):
        return _changed(talk)
    states = [facts.state(*items) for items in claims]
    if talk.question.topic == "either":
        return _either(talk, states)
    best = max(states)
    if best > 0:  # of readings that differ in side, those that hold
        so = [item for items, state in zip(claims, states, strict=True) if state > 0 for item in items]
        told = _so(talk, so)
        return talk.done(talk.frame("yes", x=told) if told else talk.frame("yes_it_is"), "yes")
    if best == 0:
        return talk.done(talk.frame("unsure") + _measured(talk, claims[states.index(0)]), "unsure")
    return talk.done(_no(talk, [item for items in claims for item in items]), "no")


def name(talk: Talk) -> Answer:
    """ "Is this warrior two?" and "What is this pose called?"."""
    if not talk.question.claims:
        return _called(talk)
    item = talk.question.claims[0][0]
    state = talk.facts.state(item)
    assert isinstance(item, Statement)
    words = talk.tongue.name(item.predicate, talk.rng)
    if state > 0:
        talk.claim(item)
        return talk.done(talk.frame("is_name", x=words), "yes")
    lacks = talk.facts.lacks(item)
    if state == 0:
        return talk.done(talk.frame("unsure"), "unsure")
    talk.claim(deny(item))
    needs = _needs(talk, lacks)
    return talk.done(talk.frame("is_not_name", x=words) + (talk.frame("would", x=needs) if needs else "."), "no")


def fix(talk: Talk) -> Answer:
    """ "What would make it warrior two?": what is missing, as commands."""
    if talk.question.topic == "symmetric":
        return _to_symmetry(talk)
    facts = talk.facts
    wanted = max(talk.question.claims, key=lambda items: min(facts.margin(item) for item in items))
    state = facts.state(*wanted)
    if state > 0:
        told = _so(talk, wanted)
        return talk.done(talk.frame("fixed_already", x=told) if told else talk.frame("fixed_as_it_is"))
    needs = _needs(talk, [lack for item in wanted for lack in facts.lacks(item)])
    if state == 0 or not needs:
        return talk.done(talk.frame("no_fix"))
    talk.claim(*(deny(item) for item in wanted if facts.state(item) < 0))
    return talk.done(talk.frame("fix", x=needs))


def why(talk: Talk) -> Answer:
    """ "Why is the left leg raised?": a pose has no reasons; what is not so is set right."""
    states = [talk.facts.state(*items) for items in talk.question.claims]
    if max(states) > 0:
        told = _so(talk, talk.question.claims[states.index(1)])
        text = talk.frame("why", x=told) if told else talk.frame("why_it_is")
        return talk.done(text, kind="unanswerable", unanswerable=True)
    return false_premise(talk, talk.question.claims)


def false_premise(talk: Talk, readings: Sequence[Sequence[Item]]) -> Answer:
    """What a question takes for granted is not so, or it cannot be said whether it is."""
    if any(talk.facts.state(*items) == 0 for items in readings):
        return talk.done(talk.frame("premise_unsure"), kind="premise")
    wrong = [item for items in readings for item in items if talk.facts.state(item) < 0]
    told = _sayable(talk, [deny(item) for item in wrong])
    text = talk.frame("premise", x=talk.clause(*told) if told else talk.frame("that_is_not"))
    return talk.done(text + (_rather(talk, wrong[0]) or talk.frame("premise_end")), kind="premise")


# ---------------------------------------------------------------------- parts of answers


def _changed(talk: Talk) -> Answer:
    """ "Is the left arm higher than before?"."""
    facts, items = talk.facts, talk.question.claims[0]
    if facts.before is None:
        return talk.done(talk.frame("needs_before"), unanswerable=True)
    state = facts.state(*items)
    by, same_way = "", False
    for item in items[:1]:
        if isinstance(item, Change):
            assert facts.before is not None
            which = facts.registry.measure_index[item.measure]
            step = float(facts.values[which] - facts.before[which])
            talk.values[item.measure] = step
            size = talk.tongue.rounded(item.measure, step, 5 if facts.registry.measures[which].unit == "deg" else 0.05)
            by = talk.tongue.number(size, talk.rng)
            same_way = step * item.direction > float(facts.registry.sigma[which]) / 2
    if state:
        talk.claim(*(item if state > 0 else deny(item) for item in items if facts.state(item) == state))
    frame = {1: "changed", 0: "unsure", -1: "changed_less" if same_way else "changed_not"}[state]
    return talk.done(talk.frame(frame, x=by), _WORDS[state])


def _either(talk: Talk, states: Sequence[int]) -> Answer:
    so = [item for items, state in zip(talk.question.claims, states, strict=True) if state > 0 for item in items]
    if told := _sayable(talk, so):
        return talk.done(talk.frame("either", x=talk.clause(*told)))
    if 0 in states:
        return talk.done(talk.frame("unsure"), "unsure")
    talk.claim(*(deny(item) for items in talk.question.claims for item in items if talk.facts.state(item) < 0))
    posture = talk.facts.posture()
    rather = talk.frame("told", x=talk.clause(Statement(posture))) if posture else ""
    return talk.done(f"{talk.frame('neither')} {rather}")


def _so(talk: Talk, items: Sequence[Item]) -> str:
    """What holds, with its number where it has one; empty where there are no words for any of it."""
    said: list[Item] = []
    for item in _of_sides(talk, items):
        measure = talk.facts.measure_of(item)
        amount = talk.tongue.amount(measure, talk.facts.value(measure), talk.rng) if measure else None
        if amount is not None and (not talk.tongue.says(item) or talk.rng.random() < 0.5):
            talk.claim(item)
            said.append(amount)
        elif talk.tongue.says(item):
            said.append(item)
        else:
            talk.claim(item)
            said += [Statement(word) for word in (talk.facts.graded(measure) if measure else "",) if word]
    return talk.clause(*said) if said else ""


def _of_sides(talk: Talk, items: Sequence[Item]) -> list[Item]:
    """Items, but of "one arm" the arm of which it is so, or both arms where it is denied."""
    found: list[Item] = []
    for item in items:
        if not isinstance(item, Statement) or talk.tongue.says(item):
            found.append(item)
            continue
        parts = (talk.facts.registry.table[part.predicate].id for part in talk.facts.registry[item.predicate].any)
        sides = [Statement(part, item.negated) for part in parts]
        found += [side for side in sides if item.negated or talk.facts.state(side) > 0] or [item]
    return found


def _sayable(talk: Talk, items: Sequence[Item]) -> list[Item]:
    """What of that can be said."""
    return [item for item in _of_sides(talk, items) if talk.tongue.says(item)]


def _no(talk: Talk, items: Sequence[Item]) -> str:
    facts = talk.facts
    wrong = [item for item in items if facts.state(item) < 0]
    right = _sayable(talk, [item for item in items if facts.state(item) > 0])
    denied = _sayable(talk, [deny(item) for item in wrong])
    if right and denied and len(talk.question.claims) == 1:
        return talk.frame("partly", x=talk.clause(*right), y=talk.clause(*denied))
    sayable = [item for item in wrong if talk.tongue.says(item)]
    if not sayable:  # a limit, which has no words of its own
        talk.claim(*map(deny, wrong))
        told = [one for one in (_instead(talk, item) for item in wrong) if one is not None]
        return talk.frame("no", x=talk.clause(*told) if told else talk.frame("no_number").rstrip("."))
    return talk.frame("no", x=talk.clause(*map(deny, sayable)) + _rather(talk, sayable[0]).rstrip("."))


def _rather(talk: Talk, item: Item) -> str:
    """What is so instead of a claim that is not; empty where nothing comes to mind."""
    found = _instead(talk, item)
    return talk.frame("rather", x=talk.clause(found)) + "." if found is not None else ""


def _instead(talk: Talk, item: Item) -> Item | None:
    facts, measure = talk.facts, talk.facts.measure_of(item)
    if measure:
        graded = facts.graded(measure)
        amount = talk.tongue.amount(measure, facts.value(measure), talk.rng)
        if graded and (amount is None or talk.rng.random() < 0.5):
            return Statement(graded)
        return amount
    if not isinstance(item, Statement):
        return None
    one = facts.registry[item.predicate]
    if one.side == "both":  # "only the left one"
        sides = [Statement(facts.registry.table[part.predicate].id) for part in one.all]
        so = [side for side in sides if facts.state(side) > 0 and talk.tongue.says(side)]
        return so[0] if so else _instead(talk, sides[0])
    if one.region in ("posture", "name"):
        posture = facts.posture()
        return Statement(posture) if posture else None
    return None


def _measured(talk: Talk, items: Sequence[Item]) -> str:
    """The number of what is on the edge."""
    for item in items:
        measure = talk.facts.measure_of(item)
        amount = talk.tongue.amount(measure, talk.facts.value(measure), talk.rng) if measure else None
        if amount is not None:
            return talk.frame("unsure_fact", x=talk.clause(amount))
    return ""


def _needs(talk: Talk, lacks: Sequence[Lack]) -> str:
    words, said = talk.tongue.needs(lacks, talk.voice, talk.rng, int(talk.data["needs_most"]))
    talk.claim(*(lack.is_so for lack in said if talk.facts.margin(lack.is_so) >= 0))
    return words


def _called(talk: Talk) -> Answer:
    facts, margin = talk.facts, talk.facts.registry.margin
    known = facts.names()
    fitting = [name for name, found in known if found >= margin]
    implied = {
        facts.registry.table[other].id
        for name in fitting
        for other in facts.registry.implied[facts.registry.index[name]]
    }
    fitting = [name for name in fitting if name not in implied]
    if fitting:
        first, *others = fitting
        text = talk.frame("named", x=talk.tongue.name(first, talk.rng))
        talk.claim(Statement(first))
        if others:
            talk.claim(Statement(others[0]))
            text += talk.frame("named_too", x=talk.tongue.name(others[0], talk.rng))
        return talk.done(text)
    nearest = known[0][0]
    needs = _needs(talk, facts.lacks(Statement(nearest)))
    text = talk.frame("nameless")
    if needs:
        text += talk.frame("nearest", x=talk.tongue.name(nearest, talk.rng), y=needs)
    return talk.done(text)


def _to_symmetry(talk: Talk) -> Answer:
    facts, whole = talk.facts, Statement("body_symmetric")
    if facts.state(whole) > 0:
        talk.claim(whole)
        return talk.done(talk.frame("symmetric"))
    needs = _needs(talk, [*_unlike(talk), *_off_middle(talk)])
    if not needs:
        return talk.done(talk.frame("no_fix"))
    if facts.state(whole) < 0:
        talk.claim(deny(whole))
    return talk.done(talk.frame("fix", x=needs))


def _unlike(talk: Talk) -> list[Lack]:
    """What the right side would have to change to be like the left one, the clearest first."""
    facts, least, found = talk.facts, float(talk.data["alike_sigmas"]), []
    for pattern in talk.data["alike"]:
        left, right = (pattern.replace("{side}", side) for side in ("left", "right"))
        sigma = facts.registry.measures[facts.registry.measure_index[left]].sigma
        apart = (facts.value(left) - facts.value(right)) / sigma
        if abs(apart) >= least:
            step = talk.tongue.rounded(right, facts.value(right), 5)
            found.append(Lack(step, right, apart > 0, abs(apart)))
    return sorted(found, key=lambda lack: -lack.miss)


def _off_middle(talk: Talk) -> list[Lack]:
    """What leans or turns to one side."""
    facts, least, found = talk.facts, float(talk.data["alike_sigmas"]), []
    for measure in talk.data["middle"]:
        value, sigma = facts.value(measure), facts.registry.measures[facts.registry.measure_index[measure]].sigma
        if abs(value) / sigma >= least:
            straight = Amount(measure, -least * sigma, least * sigma)
            found.append(Lack(deny(straight), measure, value < 0, abs(value) / sigma))
    return sorted(found, key=lambda lack: -lack.miss)
