"""Words come back unchanged."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from unipose.model.text_tokenizer import train_text_tokenizer

TEXTS = ["a person stands with both hands raised", "the left knee is bent 45 degrees", "Legs apart."]


@pytest.fixture(scope="module")
def tokenizer():
    return train_text_tokenizer(TEXTS * 3, 320)


def encode(tokenizer, text):
    return tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)


def test_specials_come_first_and_digits_stand_alone(tokenizer):
    assert (tokenizer.unk_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id) == (0, 1, 2)
    assert tokenizer.pad_token_id == 0
    assert 259 < len(tokenizer) <= 320
    assert len(encode(tokenizer, "45")) == 2
    assert encode(tokenizer, "person") != encode(tokenizer, "Person")  # case is kept


@settings(deadline=None)
@given(text=st.text())
@example(text=" <s> </s><unk> <pose_id_3>  \r\n\t\u00e9\u4e2d\U0001f600e\u0301 ")
def test_any_text_comes_back(tokenizer, text):
    ids = encode(tokenizer, text)
    assert tokenizer.decode(ids) == text
    assert not {0, 1, 2} & set(ids)  # nothing typed becomes a special token


def test_saved_and_loaded(tokenizer, tmp_path):
    tokenizer.save_pretrained(tmp_path)
    loaded = type(tokenizer).from_pretrained(tmp_path)
    assert encode(loaded, TEXTS[0]) == encode(tokenizer, TEXTS[0])


def test_no_room_for_bytes_is_refused():
    with pytest.raises(ValueError, match="at least 259, found 100"):
        train_text_tokenizer(TEXTS, 100)
