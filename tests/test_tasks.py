"""The task table: every template of every task can be asked, and wrong inputs are named."""

import itertools
import re

import pytest
import yaml

from unipose import tasks

TASKS = list(tasks.load().values())
CODES = [[3, 1, 4], [1, 5, 9]]
PICTURES = ["one picture", "another picture"]


def parts(content, kind, key):
    return [part[key] for part in content if part["type"] == kind]


def pictures(task):
    return PICTURES[: task.inputs.count("image")]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_every_template_holds_its_inputs_once(task):
    text = "Lift your left leg." if "text" in task.inputs else None
    images = pictures(task)
    codes = CODES[: task.pose_inputs]
    for template in range(len(task.asks)):
        content = task.ask(text=text, poses=codes, images=images, template=template)
        assert sorted(parts(content, "pose", "codes")) == sorted(codes)
        assert sorted(parts(content, "image", "image")) == sorted(images)
        words = " ".join(parts(content, "text", "text"))
        assert "{" not in words and (text is None or words.count(text) == 1)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_enough_distinct_ways_to_ask(task):
    # In a chat the user's words are the whole message: its variety is in the records, not in templates.
    assert len({ask.casefold() for ask in task.asks}) >= (1 if task.name == "chat" else 60)


@pytest.mark.parametrize("task", [task for task in TASKS if "text" in task.inputs], ids=lambda task: task.name)
@pytest.mark.parametrize("text", ["Lift your left leg.", "a man who sits", "Is the left arm up?"])
def test_templates_put_no_words_hard_against_the_text(task, text):
    """Whatever the words are, a template neither glues anything to them nor doubles their full stop."""
    for template in range(len(task.asks)):
        content = task.ask(text=text, poses=CODES[: task.pose_inputs], images=pictures(task), template=template)
        (part,) = [words for words in parts(content, "text", "text") if text in words]
        before, after = part.split(text)
        assert not before or before[-1] in ' "', part
        assert not after or after[0] in ' "', part


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_model_of_the_official_templates_is_asked_in_their_manner(task):
    text = "Lift your left leg." if "text" in task.inputs else None
    given = {"text": text, "poses": CODES[: task.pose_inputs], "images": pictures(task)}
    content = task.ask(**given, manner="published")
    assert parts(content, "pose", "codes") == given["poses"] and parts(content, "image", "image") == given["images"]
    words = " ".join(parts(content, "text", "text"))
    assert ("SMPL pose" in words) != (task.name in ("ask", "chat"))
    with pytest.raises(ValueError, match="manner own or published, found 'mine'"):
        task.ask(**given, manner="mine")


def test_questions_and_talk_are_words_on_both_sides():
    question = tasks.task("ask").ask(text="Is the left arm up?", poses=CODES[:1])
    assert question == [{"type": "pose", "codes": CODES[0]}, {"type": "text", "text": "Is the left arm up?"}]
    assert tasks.task("ask").answer(text="Yes.") == [{"type": "text", "text": "Yes."}]
    assert tasks.task("chat").ask(text="Hello!") == [{"type": "text", "text": "Hello!"}]
    assert tasks.task("chat").answer(text="Hi.") == [{"type": "text", "text": "Hi."}]


def test_two_poses_keep_their_order():
    for template in range(len(tasks.task("compare").asks)):
        content = tasks.task("compare").ask(poses=CODES, template=template)
        assert parts(content, "pose", "codes") == CODES


def test_two_photos_keep_their_order():
    for template in range(len(tasks.task("compare_photos").asks)):
        content = tasks.task("compare_photos").ask(images=PICTURES, template=template)
        assert parts(content, "image", "image") == PICTURES


def test_a_photo_is_asked_about_in_words_alone_or_for_its_pose():
    """Nothing but the wording tells these two tasks apart, so they share none."""
    words, pose = (
        {re.sub(r"\W+", " ", ask).strip().casefold() for ask in tasks.task(name).asks}
        for name in ("describe_photo", "estimate")
    )
    assert not words & pose


@pytest.mark.parametrize("name", ["describe_photo", "compare_photos"])
def test_no_two_ways_of_asking_about_photos_are_nearly_the_same(name):
    said = {ask: set(re.findall(r"\w+", re.sub(r"{\w+}", "", ask).casefold())) for ask in tasks.task(name).asks}
    for (one, mine), (other, yours) in itertools.combinations(said.items(), 2):
        assert len(mine & yours) < 0.5 * len(mine | yours), (one, other)


def test_answers_are_what_the_task_promises():
    assert tasks.task("generate").answer(poses=CODES[:1]) == [{"type": "pose", "codes": CODES[0]}]
    for name in ("describe", "describe_photo", "compare_photos"):
        assert tasks.task(name).answer(text="Arms up.") == [{"type": "text", "text": "Arms up."}]


@pytest.mark.parametrize("given", [{}, {"text": "x"}, {"poses": CODES[:1]}, {"text": "x", "poses": CODES}])
def test_wrong_inputs_are_named(given):
    with pytest.raises(ValueError, match="edit takes"):
        tasks.task("edit").ask(**given)


@pytest.mark.parametrize("images", [(), PICTURES[:1], [*PICTURES, "a third"]], ids=len)
def test_a_wrong_number_of_photos_is_named(images):
    with pytest.raises(ValueError, match=r"compare_photos takes \['image', 'image'\] here, found \["):
        tasks.task("compare_photos").ask(images=images)


def test_unknown_task_lists_what_there_is():
    with pytest.raises(ValueError, match="generate, describe, edit, compare"):
        tasks.task("sing")


@pytest.mark.parametrize("text", ["{pose} {text}", "<pose> <poseA> <image>", "{image}{}"])
def test_placeholders_in_a_text_are_only_words(text):
    content = tasks.task("edit").ask(text=text, poses=CODES[:1])
    assert parts(content, "pose", "codes") == CODES[:1] and parts(content, "image", "image") == []
    assert text in " ".join(parts(content, "text", "text"))


@pytest.mark.parametrize(
    ("added", "complaint"),
    [
        ("Describe it.", "Describe it"),
        ("Describe {pose}. Describe {pose}.", "has slots"),
        (tasks.task("describe").asks[0], "repeated"),
    ],
    ids=["without its slot", "two sentences in one", "twice"],
)
def test_a_wrong_template_is_refused(tmp_path, monkeypatch, added, complaint):
    rows = yaml.safe_load(tasks.DATA.read_text())
    rows["describe"]["ask"].append(added)
    broken = tmp_path / "tasks.yaml"
    broken.write_text(yaml.safe_dump(rows))
    monkeypatch.setattr(tasks, "DATA", broken)
    with pytest.raises(ValueError, match=complaint):
        tasks.load.__wrapped__()
