"""The command line's contract: answers, files, exit codes, one line for bad input. Run in-process on a tiny model."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from unipose import Pose, cli
from unipose.body.postures import standing

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def run(capsys, tiny, monkeypatch):
    """Run the command line on the tiny model; gives exit code, standard output and standard error."""
    from unipose.chat import UniPose

    real = UniPose.from_pretrained
    monkeypatch.setattr(
        UniPose, "from_pretrained", lambda name=None, **where: tiny if name is None else real(name, **where)
    )
    for variable in ("TRANSFORMERS_VERBOSITY", "TOKENIZERS_PARALLELISM"):
        monkeypatch.setenv(variable, "error" if variable.startswith("TRANS") else "false")  # so that it is undone

    def call(*arguments):
        with pytest.raises(SystemExit) as left:
            cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return left.value.code, captured.out, captured.err

    return call


@pytest.fixture
def pose_file(tmp_path):
    return standing().save(tmp_path / "standing.npz")


@pytest.fixture
def other_file(tmp_path):
    return standing().mirror().turned(0.5).save(tmp_path / "other.json")


def one_object(out: str, *more: str) -> dict:
    answer = json.loads(out)
    assert set(answer) == {"text", "poses", "seconds", *more}
    assert isinstance(answer["text"], str) and isinstance(answer["seconds"], float)
    for pose in answer["poses"]:
        assert np.asarray(pose).shape == (22, 3)
        Pose.from_axis_angle(pose)
    return answer


def refused(result) -> str:
    """Exit code 2, nothing on standard output, one line on standard error; gives that line."""
    code, out, err = result
    assert code == 2 and out == "" and len(err.strip().splitlines()) == 1, (code, out, err)
    return err.strip()


def test_generate_prints_words_and_writes_the_pose(run, tmp_path, tiny):
    path = tmp_path / "pose.npz"
    code, out, err = run("generate", "Lift your left leg.", "-o", path)
    assert code == 0 and out.strip() and str(path) in err
    assert np.allclose(Pose.load(path).joints, tiny.generate("Lift your left leg.").poses[0].joints, atol=1e-5)


def test_generate_candidates_as_json(run, tmp_path):
    path = tmp_path / "pose.json"
    arguments = ("generate", "Kneel.", "--candidates", 3, "--seed", 1, "--json", "-o", path)
    code, out, _ = run(*arguments)
    answer = one_object(out)
    assert code == 0 and len(answer["poses"]) == 3
    assert one_object(run(*arguments)[1])["poses"] == answer["poses"]
    assert sorted(p.name for p in tmp_path.glob("pose*.json")) == ["pose-2.json", "pose-3.json", "pose.json"]
    assert np.allclose(Pose.load(path).axis_angle, answer["poses"][0], atol=1e-5)


def test_describe_and_compare(run, pose_file, other_file, tiny):
    assert one_object(run("describe", pose_file, "--json")[1])["poses"] == []
    assert one_object(run("compare", pose_file, other_file, "--json")[1])["poses"] == []
    code, out, _ = run("compare", pose_file, other_file)
    assert code == 0
    assert out.strip() == tiny.compare(Pose.load(pose_file), Pose.load(other_file)).text


def test_edit_writes_the_changed_pose(run, pose_file, tmp_path):
    path = tmp_path / "new.npz"
    code, out, _ = run("edit", pose_file, "Raise both arms.", "-o", path, "--json")
    assert code == 0
    assert np.allclose(one_object(out)["poses"][0], Pose.load(path).axis_angle, atol=1e-5)


def test_every_verb_takes_a_model_but_those_that_make_one_or_need_none():
    import typer

    for name, command in typer.main.get_command(cli.app).commands.items():
        makes_one = {"--json", "--out"}
        for verb in getattr(command, "commands", {name: command}).values():
            options = {option for parameter in verb.params for option in parameter.opts}
            exceptions = {"train": makes_one, "convert-official": makes_one, "language": set()}
            exceptions |= dict.fromkeys(("doctor", "library"), {"--json"})  # need none
            needed = exceptions.get(name, {"--json", "--model"})
            needed |= {"--device", "--dtype", "--bits"} if "--model" in needed and name != "export" else set()
            assert needed <= options, (name, options)


def test_export(run, pose_file, tmp_path):
    assert run("export", pose_file, "--to", "json")[0] == 0
    assert Pose.load(tmp_path / "standing.json") == Pose.load(pose_file)
    assert "stl" in refused(run("export", pose_file, "--to", "stl"))
    assert "-o" in refused(run("export", tmp_path / "standing.json", "--to", "json"))


def test_chat_talks_until_an_empty_line(run, monkeypatch, tmp_path):
    import io

    path = tmp_path / "last.npz"
    lost = tmp_path / "no" / "such" / "x.npz"
    lines = ["Lift your left leg.", "describe it", "x" * 3000, f"save {lost}", f"save {path}", "undo", "help"]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    code, out, err = run("chat", "--json")
    answers = [one_object(line) for line in out.splitlines()]
    assert code == 0 and [len(answer["poses"]) for answer in answers] == [1, 0, 0, 0]
    (refusal,) = [line for line in err.splitlines() if str(lost) in line]
    assert "3000 characters" in err and "No such file" in refusal
    assert np.allclose(Pose.load(path).axis_angle, answers[0]["poses"][0], atol=1e-5)


def test_bench_measures(run):
    code, out, err = run("bench", "--repeats", 2, "--device", "cpu", "--json")
    assert code == 0, err
    answer = one_object(out, "figures")
    figures = answer["figures"]
    assert code == 0 and answer["seconds"] > 0 and all(value > 0 for value in figures.values())
    assert figures["generate_ms_p95"] >= figures["generate_ms_p50"]
    assert answer["text"].startswith("tiny, float32, on cpu: ")


def test_bench_says_what_it_cannot_measure(run):
    assert "official and mini, found 'huge'" in refused(run("bench", "--random-weights", "huge", "--device", "cpu"))
    assert "exclude each other" in refused(run("bench", "--random-weights", "mini", "--model", "nano"))
    assert "unknown device 'gpu'" in refused(run("bench", "--device", "gpu"))
    assert "unknown dtype 'int3'" in refused(run("bench", "--dtype", "int3"))


def test_where_a_model_runs_is_asked_of_the_machine(run, pose_file, tiny_folder):
    where = ("--model", tiny_folder, "--device")
    assert run("generate", "Kneel.", *where, "cpu", "--dtype", "float32")[0] == 0
    assert "unknown device 'gpu'" in refused(run("generate", "Kneel.", *where, "gpu"))
    assert "unknown dtype 'int3'" in refused(run("describe", pose_file, *where, "cpu", "--dtype", "int3"))
    assert "CUDA device" in refused(run("edit", pose_file, "Kneel.", *where, "cpu", "--bits", 4))
    assert "--bits" in refused(run("bench", "--random-weights", "mini", "--device", "cpu", "--bits", 4))


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "x" * 10_000])
def test_bad_text(run, text, pose_file):
    expected = "characters" if text.strip() else "say"
    assert expected in refused(run("generate", text, "--json")).lower()
    assert expected in refused(run("edit", pose_file, text)).lower()


@pytest.mark.parametrize("seed", [2**63, 99999999999999999999, -(2**63) - 1])
def test_seeds_out_of_range(run, seed, pose_file, tmp_path):
    assert str(seed) in refused(run("generate", "Kneel.", "--seed", seed))
    assert str(seed) in refused(run("edit", pose_file, "Kneel.", "--seed", seed))
    assert "--seed" in refused(run("evaluate", "--seed", seed))
    assert "--seed" in refused(run("train", "tokenizer", "--out", tmp_path / "run", "--seed", seed))


def test_bad_poses(run, tmp_path):
    files = {"nan.npz": {"poses": np.full((1, 66), np.nan)}, "keys.npz": {"trans": np.zeros((1, 3))}}
    for name, arrays in files.items():
        np.savez(tmp_path / name, **arrays)
    (tmp_path / "text.npz").write_text("no archive")
    np.savez(tmp_path / "objects.npz", poses=np.array([{"a": 1}], dtype=object))
    expected = {
        "nan": "NaN",
        "keys": "'poses'",
        "text": "text.npz",
        "objects": "Object arrays cannot be loaded",
        "missing": "missing.npz",
    }
    for name, word in expected.items():
        line = refused(run("describe", tmp_path / f"{name}.npz", "--json"))
        assert word in line


def test_bad_models(run, tmp_path):
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    assert "pickle" in refused(run("generate", "Kneel.", "--model", weights))
    assert "pickle" in refused(run("generate", "Kneel.", "--model", weights / "pytorch_model.bin"))
    assert "no such folder" in refused(run("generate", "Kneel.", "--model", tmp_path / "missing"))
    line = refused(run("generate", "Kneel.", "--model", "giant"))
    assert line.startswith("--model: ") and "embedded name" in line
    assert "without a name" in refused(run("generate", "Kneel.", "--model", ""))


@pytest.mark.parametrize(
    "arguments",
    [
        ("generate",),
        ("generate", "Kneel.", "--candidates", "many"),
        ("generate", "Kneel.", "--candidates", "0"),
        ("generate", "Kneel.", "-o", "pose.pkl"),
        ("generate", "Kneel.", "-o", "no/such/folder/pose.npz"),
        ("sing",),
        ("bench", "--repeats", "0"),
        ("train", "tokenizer"),
        ("train", "language", "--out", "run"),
        ("train", "alignment", "--out", "run"),
        ("train", "projector", "--out", "run"),
        ("train", "projector", "--out", "run", "--pictures", "p", "--start", "s", "--lora"),
        ("train", "tokenizer", "--out", "run", "--precision", "half"),
        ("train", "all", "--out", "run", "--data", "no/such/folder"),
    ],
)
def test_wrong_use_gets_one_line(run, arguments):
    refused(run(*arguments))


def test_a_budget_that_is_none(run, tmp_path):
    line = refused(run("train", "tokenizer", "--data", tmp_path, "--out", tmp_path / "run", "--budget", "soon"))
    assert "9m" in line


def test_as_a_process_it_answers_help_quickly():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "unipose", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0 and "generate" in done.stdout
    assert " torch\n" not in done.stderr and " transformers\n" not in done.stderr


def test_as_a_process_only_the_answer_is_on_standard_output(tiny_folder):
    command = [sys.executable, "-m", "unipose", "generate", "Kneel.", "--model", str(tiny_folder), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    one_object(done.stdout)
    bad = subprocess.run([*command[:4], "", *command[5:]], cwd=ROOT, capture_output=True, text=True)
    refused((bad.returncode, bad.stdout, bad.stderr))


@pytest.mark.slow
def test_evaluate_prints_figures(run, shared, nano_folder, tmp_path):
    path = tmp_path / "figures.json"
    arguments = ("--data", shared / "data", "--count", 8, "--out", path, "--model", nano_folder)
    code, out, err = run("evaluate", *arguments, "--only", "text to pose, 1", "--json")
    assert code == 0, err
    written = json.loads(path.read_text())
    assert list(written["figures"]) == ["text to pose, 1 statement"]
    assert one_object(out, "figures")["figures"] == written["figures"]
    assert written["command"].startswith("python -m unipose evaluate") and written["split"] == "val"


def test_evaluate_has_no_such_table(run, shared):
    code, out, err = run("evaluate", "--data", shared / "data", "--count", 1, "--only", "juggling")
    assert code == 2 and out == "" and "no table has 'juggling' in its title" in err


def test_evaluate_without_data(run, tmp_path):
    code, out, err = run("evaluate", "--data", tmp_path / "missing")
    line = err.strip().splitlines()[-1]
    assert code == 2 and out == "" and line.startswith("--data: ") and "missing" in line
