"""The record schema."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from unipose import tasks
from unipose.data.files import FileSource, stream
from unipose.data.records import Record, read_records, write_records

POSE, OTHER = (1, 2, 3), (4, 5, 6)
WORDS = some.text(some.characters(codec="utf-8"), min_size=1).filter(str.strip)


@some.composite
def turns(draw, length=3):
    """Any record without history whose poses have ``length`` codes."""
    task = draw(some.sampled_from([task for task in tasks.load().values() if "image" not in task.inputs]))
    poses = task.pose_inputs + (task.output == "pose")
    codes = some.lists(some.integers(0, 2047), min_size=length, max_size=length).map(tuple)
    return Record(
        task=task.name,
        text=draw(WORDS),
        poses=tuple(draw(codes) for _ in range(poses)),
        statements=tuple(draw(some.lists(some.text(some.characters(codec="utf-8")), max_size=2))),
        template=draw(some.integers(0, len(task.asks) - 1)),
        answer=draw(WORDS) if "text" in task.inputs and task.output == "text" else "",
    )


@settings(deadline=None, max_examples=50)
@given(turns(), some.lists(turns(), max_size=3))
def test_any_record_comes_back_from_its_line(tmp_path_factory, last, earlier):
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    told = {name: getattr(last, name) for name in ("task", "text", "poses", "statements", "template", "answer")}
    record = Record(**told, history=tuple(earlier))
    write_records(path, [record, last])
    assert list(read_records(path)) == [record, last]


def test_questions_have_words_on_both_sides():
    user, assistant = Record("ask", "Is the knee bent?", (POSE,), answer="Yes.").messages()
    assert user["content"] == [{"type": "pose", "codes": POSE}, {"type": "text", "text": "Is the knee bent?"}]
    assert assistant["content"] == [{"type": "text", "text": "Yes."}]
    user, assistant = Record("chat", "Hello", (), answer="Hi.").messages()
    assert (user["content"][0]["text"], assistant["content"][0]["text"]) == ("Hello", "Hi.")


def test_a_history_comes_before_the_last_question():
    earlier = Record("generate", "Sit down.", (POSE,)), Record("chat", "Thanks", (), answer="You are welcome.")
    messages = Record("edit", "Raise an arm.", (POSE, OTHER), history=earlier).messages()
    assert [message["role"] for message in messages] == ["user", "assistant"] * 3
    assert messages[:2] == earlier[0].messages()
    assert messages[-1]["content"] == [{"type": "pose", "codes": OTHER}]


def test_a_source_goes_to_a_file_and_a_file_is_a_source(tmp_path):
    class Counting:
        def batch(self, size, seed):
            return [Record("generate", f"Number {seed + place}.", (POSE,)) for place in range(size)]

    path = tmp_path / "many.jsonl"
    assert write_records(path, stream(Counting(), 600, seed=5)) == 600
    source = FileSource(path)
    assert len(source) == 600
    assert [record.text for record in read_records(path)] == [f"Number {5 + place}." for place in range(600)]
    assert source.batch(50, seed=1) == source.batch(50, seed=1) != source.batch(50, seed=2)
    assert len({record.text for record in source.batch(2000, seed=3)}) > 500
    with pytest.raises(ValueError, match="no records"):
        FileSource(tmp_path / "none.jsonl")
    with path.open("a") as file:
        file.write("{}\n")
    with pytest.raises(ValueError, match="line 601: not a record"):
        FileSource(path)


def test_messages_put_words_and_poses_on_their_sides():
    user, assistant = Record("generate", "Sit down.", (POSE,)).messages()
    assert any("Sit down." in part.get("text", "") for part in user["content"])
    assert assistant == {"role": "assistant", "content": [{"type": "pose", "codes": POSE}]}
    user, assistant = Record("describe", "He sits.", (POSE,)).messages()
    assert {"type": "pose", "codes": POSE} in user["content"]
    assert assistant["content"] == [{"type": "text", "text": "He sits."}]
    user, assistant = Record("edit", "Sit down.", (POSE, OTHER)).messages()
    assert [part["codes"] for part in user["content"] if part["type"] == "pose"] == [POSE]
    assert assistant["content"] == [{"type": "pose", "codes": OTHER}]


def test_files_give_back_what_was_written(tmp_path):
    records = [
        Record("generate", "Sit \u2013 now", (POSE,), ("seated",), 2),
        Record("compare", "The knee bends.", (POSE, OTHER)),
    ]
    assert write_records(tmp_path / "r.jsonl", records) == 2
    assert list(read_records(tmp_path / "r.jsonl")) == records


LONGER = Record("chat", "Thanks", (), answer="Sure.", history=(Record("generate", "Sit.", (POSE,)),))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"task": "generate", "text": "x", "poses": ()}, "needs 1 poses, found 0"),
        ({"task": "edit", "text": "x", "poses": (POSE,)}, "needs 2 poses, found 1"),
        ({"task": "edit", "text": "x", "poses": (POSE, (1,))}, "equally many codes"),
        ({"task": "generate", "text": "x", "poses": ((-1, 2),)}, "none negative"),
        ({"task": "generate", "text": "  ", "poses": (POSE,)}, "needs a text"),
        ({"task": "juggle", "text": "x", "poses": (POSE,)}, "unknown task"),
        ({"task": "generate", "text": "x", "poses": (POSE,), "template": 9999}, "templates 0"),
        ({"task": "ask", "text": "x", "poses": (POSE,)}, "needs an answer"),
        ({"task": "describe", "text": "x", "poses": (POSE,), "answer": "y"}, "no words besides its text, found 'y'"),
        ({"task": "chat", "text": "x", "poses": (), "answer": "y", "history": (LONGER,)}, "have no history"),
        ({"task": "generate", "text": "x", "poses": ((1,),), "history": (LONGER.history[0],)}, "equally many codes"),
    ],
)
def test_wrong_records_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Record(**fields)


def test_a_broken_line_is_named(tmp_path):
    write_records(tmp_path / "r.jsonl", [Record("generate", "Sit.", (POSE,))])
    with (tmp_path / "r.jsonl").open("a") as file:
        file.write('{"task": "generate"}\n')
    with pytest.raises(ValueError, match="line 2: not a record"):
        list(read_records(tmp_path / "r.jsonl"))
