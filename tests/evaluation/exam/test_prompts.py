"""Exams written by hand: reading and marking."""

import pytest
import torch

from unipose.body.postures import standing
from unipose.body.skeleton import JOINT_NAMES
from unipose.evaluation.exam.prompts import ABOUT, marks, read_prompts, shipped
from unipose.language import Amount, Parser, Registry, Statement


def written(tmp_path, text):
    path = tmp_path / "exam.yaml"
    path.write_text(text, encoding="utf-8")
    return read_prompts(path)


def test_a_fact_holds_when_any_of_its_items_does(tmp_path):
    (prompt,) = written(tmp_path, "- {text: stand, facts: [[kneeling, standing], [not standing], [not kneeling]]}")
    values = Registry.load().measure_poses(standing().rotations[None])
    assert marks([prompt], values) == [[True, False, True]]


def test_a_centre_leaves_room_on_both_sides(tmp_path):
    (prompt,) = written(tmp_path, "- {text: bend, facts: [[left_elbow_flexion = 90]]}")
    registry = Registry.load()
    reach = ABOUT * registry.measures[registry.measure_index["left_elbow_flexion"]].sigma
    assert prompt.facts == ((Amount("left_elbow_flexion", 90 - reach, 90 + reach),),)
    straight = registry.measure_poses(torch.eye(3).repeat(1, len(JOINT_NAMES), 1, 1))
    assert marks([prompt], straight) == [[False]]


def test_a_name_is_one_fact(tmp_path):
    (prompt,) = written(tmp_path, "- {text: the way a toad sits, name: frog}")
    assert prompt.facts == ((Statement("frog"),),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "list of prompts"),
        ("- {text: stand}", "text and facts"),
        ("- {text: stand, facts: []}", "none empty"),
        ("- {text: stand, facts: [[]]}", "none empty"),
        ("- {text: stand, facts: [[no_such_thing]]}", "no_such_thing"),
        ("- {text: stand, facts: [[left_moustache = 3]]}", "left_moustache"),
        ("- {text: stand, facts: [[left_elbow_flexion + 10 30]]}", "two poses"),
    ],
)
def test_what_cannot_be_marked_is_refused(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        written(tmp_path, text)


def test_names_in_unseen_words_are_many_and_unseen():
    """No wording of a name is taught: the parser knows none of them for sure, however it may guess."""
    prompts = read_prompts(shipped()["names in unseen words"])
    assert len(prompts) >= 60 and len({prompt.text for prompt in prompts}) == len(prompts)
    assert len({prompt.facts for prompt in prompts}) == len(prompts)  # each name once
    parser = Parser.load()
    for prompt in prompts:
        wanted = prompt.facts[0][0].predicate.removeprefix("either_")
        parse = parser.parse(prompt.text)
        sure = [item.predicate for item in parse.sure(1.0) if isinstance(item, Statement)]
        assert not any(predicate.endswith(wanted) for predicate in sure), prompt.text
