"""What is predicted from where, spelled out."""

import math

import pytest
import torch

from unipose.model.loss import IGNORED, language_loss

VOCAB = 10
QUERY = torch.tensor([[False, False, False, True, True, False, False]])
LABELS = torch.tensor([[IGNORED, 5, 6, 1, 2, 7, 3]])  # word, begin, two codes at their queries, end, eos


def run(surprising=(), restricted=False, **settings):
    """Loss of logits that give each wanted token all the mass, except at ``surprising`` positions: even there."""
    wanted = {0: 5, 1: 6, 2: 0, 3: 1, 4: 2, 5: 3, 6: 0}  # position: token it should predict; 2 and 6 predict nothing
    hidden = torch.zeros(1, 7, VOCAB)
    for position, token in wanted.items():
        hidden[0, position, token] = 0 if position in surprising else 1000
    codes = (lambda state: state[:, 1:5]) if restricted else (lambda state: state)
    return language_loss(
        hidden, LABELS, QUERY, lambda state: state, codes, first_code=1 if restricted else 0, **settings
    )


def test_perfect_predictions_cost_nothing():
    assert run().total == 0


@pytest.mark.parametrize(
    ("position", "text", "pose"),
    [
        (0, 1, 0),  # a word from the position before
        (1, 1, 0),  # begin-of-pose too
        (2, 0, 0),  # begin-of-pose predicts nothing
        (3, 0, 1),  # a query its own code, without shift
        (4, 0, 1),  # the last query its code, and not the end
        (5, 1, 0),  # what follows the end is a word again
        (6, 0, 0),  # the last position has nothing to predict
    ],
)
def test_who_predicts_what(position, text, pose):
    loss = run(surprising=[position])
    share = math.log(VOCAB) / 6  # six labels, the end counted though it is no target
    torch.testing.assert_close(loss.text, torch.tensor(text * share))
    torch.testing.assert_close(loss.pose, torch.tensor(pose * share))
    torch.testing.assert_close(loss.total, loss.text + loss.pose)


def test_restricted_to_codes_and_weighted():
    loss = run(surprising=[3], restricted=True, pose_weight=2.5)
    torch.testing.assert_close(loss.pose, torch.tensor(2.5 * math.log(4) / 6))


def test_nothing_to_learn_is_refused():
    with pytest.raises(ValueError, match="-100 everywhere"):
        language_loss(
            torch.zeros(1, 2, 4), torch.full((1, 2), IGNORED), torch.zeros(1, 2) > 0, torch.nn.Identity(), None
        )
