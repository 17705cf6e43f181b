"""Ids and spellings of everything that is not plain text."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.model.vocabulary import IMAGE_PATCH, PoseVocabulary

vocabularies = st.builds(
    PoseVocabulary,
    base_size=st.integers(1, 40000),
    num_codes=st.integers(1, 3000),
    num_queries=st.integers(1, 100),
)


@settings(deadline=None)
@given(vocabularies)
def test_kinds_share_the_rows_without_gap_or_overlap(vocabulary):
    ids = torch.arange(vocabulary.size)
    code, query = vocabulary.is_code(ids), vocabulary.is_query(ids)
    markers = {vocabulary.begin, vocabulary.end, vocabulary.image_start, vocabulary.image_end}
    assert len(markers) == 4
    others = set(ids[~code & ~query].tolist())
    assert others == set(range(vocabulary.base_size)) | markers
    assert not (code & query).any()
    assert ids[code].tolist() == list(range(vocabulary.size))[vocabulary.code_rows]
    assert ids[query].tolist() == vocabulary.query_ids
    assert vocabulary.query_ids[-1] == vocabulary.size - 1
    assert not vocabulary.is_code(torch.tensor([IMAGE_PATCH])).any()


def test_published_order_and_spelling():
    vocabulary = PoseVocabulary(360, 64, 80)
    literals = vocabulary.literals()
    assert literals[:2] == ["<pose_id_0>", "<pose_id_1>"]
    assert literals[64:69] == ["<pose_id_64>", "<pose_id_65>", "<im_start>", "<im_end>", "<pose_query_0>"]
    assert literals[-1] == "<pose_query_79>"
    assert len(set(literals)) == vocabulary.num_tokens == 148


def test_outside_is_refused():
    vocabulary = PoseVocabulary(10, 4, 2)
    assert vocabulary.code_id(3) == 13
    for code in (-1, 4):
        with pytest.raises(ValueError, match=f"from 0 to 3, found {code}"):
            vocabulary.code_id(code)
    for token in (9, 20):
        with pytest.raises(ValueError, match="from 10 to 19"):
            vocabulary.literal(token)
