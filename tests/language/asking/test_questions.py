"""Questions: read as what they ask, answered with what is so, refused where a pose cannot tell."""

import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.language.asking.answering import Answerer
from unipose.language.asking.asker import Asker
from unipose.language.asking.questions import KINDS, Question
from unipose.language.checking.checker import Checker
from unipose.language.items import Statement, spell, unspell
from unipose.language.measuring.lexicon import load_lexicon
from unipose.language.measuring.registry import read_data

READ = [
    ("part", "What's my left arm doing?"),
    ("part", "so what's going on with that left arm of hers"),
    ("part", "describe the left leg"),
    ("where", "Which way is she looking?"),
    ("where", "where is the right hand"),
    ("yes_no", "Are the knees touching?"),
    ("yes_no", "isn't she standing?"),
    ("yes_no", "is he sitting or standing?"),
    ("yes_no", "Is the left knee bent more than 90 degrees?"),
    ("amount", "How bent is the elbow?"),
    ("amount", "how far apart are teh feet"),
    ("compare", "Which hand is higher, and by how much?"),
    ("compare", "is the left knee more bent than the right?"),
    ("count", "What touches the floor?"),
    ("count", "How many feet are on the ground?"),
    ("which", "which arm is raised?"),
    ("name", "Is this warrior two?"),
    ("name", "what is this pose called"),
    ("balance", "Would he fall over?"),
    ("balance", "which leg carries the weight"),
    ("symmetry", "do left and right match?"),
    ("fix", "What must change to be symmetric?"),
    ("fix", "what would make it warrior two?"),
    ("why", "why is the left leg raised?"),
    ("unanswerable", "How many fingers is she holding up?"),
    ("unanswerable", "is he happy"),
    ("unanswerable", "what colour is her shirt"),
    ("unanswerable", "what will she do next?"),
]
ORDERS = [
    "raise the left arm",
    "could you raise the left arm?",
    "have him sit down",
    "do the splits",
    "put both arms up",
    "a person",
]
SIDES = {"left": "right", "right": "left"}


@pytest.fixture(scope="session")
def answerer():
    return Answerer.load()


@pytest.fixture(scope="session")
def asker(answerer):
    return Asker(answerer)


@pytest.fixture
def standing(posed):
    """Arms hanging, feet side by side."""
    return posed(left_shoulder=(0, 0, -1.4), right_shoulder=(0, 0, 1.4))


@pytest.mark.parametrize(("kind", "text"), READ)
def test_a_question_is_read_as_what_it_asks(answerer, kind, text):
    assert answerer.reader.read(text).kind == kind


def test_every_kind_is_read():
    assert {kind for kind, _ in READ} == set(KINDS)


@pytest.mark.parametrize("text", ORDERS)
def test_an_order_is_no_question(answerer, text):
    assert answerer.reader.read(text) is None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 599), st.integers(0, 10_000))
def test_what_an_answer_claims_is_so(asker, registry, values, row, seed):
    question, answer = asker.ask_about(values[row], random.Random(seed))
    assert question and answer.text
    assert all(Checker(registry).holds(answer.statements, values[row])), (question, answer)


def test_every_kind_is_asked_and_answered_as_that_kind(asker, values):
    for kind in asker.kinds:
        answers = [asker.ask_about(values[row], random.Random(row), kind)[1] for row in range(20)]
        assert sum(answer.kind == kind for answer in answers) >= 19


def test_questions_and_answers_have_variety(asker, values):
    pairs = [asker.ask_about(values[row], random.Random(row)) for row in range(200)]
    assert len({question for question, _ in pairs}) >= 190
    assert len({answer.text for _, answer in pairs}) >= 150
    beside = sum(answer.unanswerable or answer.kind == "premise" for _, answer in pairs)
    assert 0.02 <= beside / len(pairs) <= 0.14


def test_every_kind_has_at_least_eight_questions():
    for entry in read_data("questions.yaml")["questions"]:
        if entry["kind"] not in ("why", "which"):  # these hold a claim, which has wordings of its own
            assert len(entry["ask"]) >= 8, entry


def test_every_asked_pattern_reads_back(asker, answerer, values):
    for entry in read_data("questions.yaml")["questions"]:
        if entry["kind"] in ("part", "where", "amount", "compare", "count", "balance", "symmetry", "unanswerable"):
            for i in range(12):
                pattern = entry["ask"][i % len(entry["ask"])]
                asked = asker.worded(pattern, random.Random(i))
                found = answerer.reader.read(f"{asked}?")
                assert found is not None and found.kind == entry["kind"], asked


@pytest.mark.parametrize(
    ("turned", "question", "verdict"),
    [
        ({"left_elbow": (0, -1.6, 0)}, "Is the left elbow bent?", "yes"),
        ({"left_elbow": (0, -1.6, 0)}, "Is the right elbow bent?", "no"),
        ({"left_elbow": (0, -1.6, 0)}, "Is the left elbow bent more than 60 degrees?", "yes"),
        ({"left_elbow": (0, -1.6, 0)}, "Is the left elbow bent more than 120 degrees?", "no"),
        ({"left_elbow": (0, -1.6, 0)}, "is the left elbow more bent than the right?", "yes"),
        ({"left_elbow": (0, -1.6, 0)}, "is the right elbow more bent than the left?", "no"),
        ({}, "are both arms at the same height?", "yes"),
        ({}, "is this a t-pose?", "yes"),
        ({}, "is this warrior two?", "no"),
    ],
)
def test_yes_and_no(answerer, posed, turned, question, verdict):
    assert answerer.answer(question, posed(**turned)).verdict == verdict


def test_within_the_margin_it_is_hard_to_say(answerer, registry, values):
    name = "left_elbow_bent"
    margins = registry.margins(values, [name])[:, 0]
    row = int(margins.abs().argmin())
    answer = answerer.answer("Is the left elbow bent?", values[row])
    assert abs(margins[row]) < registry.margin and answer.verdict == "unsure"
    assert Statement(name) not in answer.statements


def test_the_side_that_is_meant_is_found(answerer, posed):
    bent = posed(left_elbow=(0, -1.6, 0))
    assert "left" in answerer.answer("Is the elbow bent?", bent).text
    assert "left" in answerer.answer("which elbow is bent?", bent).text
    assert answerer.answer("how bent is the bent elbow?", bent).values.keys() == {"left_elbow_flexion"}


def test_a_false_premise_is_set_right(answerer, standing):
    answer = answerer.answer("How bent is the raised left leg?", standing)
    assert answer.kind == "premise" and all(item.negated for item in answer.statements if isinstance(item, Statement))
    assert answerer.answer("why is she kneeling?", standing).kind == "premise"


def test_reasons_are_refused_but_what_is_so_is_granted(answerer, posed):
    answer = answerer.answer("why is the left elbow bent?", posed(left_elbow=(0, -1.6, 0)))
    assert answer.unanswerable and "bent" in " ".join(spell(item) for item in answer.statements)


def test_what_a_pose_cannot_tell_is_refused(answerer, standing):
    for question in ("is she smiling?", "who is this?", "is it raining there?", "colourless green ideas?"):
        answer = answerer.answer(question, standing)
        assert answer.unanswerable and answer.kind == "unanswerable" and not answer.verdict


def test_a_name_that_does_not_fit_tells_what_is_missing(answerer, standing):
    answer = answerer.answer("Is this warrior two?", standing)
    assert "would have to" in answer.text and Statement("either_warrior_two", negated=True) in answer.statements


def test_a_change_needs_the_pose_before(answerer, posed):
    less, more = posed(left_elbow=(0, -0.8, 0)), posed(left_elbow=(0, -1.6, 0))
    question = "Is the left elbow bent more?"
    assert answerer.answer(question, more).unanswerable
    assert answerer.answer(question, more, less).verdict == "yes"
    assert answerer.answer(question, less, more).verdict == "no"


def test_the_person_asked_about_is_the_one_answered_about(answerer, standing):
    for question, word in (
        ("are her knees bent?", "her"),
        ("are his knees bent?", "his"),
        ("are my knees bent?", "your"),
    ):
        assert word in answerer.answer(question, standing).text.lower().split()


@pytest.mark.parametrize("question", ["Which hand is higher?", "Which way is she looking?", "Where is the left hand?"])
def test_the_mirrored_pose_mirrors_the_claims(answerer, registry, rotations, question):
    mirror = torch.tensor([i for i in range(len(registry.measures))])
    values = registry.measure_poses(rotations[:40])
    for i, measure in enumerate(registry.measures):
        mirror[i] = registry.measure_index[measure.mirror]
    signs = torch.tensor([-1.0 if measure.odd else 1.0 for measure in registry.measures])
    swapped = question.replace("left", "right")
    for row in values:
        one = answerer.answer(question, row)
        other = answerer.answer(swapped, row[mirror] * signs)
        predicates = {registry[i.predicate].mirror for i in one.statements if isinstance(i, Statement)}
        assert predicates == {i.predicate for i in other.statements if isinstance(i, Statement)}


def test_an_answer_is_written_down_and_read_back(answerer, standing):
    record = answerer.answer("How bent are the knees?", standing).to_dict()
    assert {"text", "kind", "statements", "values", "verdict", "unanswerable"} == record.keys()
    assert all(spell(unspell(item)) == item for item in record["statements"])


@pytest.mark.parametrize("text", ["", "?", "   ", "is?", "why", "which is", "do", "how", "a" * 2000 + "?"])
def test_any_text_has_an_answer(answerer, standing, text):
    assert answerer.answer(text, standing).text


def test_wrong_measures_are_refused(answerer):
    with pytest.raises(ValueError, match="measures of one pose"):
        answerer.answer("is she standing?", torch.zeros(3))


@pytest.mark.parametrize("question", ["are both feet flat now?", "is the left foot on the ground?"])
def test_what_can_only_be_heard_is_answered_without_naming_it(answerer, standing, question):
    answer = answerer.answer(question, standing)
    assert answer.text.startswith("Yes"), answer.text


def test_what_a_name_lacks_can_be_said_of_every_name(answerer, standing):
    for entry in load_lexicon():
        claims = ((Statement(entry.id.format(side="left")),),)
        answer = answerer.answer(Question("fix", claims=claims), standing, rng=random.Random(0))
        assert answer.text, entry.id
