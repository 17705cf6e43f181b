"""What is said of an estimated pose holds although the estimate is off."""

import pytest
import torch
from safetensors.torch import save_file

from unipose.body.postures import standing
from unipose.chat import UniPose
from unipose.chat.doubt import FILE, Doubt
from unipose.chat.looking import Look
from unipose.chat.ranking import Judge
from unipose.chat.witness import Witness
from unipose.language import Registry
from unipose.photos import Detections, Person


@pytest.fixture(scope="module")
def raised():
    return Judge("Raise both arms.", standing()).mend([standing()])[0]


def off(**by):
    """Errors of 40 estimates, of which half are off ``by`` so much in some measures."""
    registry = Registry.load()
    errors = torch.zeros(40, len(registry.measures))
    for name, amount in by.items():
        errors[::2, registry.measure_index[name]] = amount
    return errors


def test_without_errors_words_count_as_they_do_for_a_known_pose(raised):
    for witness in (Witness(raised), Witness(raised, errors=off())):
        assert witness.share("Both arms are raised.") == 1
        assert witness.share("Someone is sitting.") == 0
    assert Witness(raised, errors=off()).completing("") == Witness(raised).completing("")


def test_what_the_errors_may_undo_is_not_sure(raised):
    straight = "The left knee is straight."
    assert Witness(standing(), errors=off()).share(straight) == 1
    doubting = Witness(standing(), errors=off(left_knee_flexion=60.0))
    assert doubting.share(straight) == 0
    assert doubting.share("The right knee is straight.") == 1
    assert "left knee" not in doubting.completing("").lower()


def test_a_change_must_hold_whichever_poses_they_are():
    told = "Bend the left knee more."
    bent = Judge("Bend your left knee deeply.", standing()).mend([standing()])[0]
    assert Witness(bent, standing(), off()).share(told) == 1
    doubting = Witness(bent, standing(), off(left_knee_flexion=-150.0))
    assert doubting.share(told) == 0
    added = doubting.completing("")
    assert not added or doubting.share(added) == 1


def test_errors_are_kept_beside_the_model_by_what_was_seen(tmp_path, tiny):
    count = len(Registry.load().measures)
    kept = {"keypoints": torch.ones(3, count).half(), "landmarks": torch.zeros(2, count).half()}
    UniPose(tiny.model, tiny.processor, doubt=Doubt(kept)).save_pretrained(tmp_path)
    found = UniPose.from_pretrained(tmp_path).doubt
    points = torch.ones(27, 3).numpy()
    for world, way in ((None, "keypoints"), (points, "landmarks")):
        person = Person((0.0, 0.0, 9.0, 9.0), points, world=world)
        look = Look(None, Detections((9, 9), (person,)), 0)
        assert torch.equal(found.of(look), kept[way].float())
    assert found.of(Look(None, None, None)) is None  # of the picture alone nothing is known


def test_errors_of_other_measures_are_left_out(tmp_path, caplog):
    assert Doubt.read(tmp_path) is None
    save_file({"keypoints": torch.zeros(1, 3)}, tmp_path / FILE, {"measures": "of long ago"})
    assert Doubt.read(tmp_path) is None
    assert "tools.measure_doubt" in caplog.text
