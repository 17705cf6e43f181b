"""One task over many items: what is read, what is written, and going on after any end."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from unipose import Pose, UniPose, cli
from unipose.batch import TASKS, read_items, run_batch
from unipose.body.postures import standing

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ["Kneel.", "Sit down.", "Raise both arms.", "Bend forward."]


def rows(path):
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def without_times(path):
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows(path)]


def write_rows(path, *listed):
    path.write_text("".join(json.dumps(row) + "\n" for row in listed))
    return path


@pytest.fixture
def texts(tmp_path):
    return write_rows(tmp_path / "texts.jsonl", *({"text": text} for text in TEXTS))


@pytest.fixture
def poses(tmp_path):
    """A folder of poses in every format that is read, one of them in a folder of its own."""
    folder = tmp_path / "poses"
    (folder / "more").mkdir(parents=True)
    standing().save(folder / "b.npz")
    standing().mirror().save(folder / "a.json")
    standing().turned(1.0).save(folder / "more" / "c.npz")
    (folder / "notes.md").write_text("not a pose")
    return folder


# -- items -------------------------------------------------------------------------------------------------------------


def test_a_folder_is_read_in_order_with_the_folders_in_it(poses):
    assert [item.id for item in read_items(poses, "describe")] == ["a.json", "b.npz", "more/c.npz"]
    assert list(read_items(poses, "estimate")) == []


def test_tables_of_every_kind_give_the_same_items(tmp_path):
    wanted = [("x", {"id": "x", "text": "Kneel."}), ("2", {"text": "Sit, please."})]
    write_rows(tmp_path / "t.jsonl", wanted[0][1], wanted[1][1])
    with (tmp_path / "t.csv").open("w", newline="", encoding="utf-8-sig") as file:
        table = csv.DictWriter(file, ("id", "text"))
        table.writeheader()
        table.writerows(given for _, given in wanted)
    (tmp_path / "t.txt").write_text("Kneel.\n\nSit, please.\n")
    for name in ("t.jsonl", "t.csv"):
        assert [(item.id, item.given) for item in read_items(tmp_path / name, "generate")] == wanted
    assert [item.given["text"] for item in read_items(tmp_path / "t.txt", "generate")] == ["Kneel.", "Sit, please."]


def test_a_long_table_is_never_held_whole(tmp_path):
    path = tmp_path / "long.jsonl"
    with path.open("w") as file:
        file.writelines(f'{{"text": "{number}"}}\n' for number in range(200_000))
    items = read_items(path, "generate")
    assert next(items).given == {"text": "0"} and next(items).id == "2"  # at once, without the rest


# -- rows --------------------------------------------------------------------------------------------------------------


def test_texts_to_poses_as_the_model_makes_them(tiny, texts, tmp_path):
    out = tmp_path / "out.jsonl"
    summary = run_batch(tiny, "generate", texts, out, candidates=2, seed=3)
    assert (summary.total, summary.errors, summary.resumed) == (4, 0, 0)
    for text, row in zip(TEXTS, rows(out), strict=True):
        assert row["task"] == "generate" and row["model"] == "tiny"
        wanted = tiny.generate(text, 2, 3).poses
        assert np.allclose(row["poses"], [pose.axis_angle for pose in wanted], atol=1e-5)


def test_files_and_rows_of_poses_to_words(tiny, poses, tmp_path):
    run_batch(tiny, "describe", poses, tmp_path / "files.jsonl")
    found = {row["id"]: row["text"] for row in rows(tmp_path / "files.jsonl")}
    assert found["b.npz"] == tiny.describe(Pose.load(poses / "b.npz")).text
    pose = standing()
    ways = [pose.to_dict(), pose.axis_angle.tolist(), json.dumps(pose.to_dict()), "poses/b.npz"]
    table = write_rows(tmp_path / "rows.jsonl", *({"pose": way} for way in ways))
    run_batch(tiny, "describe", table, tmp_path / "rows-out.jsonl")
    assert {row["text"] for row in rows(tmp_path / "rows-out.jsonl")} == {tiny.describe(pose).text}


def test_one_instruction_for_a_folder_of_poses(tiny, poses, tmp_path):
    out = tmp_path / "out.jsonl"
    run_batch(tiny, "edit", poses, out, text="Raise both arms.")
    wanted = tiny.edit(Pose.load(poses / "a.json"), "Raise both arms.").poses[0]
    assert np.allclose(rows(out)[0]["poses"][0], wanted.axis_angle, atol=1e-5)


def test_pairs_and_questions(tiny, tmp_path):
    a, b = standing(), standing().mirror()
    table = write_rows(
        tmp_path / "pairs.jsonl", {"a": a.to_dict(), "b": b.to_dict(), "pose": a.to_dict(), "question": "Standing?"}
    )
    run_batch(tiny, "compare", table, tmp_path / "compared.jsonl")
    assert rows(tmp_path / "compared.jsonl")[0]["text"] == tiny.compare(a, b).text
    run_batch(tiny, "ask", table, tmp_path / "asked.jsonl")
    assert rows(tmp_path / "asked.jsonl")[0]["text"] == tiny.ask(a, "Standing?").text


def test_what_one_batch_made_another_reads(tiny, texts, tmp_path):
    run_batch(tiny, "generate", texts, tmp_path / "made.jsonl")
    run_batch(tiny, "describe", tmp_path / "made.jsonl", tmp_path / "told.jsonl")
    assert [row["text"] for row in rows(tmp_path / "told.jsonl")] == [
        tiny.describe(Pose.from_axis_angle(row["poses"][0])).text for row in rows(tmp_path / "made.jsonl")
    ]


def test_photos_that_cannot_be_read_do_not_stop_the_others(seeing_tiny, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_text("no photo")
    Image.new("RGB", (80, 80), "white").save(folder / "b.png")
    run_batch(seeing_tiny, "estimate", folder, tmp_path / "out.jsonl")
    broken, blank = rows(tmp_path / "out.jsonl")
    assert "not a photo" in broken["error"] and np.shape(blank["poses"]) == (1, 22, 3)


def test_every_way_of_being_wrong_is_told_in_its_row(tiny, tmp_path):
    wrong = {
        '{"text": "Kneel."': "no JSON",
        "[1, 2]": "found list",
        "{}": "has no 'pose'",
        '{"pose": 3}': "found int",
        '{"pose": [1, 2]}': "[22, 3]",
        '{"pose": "missing.npz"}': "missing.npz",
        '{"pose": {"axis_angle": [[NaN]]}}': "22",
        '{"photo": "photo.jpg"}': "photo",
    }
    table = tmp_path / "wrong.jsonl"
    table.write_text("\n".join(wrong) + "\n" + json.dumps({"pose": standing().to_dict()}) + "\n")
    summary = run_batch(tiny, "describe", table, tmp_path / "out.jsonl")
    *failed, fine = rows(tmp_path / "out.jsonl")
    assert summary.errors == len(wrong) and "error" not in fine
    for row, words in zip(failed, wrong.values(), strict=True):
        assert words in row["error"] and "\n" not in row["error"] and "text" not in row


def test_our_own_mistake_costs_one_row(tiny, texts, tmp_path, monkeypatch, caplog):
    real = UniPose.generate
    monkeypatch.setattr(
        UniPose, "generate", lambda self, text, *how: 1 / 0 if text == "Sit down." else real(self, text, *how)
    )
    assert run_batch(tiny, "generate", texts, tmp_path / "out.jsonl").errors == 1
    assert "ZeroDivisionError" in rows(tmp_path / "out.jsonl")[1]["error"] and "item '2' failed" in caplog.text


# -- going on ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tiny, tmp_path_factory):
    """An input and what comes of it in one go."""
    folder = tmp_path_factory.mktemp("whole")
    source = write_rows(folder / "texts.jsonl", *({"text": text} for text in TEXTS[:3]), {"text": ""})
    run_batch(tiny, "generate", source, folder / "out.jsonl")
    return source, folder / "out.jsonl"


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1))
def test_broken_off_at_any_byte_it_ends_the_same(tiny, whole, tmp_path, share):
    source, wanted = whole
    written = wanted.read_bytes()
    out = tmp_path / "out.jsonl"
    out.write_bytes(written[: int(share * len(written))])
    kept = out.read_bytes().count(b"\n")
    summary = run_batch(tiny, "generate", source, out)
    assert (summary.total, summary.errors, summary.resumed) == (4, 1, kept)
    assert without_times(out) == without_times(wanted)


def test_what_is_done_is_not_done_again(tiny, whole, monkeypatch):
    source, out = whole
    before = out.read_bytes()
    monkeypatch.setattr(UniPose, "generate", None)
    assert run_batch(tiny, "generate", source, out).resumed == 4 and out.read_bytes() == before


def test_rows_of_something_else_are_left_alone(tiny, whole, tmp_path):
    source, made = whole
    out = tmp_path / "out.jsonl"
    cases = {
        "holds generate": (made.read_text(), "describe", source),
        "it changed": (made.read_text(), "generate", write_rows(tmp_path / "a.jsonl", {"id": "new", "text": "Sit."})),
        "line 1": ("my own notes", "generate", source),
        "line 2": (made.read_text().splitlines()[0] + '\n{"id": oh\n', "generate", source),
    }
    for words, (content, task, items) in cases.items():
        out.write_text(content)
        with pytest.raises(ValueError, match=words):
            run_batch(tiny, task, items, out)
        assert out.read_text() == content
    with pytest.raises(ValueError, match="the input itself"):
        run_batch(tiny, "generate", source, source)


@pytest.mark.slow  # starts two processes, each of which loads torch
def test_killed_it_goes_on(tiny_folder, tmp_path):
    source = write_rows(tmp_path / "in.jsonl", *({"text": f"Raise arm number {number}."} for number in range(30)))
    out = tmp_path / "out.jsonl"
    command = [sys.executable, "-m", "unipose", "batch", "generate", str(source), "--model", str(tiny_folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    first = subprocess.Popen([*command, "--out", str(out)], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    for _ in range(6000):
        if out.exists() and out.read_bytes().count(b"\n") > 2:
            break
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    finished = out.read_bytes().count(b"\n")
    assert 2 < finished < 30
    again = subprocess.run([*command, "--out", str(out), "--json"], cwd=ROOT, env=environment, capture_output=True)
    figures = json.loads(again.stdout)["figures"]
    assert again.returncode == 0 and figures["resumed"] == finished and figures["total"] == 30
    assert [row["id"] for row in rows(out)] == [str(number) for number in range(1, 31)]


# -- parquet -----------------------------------------------------------------------------------------------------------


def test_parquet_in_and_out_and_going_on(tiny, whole, tmp_path):
    pytest.importorskip("pyarrow")
    import pyarrow as arrow
    from pyarrow import parquet

    source, wanted = whole
    parquet.write_table(arrow.Table.from_pylist(rows(source)), tmp_path / "in.parquet")
    out = tmp_path / "out.parquet"
    run_batch(tiny, "generate", tmp_path / "in.parquet", out)
    assert [path.name for path in tmp_path.glob("out*")] == ["out.parquet"]
    found = parquet.read_table(out).to_pylist()
    assert [row["poses"] for row in found] == [row.get("poses") for row in rows(wanted)]
    assert found[3]["error"] == rows(wanted)[3]["error"]
    assert run_batch(tiny, "generate", tmp_path / "in.parquet", out).resumed == 4
    assert parquet.read_table(out).to_pylist() == found
    run_batch(tiny, "describe", out, tmp_path / "told.jsonl")
    assert len(rows(tmp_path / "told.jsonl")) == 4


def test_without_its_package_parquet_is_refused_with_what_to_do(tiny, texts, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ValueError, match="pip install 'pyarrow"):
        run_batch(tiny, "generate", texts, tmp_path / "out.parquet")


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(capsys, tiny, monkeypatch):
    """Run the command on the tiny model; gives exit code, standard output and standard error."""
    monkeypatch.setattr(UniPose, "from_pretrained", lambda name=None, **where: tiny)
    for variable in ("TRANSFORMERS_VERBOSITY", "TOKENIZERS_PARALLELISM"):
        monkeypatch.setenv(variable, os.environ.get(variable, "error" if variable.startswith("TRANS") else "false"))

    def call(*arguments):
        with pytest.raises(SystemExit) as left:
            cli.main(["batch", *(str(argument) for argument in arguments)])
        captured = capsys.readouterr()
        return left.value.code, captured.out, captured.err

    return call


def test_the_command_counts_errors_and_fails_only_when_nothing_worked(run, whole, tmp_path):
    source, _ = whole
    code, out, err = run("generate", source, "--out", tmp_path / "out.jsonl")
    assert code == 0 and out.strip() == "4 items: 3 done, 1 failed" and "4/4" in err and "'error'" in err
    code, out, _ = run("generate", source, "--out", tmp_path / "out.jsonl", "--json")
    figures = json.loads(out)["figures"]
    assert code == 0 and (figures["done"], figures["errors"], figures["resumed"]) == (3, 1, 4)
    nothing = write_rows(tmp_path / "nothing.jsonl", {"text": ""}, {"text": "x" * 2001})
    code, out, _ = run("generate", nothing, "--out", tmp_path / "none.jsonl")
    assert code == 1 and "0 done, 2 failed" in out


def test_what_cannot_be_begun_is_refused_in_one_line(run, texts, poses, tmp_path):
    out = tmp_path / "out.jsonl"
    wrong = {
        "a task is " + ", ".join(TASKS): ("sing", texts, "--out", out),
        "takes rows": ("compare", poses, "--out", out),
        "no folder or file": ("generate", tmp_path / "missing.jsonl", "--out", out),
        "found 'notes.md'": ("generate", poses / "notes.md", "--out", out),
        "written as .jsonl or .parquet": ("generate", texts, "--out", tmp_path / "out.xlsx"),
        "there is no folder": ("generate", texts, "--out", tmp_path / "no" / "out.jsonl"),
        "nothing to estimate": ("estimate", poses, "--out", out),
    }
    for words, arguments in wrong.items():
        code, printed, err = run(*arguments)
        assert code == 2 and printed == "" and words in err.strip().splitlines()[-1], (words, err)
    assert not out.exists()
