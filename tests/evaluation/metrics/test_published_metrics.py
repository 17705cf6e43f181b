"""Our figures against those of the official release on the same numbers."""

import pytest
import torch
from safetensors.torch import load_file

from unipose.body.errors import acceleration_error, mpjpe, pa_mpjpe, procrustes, similarity
from unipose.evaluation.metrics import frechet, r_precision


@pytest.fixture
def recorded(shared):
    stored = load_file(shared / "reference" / "golden" / "unipose" / "f_body_and_metrics.safetensors")
    return {name.removeprefix("metric."): value for name, value in stored.items() if name.startswith("metric.")}


def close(found, metres):
    """Our millimetres against recorded metres, to 1e-5 m."""
    torch.testing.assert_close(found / 1000, metres, atol=1e-5, rtol=0)


def test_joint_errors(recorded):
    found, target = recorded["pred"], recorded["target"]
    close(mpjpe(found, target), recorded["mpjpe_no_align"])
    close(mpjpe(found - found[:, :1], target - target[:, :1]), recorded["mpjpe_root_aligned"])


def test_missing_joints_do_not_count(recorded):
    target = recorded["target_masked"]
    labelled = target[..., 0] != -2
    assert not labelled.all()
    close(mpjpe(recorded["pred"], target, labelled), recorded["mpjpe_masked_no_align"])
    assert mpjpe(target[:1], target[:1], torch.zeros(1, 22, dtype=torch.bool)).isnan()
    with pytest.raises(ValueError, match=r"found \[6, 21\] and \[6, 22\]"):
        mpjpe(recorded["pred"], target, labelled[:, :21])


def test_best_similarity(recorded):
    found, target = recorded["pred"], recorded["target"]
    close(pa_mpjpe(found, target), recorded["pampjpe"])
    torch.testing.assert_close(procrustes(found, target), recorded["pa_aligned"], atol=1e-5, rtol=0)
    scale, rotation, translation = similarity(found, target)
    torch.testing.assert_close(scale, recorded["pa_scale"], atol=1e-5, rtol=0)
    torch.testing.assert_close(rotation, recorded["pa_R"], atol=1e-5, rtol=0)
    torch.testing.assert_close(translation[..., None], recorded["pa_t"], atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", range(1, 7))
def test_the_best_similarity_does_not_depend_on_the_batch(recorded, size):
    """The release takes batches of 2 or 3 for coordinates."""
    found, target = recorded["pred"][:size], recorded["target"][:size]
    close(pa_mpjpe(found, target), recorded["pampjpe"][:size])


def test_acceleration(recorded):
    close(acceleration_error(recorded["pred"], recorded["target"]), recorded["accel"])
    with pytest.raises(ValueError, match="at least 3 frames, found 2"):
        acceleration_error(recorded["pred"][:2], recorded["target"][:2])


def test_frechet_distance(recorded):
    assert frechet(recorded["fid_A"], recorded["fid_B"]) == pytest.approx(recorded["fid"].item(), abs=1e-5)


def test_retrieval(recorded):
    found = r_precision(recorded["topk_scores"], "full", tops=range(1, 6))
    assert [one.value for one in found.values()] == pytest.approx(recorded["topk_recall"].tolist(), abs=1e-6)
