"""The record schema."""

from __future__ import annotations

import pytest

from unipose.data.records import Record, read_records, write_records

POSE, OTHER = (1, 2, 3), (4, 5, 6)


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
