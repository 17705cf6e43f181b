"""Words about a pose are checked, weighed and completed."""

import re

import pytest

from unipose.body.postures import standing
from unipose.chat.ranking import Judge
from unipose.chat.witness import Witness


@pytest.fixture(scope="module")
def raised():
    return Judge("Raise both arms.", standing()).mend([standing()])[0]


def test_true_words_count_and_unread_ones_do_not(raised):
    witness = Witness(standing())
    assert witness.share("Someone is standing.") == 1
    assert witness.share("Someone is lying on the back.") == 0
    assert witness.share("blorf the snozzle") == 0
    assert Witness(raised, standing()).share("Both arms are now raised.") == 1


def test_rarer_poses_tell_more():
    witness = Witness(standing())
    assert witness.telling("a tree pose on the left leg") > witness.telling("Someone is standing.") > 0


@pytest.mark.parametrize("said", ["", "Someone is standing.", "The figure is standing."])
def test_what_is_added_is_true_and_tells_more(said):
    witness = Witness(standing())
    added = witness.completing(said)
    assert added and witness.share(added) == 1
    assert witness.telling(f"{said} {added}") > witness.telling(said)
    assert not re.search(r"\b(I|my|you|your)\b", added) or not said


def test_a_comparison_is_completed_by_changes_that_were_not_told(raised):
    witness = Witness(raised, standing())
    added = witness.completing("")
    assert added and witness.share(added) == 1
    assert witness.completing(f"{added} Both arms are now raised.") != added


def test_an_edit_leaves_alone_what_it_does_not_speak_of(raised):
    moved = (raised.rotations - standing().rotations).flatten(1).norm(dim=1)
    legs = [1, 2, 4, 5, 7, 8]
    assert moved[[16, 17]].max() > 0.5 and moved[legs].max() < 0.1
