"""The wordings: enough of them, each of one predicate, in every mood, about the part that is measured."""

import random
import re

import pytest

from unipose.language.items import Statement
from unipose.language.measuring.lexicon import load_lexicon
from unipose.language.measuring.registry import read_data
from unipose.language.writing.patterns import Both
from unipose.language.writing.wordings import read_wordings
from unipose.language.writing.writer import wording_id

POSTURES = {(Statement(name),) for name in read_data("cues.yaml")["posture_verbs"].values()}

OFTEN, PATTERNS, NAMED = 12, 5, 6  # ways to say a predicate, really different ones, ways to say a named pose
KINDS = {
    "declarative": {"act", "state", "be"},
    "imperative": {"act", "state", "tell"},
    "phrase": {"state", "tag", "be", "act"},
}
SIDE = re.compile(r"\b(left|right)\b(?! angle)")
LIMBS = {"arm", "hand", "elbow", "forearm", "wrist", "palm", "leg", "knee", "thigh", "shin", "foot", "ankle", "heel"}
# What a predicate may speak of besides the parts in its own name: the strict sense of a word ("hand" is not "arm").
SENSES = {
    "elbow": {"arm", "forearm"},
    "forearm": {"elbow", "wrist"},
    "palm": {"hand"},
    "wrist": {"hand", "forearm"},
    "shoulder": set(),
    "arm": {"elbow", "forearm"},
    "hand": set(),
    "knee": {"leg", "thigh", "shin", "foot"},
    "thigh": {"knee", "leg", "foot"},
    "shin": {"leg"},
    "ankle": {"foot", "shin", "leg"},
    "foot": {"leg", "ankle", "shin", "thigh", "heel"},
    "leg": {"knee", "thigh", "foot", "ankle"},
}


def words(template):
    """The words of a template, with the plural of what "both" may be said in several ways."""
    tokens = (*template.head, *template.rest)
    return " ".join(f"both {t.plural}" if isinstance(t, Both) else t for t in tokens).replace("~", "").split()


def said(writer, which):
    """Every wording of a predicate that may be written, as words."""
    groups = writer.templates(which).items()
    return [words(t) for kind, patterns in groups if kind != "read" for group in patterns for t in group]


@pytest.fixture(scope="module")
def spoken(registry):
    return [(which, one) for which, one in enumerate(registry.table) if not one.silent]


def test_every_predicate_is_said_in_many_ways(spoken, writer):
    named = {name for entry in load_lexicon() for name, _ in entry.wordings()}
    for which, one in spoken:
        if wording_id(one.id, one.side) in named:
            continue
        ways = len({" ".join(way) for way in said(writer, which)})
        assert ways >= OFTEN, f"{one.id} is said in {ways} ways; add patterns until there are {OFTEN}"
        patterns = [group[0] for kind, groups in writer.templates(which).items() if kind != "read" for group in groups]
        constructions = {(t.kind, t.head[-1] if t.kind == "act" else tuple(words(t)[-2:])) for t in patterns}
        assert len(constructions) >= PATTERNS, f"{one.id}: use other verbs and constructions; {PATTERNS} are wanted"


def test_every_named_pose_is_said_in_several_ways(spoken, writer):
    ways = {wording_id(one.id, one.side): {" ".join(way) for way in said(writer, which)} for which, one in spoken}
    for entry in load_lexicon():
        count = len(set().union(*(ways[name] for name, _ in entry.wordings())))
        assert count >= NAMED, f"{entry.id} is said in {count} ways; a named pose has at least {NAMED}"


def test_every_mood_has_a_wording(spoken, writer):
    for which, one in spoken:
        kinds = set(writer.templates(which))
        for mood, fitting in KINDS.items():
            assert kinds & fitting, f"{one.id} cannot be said in the {mood} mood; give it one of {sorted(fitting)}"


def test_what_is_worded_is_a_predicate(spoken):
    names = {wording_id(one.id, one.side) for _, one in spoken}
    assert set(read_wordings()) == names


def test_wordings_are_understood_in_every_mood(spoken, writer, parser):
    """What is written of a predicate alone is read as that predicate alone, so no wording belongs to two."""
    rng = random.Random(11)
    for which, one in spoken:
        text = writer.write([which], rng, "mixed").text
        parse = parser.parse(text)
        assert parse.items == (Statement(one.id),) and not parse.unparsed, (text, parse)


@pytest.mark.slow  # all the readings there are, more than 20 000
def test_all_wordings_are_understood(spoken, writer, parser):
    rng, grammar = random.Random(12), writer.grammar
    for which, one in spoken:
        for patterns in writer.templates(which).values():
            for template in (template for group in patterns for template in group):
                text = grammar.attached(template, grammar.voice("declarative", rng), rng)
                parse = parser.parse(text)
                said = parse.items[-1:] if parse.items[:-1] in POSTURES else parse.items  # "standing, feet together"
                assert said == (Statement(one.id),) and not parse.unparsed, (text, parse)


def test_sides_are_named_as_they_are_measured(spoken, writer):
    for which, one in spoken:
        for way in said(writer, which):
            sides = set(SIDE.findall(" ".join(way)))
            if one.side in ("left", "right"):
                assert sides, f"{one.id}: {' '.join(way)!r} does not tell the side"
            else:
                assert not sides, f"{one.id}: {' '.join(way)!r} names a side that is not measured"


def test_parts_are_named_in_the_strict_sense(spoken, writer):
    for which, one in spoken:
        parts = wording_id(one.id, one.side).split("_")
        first = parts[0]
        if first not in SENSES or one.region in ("name", "posture"):
            continue
        allowed = {part.removesuffix("s") for part in parts} | SENSES[first] | {first}
        for way in said(writer, which):
            named = {word.strip(",'s").removesuffix("s").replace("feet", "foot") for word in way} & LIMBS
            assert named <= allowed, f"{one.id}: {' '.join(way)!r} speaks of {sorted(named - allowed)}"


def test_articles_agree(spoken, writer):
    wrong = re.compile(r"\ba (?!one)[aeio]\w*|\ban [^aeiouLX ]\w*|\bthe (the|own)\b")  # an L, an X
    for which, one in spoken:
        for way in said(writer, which):
            assert not wrong.search(" ".join(way)), f"{one.id}: {' '.join(way)!r}"


def test_the_vocabulary_is_broad(spoken, writer):
    vocabulary = {word.strip(",") for which, _ in spoken for way in said(writer, which) for word in way}
    assert len(vocabulary) >= 1200
    assert {"ceiling", "floor", "wall", "horizon", "midline", "o'clock", "nape", "dangling", "jutting"} <= vocabulary
