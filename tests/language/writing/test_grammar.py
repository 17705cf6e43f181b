"""Words: verb forms, agreement, reference, negation, hedges and numbers, over everything that can be said."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.language.items import Amount, Statement
from unipose.language.writing.amounts import Amounts
from unipose.language.writing.grammar import series
from unipose.language.writing.inflection import Manner
from unipose.language.writing.patterns import alternatives
from unipose.language.writing.styles import MOODS, REGISTERS, VIEWPOINTS, Style

WRONG = [
    r"\b(they|you|we) (is|was|has|does|isn't|wasn't|doesn't)\b",
    r"(?<!does )\b(he|she|it|the person|the subject|the patient) (are|were|have|do|aren't|don't)\b",
    r"\bi (is|are|has|does|were)\b",
    r"\b(arms|hands|elbows|shoulders|legs|knees|feet|thighs|limbs) (is|was|isn't|wasn't|has)\b",
    r"\ba [aeio](?!ne)",
    r"\ban (?![aeiou]|[flx]\b)",
    r"\b(\w+) \1\b(?<!no no)",
    r"[~@<>{}|*]|  | [,.;:?]|,,|,\.|\.\.",
    r"\b(not|n't) (not|isn't|no)\b",
]


@pytest.fixture(scope="module")
def amounts(registry, writer) -> Amounts:
    return writer.amounts


@pytest.fixture(scope="module")
def sayable(registry, writer) -> list[str]:
    """Predicates that can be said in every mood."""
    return [p.id for i, p in enumerate(registry.table) if "act" in writer.templates(i)]


@pytest.mark.parametrize(
    ("verb", "third", "gerund"),
    [
        ("raise", "raises", "raising"),
        ("stretch", "stretches", "stretching"),
        ("lie", "lies", "lying"),
        ("dip", "dips", "dipping"),
        ("carry", "carries", "carrying"),
        ("look", "looks", "looking"),
    ],
)
def test_verb_forms(writer, verb, third, gerund):
    assert (writer.grammar.third(verb), writer.grammar.gerund(verb)) == (third, gerund)


def test_pasts_that_read_as_participles_are_not_formed(writer):
    assert writer.grammar.past("kneel") == "knelt" and writer.grammar.past("raise") is None


def test_subject_and_verb_are_joined(writer):
    short = Manner(short=True)
    assert writer.grammar.join("he", "is kneeling", short) == "he's kneeling"
    assert (
        writer.grammar.join("they", writer.grammar.be("they", short, negated=True) + " up", short) == "they aren't up"
    )
    assert writer.grammar.join("the man", "is up", short) == "the man is up"


def test_series():
    assert [series(["a"]), series(["a", "b"]), series(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_alternatives_nest():
    assert set(alternatives("a (b|c (d|e))")) == {"a b", "a c d", "a c e"}
    assert list(alternatives("plain")) == ["plain"]


STYLES = st.builds(Style, st.sampled_from(MOODS), st.sampled_from(REGISTERS), st.sampled_from(VIEWPOINTS))


@settings(max_examples=250, deadline=None)
@given(style=STYLES, data=st.data(), seed=st.integers(0, 10**6))
def test_what_is_written_is_what_was_given_in_sound_english(writer, sayable, style, data, seed):
    items = [
        Statement(predicate, negated=data.draw(st.integers(0, 5)) == 0, hedged=data.draw(st.integers(0, 7)) == 0)
        for predicate in data.draw(st.lists(st.sampled_from(sayable), min_size=1, max_size=6, unique=True))
    ]
    caption = writer.tell(items, random.Random(seed), style)
    assert list(caption.statements) == items
    assert (caption.register, caption.viewpoint, caption.level) == (style.register, style.viewpoint, None)
    assert [item for clause in caption.clauses for item in clause.items] == items
    for clause in caption.clauses:
        span = caption.text[clause.start : clause.end]
        assert span and span == span.strip()
    assert re.match(r"[A-Z\d]", caption.text) and caption.text[-1] in ".?!"
    assert not re.search(r"[.?!] [a-z]", caption.text), caption.text
    for wrong in WRONG:
        assert not re.search(wrong, caption.text.lower()), (wrong, caption.text)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), seed=st.integers(0, 10**6))
def test_one_part_takes_a_singular_verb(writer, registry, sayable, data, seed):
    one_sided = [name for name in sayable if registry[name].side in ("left", "right")]
    said = Statement(data.draw(st.sampled_from(one_sided)))
    text = writer.tell([said], random.Random(seed)).text
    assert not re.search(r"\b(left|right) (arm|hand|elbow|leg|knee|foot|thigh) (are|were|have)\b", text), text


def tell_all(writer, items, style=Style(), seeds=300):  # noqa: B008  (a frozen value)
    return {writer.tell(items, random.Random(seed), style).text for seed in range(seeds)}


def test_pronouns_have_one_antecedent(writer):
    texts = tell_all(writer, [[Statement("left_arm_raised")], [Statement("left_elbow_bent")]], seeds=2000)
    referring = [text for text in texts if re.search(r"\bIt(?:'s| is)\b", text)]
    assert any("left arm is" in text for text in referring), "a part spoken of is never referred to by a pronoun"
    for text in referring:
        thing = re.search(r"\b(figure|its)\b", text)  # the person is an "it" already
        assert not re.search(r"It(?:'s| is) (bent|flexed)", text) if thing else re.search(r"left arm .*\. It", text), (
            text
        )
    # the hand is on the knee: "it" could be either
    for text in tell_all(writer, [[Statement("left_hand_on_knee")], [Statement("left_hand_in_front")]], seeds=800):
        assert "It is" not in text and "It's" not in text or "figure" in text or " its " in text, text


def test_neighbours_share_words(writer):
    texts = tell_all(writer, [Statement("left_arm_raised"), Statement("left_elbow_bent")], seeds=600)
    assert any("left arm is raised and bent" in text for text in texts)
    texts = tell_all(writer, [Statement("both_knee_bent"), Statement("left_elbow_bent")], seeds=800)
    assert any(re.search(r"both \w+ ?knees and \w+ left elbow are (bent|flexed)", text) for text in texts) or any(
        "both knees and" in text.lower() for text in texts
    )


@pytest.mark.parametrize("mood", ["declarative", "imperative", "phrase"])
def test_denials_are_read_as_denials(writer, parser, sayable, mood):
    rng = random.Random(3)
    for _ in range(150):
        denied = Statement(rng.choice(sayable), negated=True)
        text = writer.tell([denied], rng, Style(mood)).text
        assert parser.parse(text).items == (denied,), text


def test_both_denied_is_not_neither(writer):
    texts = tell_all(writer, [Statement("both_arm_raised", negated=True)])
    assert all("both" in text.lower() for text in texts)


def test_what_follows_a_denial_is_not_denied(writer, parser):
    rng, said = random.Random(5), [Statement("left_knee_bent", negated=True), Statement("right_arm_raised")]
    for mood in ("declarative", "imperative"):
        for _ in range(150):
            text = writer.tell([said], rng, Style(mood)).text
            assert not re.search(
                r"(not|n't) [^.;,]*\b(and|with)\b (rais|lift|hold|put|her right|his right|the right)", text
            ), text


def test_hedges_are_heard(writer):
    hedges = [word for words in ("state", "act", "last") for word in writer.styles.hedges[words]]
    for predicate in ("left_arm_level", "kneeling", "left_knee_slightly_bent"):
        for text in tell_all(writer, [Statement(predicate, hedged=True)], seeds=60):
            assert any(hedge in text.lower() for hedge in hedges), text


# ---------------------------------------------------------------------- numbers


@settings(max_examples=200, deadline=None)
@given(data=st.data(), value=st.floats(-180, 180), seed=st.integers(0, 10**6))
def test_numbers_keep_their_tolerance(writer, amounts, registry, data, value, seed):
    measure = data.draw(st.sampled_from(sorted(amounts.measures)))
    rng = random.Random(seed)
    value = value if registry.measures[registry.measure_index[measure]].unit == "deg" else value / 100
    amount = amounts.of(measure, value, rng)
    if amount is None:
        return
    assert amount.lo <= value <= amount.hi
    half = 0.5 * registry.measures[registry.measure_index[measure]].sigma
    assert amount.lo + half <= value + 1e-6 and value - 1e-6 <= amount.hi - half
    caption = writer.tell([amount], rng, Style(register=rng.choice(REGISTERS)))
    assert caption.statements == (amount,)
    assert re.search(r"\d|ty|te|five|hundred", caption.text)
    assert not re.search("|".join(WRONG), caption.text.lower()), caption.text


def test_numbers_in_the_registers_own_way(writer, amounts):
    right_angle = amounts.interval("left_knee_flexion", 90, 10)
    assert right_angle == Amount("left_knee_flexion", 80, 100)
    assert all("90 degrees" in text for text in tell_all(writer, [right_angle], seeds=30))
    assert any("90°" in text for text in tell_all(writer, [right_angle], Style(register="clinical"), 60))
    assert any("ninety degrees" in text for text in tell_all(writer, [right_angle], Style(register="coach"), 60))
    both = [right_angle, amounts.interval("right_knee_flexion", 90, 10)]
    assert any("both knees" in text.lower() for text in tell_all(writer, both, seeds=60))


def test_sides_of_numbers(writer, amounts):
    to_the_right = amounts.interval("head_turn", -30, 5)
    assert all("right" in text and "left" not in text for text in tell_all(writer, [to_the_right], seeds=50))
    mirrored = tell_all(writer, [to_the_right], Style(viewpoint="mirror"), 50)
    assert all("left" in text and "right" not in text for text in mirrored)


def test_numbers_without_words(writer, amounts):
    assert amounts.of("left_knee_flexion", 3, random.Random(0)) is None
    with pytest.raises(ValueError, match="amounts.yaml"):
        writer.tell([Amount("left_hand_to_skull", 0.1, 0.2)], random.Random(0))
    with pytest.raises(ValueError, match="unknown measure"):
        amounts.interval("left_wing", 1, 1)


def test_numbers_do_not_share_wordings(amounts):
    seen = {}
    for saying in amounts.sayings:
        for template in (template for group in saying.templates for template in group):
            key = (template.kind, template.head, template.rest)
            assert seen.setdefault(key, saying) is saying, key
