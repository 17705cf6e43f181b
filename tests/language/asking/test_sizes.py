"""Questions for a size, by composition: parts, sides and words in any order; nothing that orders a movement is one."""

import random

import pytest

from unipose.language.asking.answering import Answerer
from unipose.language.asking.sizes import Sizes
from unipose.language.checking.checker import Checker
from unipose.language.items import Amount, Statement
from unipose.language.measuring.registry import read_data
from unipose.language.reading.parser import Parser

ASKED = [
    ("what's the knee flexion on the right?", "{side}_knee_flexion", "right"),
    ("report the right elbow flexion", "{side}_elbow_flexion", "right"),
    ("right elbow flexion?", "{side}_elbow_flexion", "right"),
    ("could you tell me the right knee angle", "{side}_knee_flexion", "right"),
    ("give me both knee angles", "{side}_knee_flexion", ""),
    ("tell me how bent the right knee is", "{side}_knee_flexion", "right"),
    ("how much is the right shoulder abduction?", "{side}_upper_arm_rise", "right"),
    ("how far off the floor is the right knee?", "{side}_knee_clearance", "right"),
    ("how flexed is the right wrist?", "{side}_wrist_flexion", "right"),
    ("how high is her head?", "crown_clearance", ""),
    ("what is the height of the hips?", "pelvis_clearance", ""),
    ("how curved is his spine?", "spine_bend", ""),
    ("How much the back is rounded?", "spine_bend", ""),
    ("what is the neck rotation?", "head_turn", ""),
]
ORDERS = [
    "give me more right knee flexion",
    "increase the right knee flexion",
    "give me a back bend",
    "show me the right knee bent",
    "tilt the head",
    "right knee up",
]
OTHERS = ["how do I bend the knee?", "how far is the right foot from the left knee?", "how should the knee be bent?"]


@pytest.fixture(scope="module")
def answerer():
    return Answerer.load()


@pytest.mark.parametrize(("text", "measure", "side"), ASKED)
def test_a_size_is_asked_for_in_any_order(answerer, text, measure, side):
    asked = answerer.reader.read(text)
    assert (asked.kind, asked.topic, asked.side) == ("amount", measure, side)


@pytest.mark.parametrize("text", ORDERS)
def test_who_wants_a_movement_asks_nothing(answerer, text):
    assert answerer.reader.read(text) is None


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_more_than_a_size_is_not_taken_for_one(answerer, text):
    asked = answerer.reader.read(text)
    assert asked is None or asked.kind != "amount"


def test_every_size_that_can_be_asked_for_is_measured(registry):
    data = read_data("questions.yaml")["sizes"]
    for part, sizes in data["parts"].items():
        assert sizes.keys() <= data["words"].keys(), part
        for measure in sizes.values():
            assert measure.format(side="left") in registry.measure_index, (part, measure)


def test_every_size_is_answered_with_what_is_so(answerer, registry, values):
    sizes, checker, parser = read_data("questions.yaml")["sizes"], Checker(registry), Parser.load()
    told = 0
    for row, (part, group) in enumerate((p, g) for p, groups in sizes["parts"].items() for g in groups):
        words = sizes["words"][group]
        noun = (*words.get("nouns", ()), *words.get("moves", ()))[0]
        for near in range(3):
            one = values[(7 * row + near) % len(values)]
            question = f"what is the {noun} of the left {part}?"
            answer = answerer.answer(question, one, rng=random.Random(row))
            assert answer.kind == "amount" and answer.values, question
            assert all(checker.holds(answer.statements, one)), (question, answer.text)
            read = [item for item in parser.parse(answer.text).sure(1.0) if isinstance(item, Amount | Statement)]
            assert all(checker.holds(read, one)), (question, answer.text)
            told += bool(answer.statements)
    assert told > 100


def test_the_number_is_the_measure(answerer, registry, posed):
    values = posed(spine1=(0.3, 0, 0), spine2=(0.3, 0, 0))
    answer = answerer.answer("how curved is her spine?", values)
    value = float(values[registry.measure_index["spine_bend"]])
    assert abs(value) > 20 and f"about {round(value / 5) * 5} degrees" in answer.text
    assert answer.values == {"spine_bend": pytest.approx(value)}


def test_a_word_that_is_no_part_of_it_makes_it_no_question_of_size():
    sizes = Sizes(read_data("questions.yaml"))
    for said in ("how bent is left knee ", "how bent left knee is "):
        assert sizes.read(said, wanted=False) is not None
        assert sizes.read(f"{said}tomorrow ", wanted=False) is None


def test_an_opening_says_nothing_of_who_is_asked_about(answerer, values):
    plain, led = (
        answerer.answer(text, values[0]) for text in ("is she kneeling?", "may I ask whether she is kneeling?")
    )
    assert plain.text == led.text
