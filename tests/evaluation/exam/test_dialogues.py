"""The exam of dialogues: its file is sound, right answers pass, wrong ones do not, and nothing of it is taught."""

from __future__ import annotations

import re

import pytest
import yaml

from unipose.chat import UniPose
from unipose.data.talk import families
from unipose.data.wording import read_talk
from unipose.evaluation.exam.dialogues import KINDS, UNSEEN, Exam, Mark, Marks, hold, read_exam
from unipose.evaluation.exam.prompts import shipped
from unipose.language.measuring.registry import read_data

SAID = [demand.say for dialogue in read_exam().dialogues for demand in dialogue]


def one_dialogue(tmp_path, *turns):
    path = tmp_path / "exam.yaml"
    path.write_text(yaml.safe_dump({"declining": ["can't"], "dialogues": [list(turns)]}))
    return read_exam(path)


def test_the_unseen_ones_are_others():
    exam = read_exam(UNSEEN)
    said = [demand.say.lower() for dialogue in exam.dialogues for demand in dialogue]
    assert len(exam.dialogues) == 30 and {len(dialogue) for dialogue in exam.dialogues} == {5}
    assert {demand.kind for dialogue in exam.dialogues for demand in dialogue} == set(KINDS)
    assert exam.declining == read_exam().declining
    assert len({text.lower() for text in SAID} & set(said)) < 0.05 * len(said)  # everybody says "undo"


def test_forty_dialogues_of_five_turns_of_every_kind():
    exam = read_exam()
    assert len(exam.dialogues) == 40
    assert all(len(dialogue) == 5 for dialogue in exam.dialogues)
    asked = [demand.kind for dialogue in exam.dialogues for demand in dialogue]
    assert set(asked) == set(KINDS)
    assert asked.count("refuse") >= 15


def test_whatever_declines_is_recognised():
    declining = read_exam().declining
    ours = [answer for family in families(["refusals"]) for answer in family.answers]
    theirs = [text for refusal in read_data("answers.yaml")["refusals"].values() for text in refusal["say"]]
    assert [text for text in (*ours, *theirs) if not declining.search(text)] == []
    assert not declining.search("The left arm is raised and the right knee is bent.")
    assert not declining.search("No, the left arm is lower.")


def test_nothing_of_the_exam_is_taught():
    """No run of five words of a pattern that is trained on is in this exam or in those beside it."""
    others = [each["text"] for path in shipped().values() for each in yaml.safe_load(path.read_text())]
    exam = {run for text in (*SAID, *others) for run in _runs(text)}
    scenes = [scene for scenes in read_talk("scenes").values() for scene in scenes]
    follow_ups = [text for name, texts in read_talk("dialogues").items() if name != "slots" for text in texts]
    talk = [pattern for family in families() for pattern in family.asks]
    assert not [(text, exam & _runs(text)) for text in (*scenes, *follow_ups, *talk) if exam & _runs(text)]


def test_turns_without_a_model_in_them_are_marked(tiny, tmp_path):
    """Undo, help and the pose in view are the session's own doing: a model whose words mean nothing passes these."""
    exam = one_dialogue(
        tmp_path,
        {"say": "stand up straight", "kind": "generate", "facts": [["standing", "not standing"]]},
        {"say": "raise both arms", "kind": "edit", "facts": [["left_arm_rise + 400 inf"]]},
        {"say": "undo", "kind": "undo", "same_as": 1},
        {"say": "describe it", "kind": "describe", "says_true": True},
        {"say": "make him smile", "kind": "refuse", "declines": True},
    )
    marks = hold(tiny, exam)
    assert [mark.right for mark in marks.turns[:3]] == [True, False, True]
    assert marks.turns[1].reason.startswith("not so")
    assert marks.by_kind()["undo"] == (1.0, 1)
    assert marks.whole() == 0 and marks.to_dict()["wrong"][0]["say"] == "raise both arms"


def test_an_error_of_the_session_is_its_answer(tiny, tmp_path):
    demands = ({"declines": True}, {"talks": True}, {"says_true": True})
    marks = [hold(tiny, one_dialogue(tmp_path, {"say": "compare them", "kind": "ask", **each})) for each in demands]
    assert [each.turns[0].reason for each in marks] == ["not declined", "", "no pose in view"]


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        ({"say": "x", "kind": "dance", "talks": True}, "one kind of"),
        ({"say": "x", "kind": "ask"}, "exactly one of"),
        ({"say": "x", "kind": "ask", "talks": True, "declines": True}, "exactly one of"),
        ({"say": "x", "kind": "undo", "same_as": 1}, "earlier turns"),
        ({"say": "x", "kind": "edit", "facts": [["left_wing_up"]]}, "left_wing_up"),
        ({"say": "x", "kind": "edit", "facts": [["keep"]], "loud": True}, "loud"),
    ],
)
def test_wrong_exams_are_refused(tmp_path, turn, message):
    with pytest.raises(ValueError, match=message):
        one_dialogue(tmp_path, turn)


def test_shares_are_of_turns_and_of_whole_dialogues():
    marks = Marks(tuple(Mark(number, 1, "", "edit", "", reason) for number, reason in ((1, ""), (1, "no"), (2, ""))))
    assert marks.share == pytest.approx(2 / 3)
    assert marks.whole() == pytest.approx(1 / 2)


@pytest.mark.slow
def test_the_embedded_model_holds_some_dialogues(nano_folder):
    """Slow: it answers fifteen turns."""
    exam = read_exam()
    marks = hold(UniPose.from_pretrained(nano_folder), Exam(exam.dialogues[:3], exam.declining))
    assert len(marks.turns) == 15
    assert marks.share >= 0.5
    assert marks.by_kind()["undo"][0] == 1


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z']+", text.lower())
    return {tuple(words[start : start + 5]) for start in range(len(words) - 4)}
