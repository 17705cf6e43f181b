"""Codes shown while training: only true ones, only at queries, and they reach the model."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from unipose.model.reveal import UNKNOWN, reveal
from unipose.model.vocabulary import PoseVocabulary

VOCABULARY = PoseVocabulary(base_size=20, num_codes=8, num_queries=6)


def rows(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    dice = torch.Generator().manual_seed(seed)
    words = torch.randint(3, 20, (count, 4), generator=dice)
    queries = torch.tensor(VOCABULARY.query_ids).expand(count, -1)
    codes = torch.randint(0, 8, (count, 6), generator=dice) + VOCABULARY.first_code
    ignored = torch.full_like(words, -100)
    return torch.cat((words, queries), 1), torch.cat((ignored, codes), 1)


@given(seed=st.integers(0, 1000), share=st.floats(0, 1))
def test_what_is_shown_is_the_label(seed, share):
    ids, labels = rows(8, seed)
    known = reveal(ids, labels, VOCABULARY, share, torch.Generator().manual_seed(seed))
    shown = known != UNKNOWN
    assert not (shown & ~VOCABULARY.is_query(ids)).any()
    assert (known[shown] + VOCABULARY.first_code == labels[shown]).all()


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0.0, 0.0), (0.3, 0.2, 0.4), (1.0, 0.8, 1.0)])
def test_the_share_of_rows_is_kept(share, least, most):
    ids, labels = rows(2000, 0)
    shown = (reveal(ids, labels, VOCABULARY, share, torch.Generator().manual_seed(1)) != UNKNOWN).any(1)
    assert least <= shown.float().mean() <= most
    if share == 1:  # any number of slots is shown
        counts = (reveal(ids, labels, VOCABULARY, 1.0, torch.Generator().manual_seed(1)) != UNKNOWN).sum(1)
        assert set(counts.tolist()) == set(range(7))


@torch.no_grad()
def test_a_known_code_changes_what_is_chosen_beside_it(small_model):
    model = small_model(pose_slot_embeddings=True)
    ids = torch.tensor([[1, 5, model.vocabulary.begin, *model.vocabulary.query_ids]])
    known = torch.full_like(ids, UNKNOWN)
    nothing = model(ids, known_codes=known).logits
    assert torch.equal(nothing, model(ids).logits)
    known[0, -1] = 3
    assert (model(ids, known_codes=known).logits - nothing)[0, -2].abs().max() > 1e-3
    assert torch.allclose(model(ids, known_codes=known).logits[:, :-6], nothing[:, :-6], atol=1e-5)
