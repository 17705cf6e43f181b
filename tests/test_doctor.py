"""What is at hand, and what to do about what is not."""

import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from unipose import cli, doctor
from unipose.body.skeleton import PARENTS_24
from unipose.body.smpl_files import PATH_VARIABLE

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def found(monkeypatch, tmp_path):
    """The checks by name, on a machine without anything of the user's."""
    for variable in ("UNIPOSE_OFFICIAL", PATH_VARIABLE, "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return lambda: {check.name: check for check in doctor.examine()}


def licensed():
    """The arrays of a very small file of SMPL's kind."""
    parents = np.array([PARENTS_24, range(24)])
    return {
        "v_template": np.zeros((30, 3)),
        "f": np.zeros((4, 3), np.uint32),
        "weights": np.full((30, 24), 1 / 24),
        "J_regressor": np.full((24, 30), 1 / 30),
        "kintree_table": parents,
        "shapedirs": np.zeros((30, 3, 10)),
        "posedirs": np.zeros((30, 3, 207)),
    }


@pytest.fixture
def model(tmp_path, nano_folder):
    """A copy of the embedded model beside the embedded body."""
    shutil.copytree(nano_folder, tmp_path / "assets" / "nano")
    (tmp_path / "assets" / "body").symlink_to(nano_folder.parent / "body")
    return tmp_path / "assets" / "nano"


def test_here_all_that_is_needed_is_at_hand(found):
    checks = found()
    assert doctor.works(list(checks.values())), [check for check in checks.values() if check.state == doctor.MISSING]
    assert {"nano weights", "free body", "SMPL body", "official weights", "gpu", "MCP server", "disk"} <= set(checks)
    for check in checks.values():
        assert check.state in (doctor.OK, doctor.MISSING, doctor.OPTIONAL) and check.found
    for name in ("official weights", "SMPL body"):
        assert checks[name].state == doctor.OPTIONAL and checks[name].next


@pytest.mark.parametrize("harm", ["gone", "cut off", "a pointer", "no configuration"])
def test_weights_that_are_not_whole_are_missing(found, model, monkeypatch, harm):
    shard = sorted(model.glob("model*.safetensors"))[-1]
    if harm == "gone":
        shard.unlink()
    elif harm == "cut off":
        shard.write_bytes(shard.read_bytes()[:-1])
    elif harm == "a pointer":
        shard.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    else:
        (model / "config.json").unlink()
    monkeypatch.setenv("UNIPOSE_ASSETS", str(model.parent))
    checks = found()
    assert checks["nano weights"].state == doctor.MISSING and checks["nano weights"].next
    assert (shard.name if harm != "no configuration" else "config.json") in checks["nano weights"].found
    assert checks["free body"].state == doctor.OK and not doctor.works(list(checks.values()))


def test_what_the_user_has_is_found(found, nano_folder, monkeypatch, tmp_path):
    body = tmp_path / "SMPL_NEUTRAL.npz"
    np.savez(body, **licensed())
    monkeypatch.setenv(PATH_VARIABLE, str(body))
    monkeypatch.setenv("UNIPOSE_OFFICIAL", str(nano_folder))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    checks = found()
    assert checks["SMPL body"].found == f"SMPL, 30 vertices, at {body}" and checks["SMPL body"].state == doctor.OK
    assert str(nano_folder) in checks["official weights"].found
    assert "HF_HUB_OFFLINE" in checks["network"].found


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no .npz archive"),
        (pickle.dumps(print), "no .npz archive"),
        ({"weights": None}, "lacks weights"),
        ({"posedirs": np.zeros((30, 3, 9))}, "'posedirs' has shape [30, 3, 9], expected [30, 3, 207]"),
        (None, "no SMPL file or folder"),
    ],
)
def test_a_body_file_that_cannot_be_used_is_not_called_fine(found, monkeypatch, tmp_path, content, said):
    body = tmp_path / "SMPL_NEUTRAL.npz"
    if isinstance(content, bytes):
        body.write_bytes(content)
    elif content is not None:
        np.savez(body, **{name: value for name, value in (licensed() | content).items() if value is not None})
    monkeypatch.setenv(PATH_VARIABLE, str(body))
    check = found()["SMPL body"]
    assert check.state == doctor.OPTIONAL and said in check.found and str(body) in check.found
    assert PATH_VARIABLE in check.next


def test_nothing_in_a_body_file_is_run(found, monkeypatch, tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "sprung",)

    body = tmp_path / "SMPL_NEUTRAL.pkl"
    body.write_bytes(pickle.dumps({"v_template": Trap()}))
    monkeypatch.setenv(PATH_VARIABLE, str(tmp_path))
    check = found()["SMPL body"]
    assert check.state == doctor.OPTIONAL and "refused as unsafe" in check.found and not (tmp_path / "sprung").exists()


def test_packages_of_other_versions_are_named(found, monkeypatch):
    real = doctor.metadata.version
    monkeypatch.setattr(doctor.metadata, "version", lambda name: "1.0" if name == "gradio" else real(name))
    check = found()["packages"]
    assert check.state == doctor.MISSING and "gradio 1.0 (needs" in check.found and "pip install" in check.next


def test_the_command_tells_and_its_exit_code_decides(capsys, monkeypatch, tmp_path):
    def call(*arguments):
        with pytest.raises(SystemExit) as left:
            cli.main(["doctor", *arguments])
        return left.value.code, capsys.readouterr().out

    code, out = call("--json")
    answer = json.loads(out)
    assert code == 0 and all(set(check) == {"name", "state", "found", "next"} for check in answer["checks"])
    monkeypatch.setenv("UNIPOSE_ASSETS", str(tmp_path / "nowhere"))
    code, out = call()
    assert code == 1 and "nano weights" in out and "-> " in out and str(tmp_path / "nowhere") in out


def test_it_answers_without_loading_the_libraries_that_take_long():
    code = (
        "import sys; from unipose import doctor; doctor.examine(); print({'gradio', 'transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
