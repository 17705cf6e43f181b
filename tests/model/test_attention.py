"""Who sees whom, drawn; and the same answer with and without a cache."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import DynamicCache, LlamaConfig

from unipose.model.attention import block_ids, count_positions, mixed_mask, run_index
from unipose.model.vocabulary import PoseVocabulary

# Two queries a pose; w word, c code, b begin, e end, q query, p padding.
VOCABULARY = PoseVocabulary(10, 4, 3)
IDS = {
    "p": 0,
    "w": 5,
    "c": VOCABULARY.first_code,
    "b": VOCABULARY.begin,
    "e": VOCABULARY.end,
    "q": VOCABULARY.first_query,
}


def drawn(text: str, prefix: str = "", hide_queries: bool = False) -> list[str]:
    """The mask of the tokens in ``text`` after a cached ``prefix``, one string a row."""
    config = LlamaConfig(hidden_size=8, num_attention_heads=1, num_hidden_layers=1, vocab_size=32)
    config._attn_implementation = "sdpa"
    ids = torch.tensor([[IDS[letter] for letter in text]])
    cache = DynamicCache(config=config)
    if prefix:
        cache.update(torch.zeros(1, 1, len(prefix), 8), torch.zeros(1, 1, len(prefix), 8), 0)
    real = torch.tensor([[letter != "p" for letter in prefix + text]]).long()
    blocks = block_ids(ids, VOCABULARY, prefix_length=len(prefix))
    mask = mixed_mask(config, torch.zeros(1, len(text), 8), real, blocks, cache, hide_queries)
    return ["".join("x" if seen else "." for seen in row) for row in mask[0, 0]]


def test_words_then_a_pose():
    assert drawn("wbqqqe") == ["x.....", "xx....", "xxxxx.", "xxxxx.", "xxxxx.", "xxxxxx"]


def test_two_poses_are_two_blocks():
    assert drawn("bqqebqq") == [
        "x......",
        "xxx....",
        "xxx....",
        "xxxx...",
        "xxxxx..",  # the second begin does not see its own queries
        "xxxxxxx",
        "xxxxxxx",
    ]


def test_a_pose_after_a_padded_cached_prefix():
    assert drawn("bqqq", prefix="pww") == [".xxx...", ".xxxxxx", ".xxxxxx", ".xxxxxx"]


def test_codes_of_a_prompt_are_causal():
    assert drawn("bcceqqq")[:4] == ["x......", "xx.....", "xxx....", "xxxx..."]


def test_hidden_queries_are_seen_by_their_own_block_only():
    assert drawn("bqqqccce", hide_queries=True) == [
        "x.......",
        "xxxx....",
        "xxxx....",
        "xxxx....",
        "x...x...",
        "x...xx..",
        "x...xxx.",
        "x...xxxx",
    ]


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_run_index_counts_along_runs(members):
    expected, run = [], -1
    for member in members:
        run = run + 1 if member else -1
        expected.append(run)
    assert run_index(torch.tensor([members])).tolist() == [expected]


def test_positions_skip_padding_and_scratch():
    assert count_positions(torch.tensor([[0, 0, 1, 1, 1]])).tolist() == [[1, 1, 0, 1, 2]]
    # begin, three queries, three codes, end: the codes take the queries' positions
    scratch = torch.tensor([[-1, 0, 0, 0, -1, -1, -1, -1]])
    assert count_positions(torch.ones(1, 8), scratch).tolist() == [[0, 1, 2, 3, 1, 2, 3, 4]]


def test_lengths_that_do_not_match_are_refused():
    config = LlamaConfig(hidden_size=8, num_attention_heads=1, num_hidden_layers=1, vocab_size=32)
    config._attn_implementation = "sdpa"
    cache = DynamicCache(config=config)
    cache.update(torch.zeros(1, 1, 5, 8), torch.zeros(1, 1, 5, 8), 0)
    new = torch.zeros(1, 3, 8)
    short, full = torch.full((1, 3), -1), torch.full((1, 8), -1)
    with pytest.raises(ValueError, match=r"block ids cover 3 tokens, but .* 5 \+ 3 = 8"):
        mixed_mask(config, new, torch.ones(1, 8), short, cache)
    with pytest.raises(ValueError, match=r"attention mask cover 3 tokens, but .* 5 \+ 3 = 8"):
        mixed_mask(config, new, torch.ones(1, 3), full, cache)


def test_a_backend_without_block_masks_is_refused():
    config = LlamaConfig(hidden_size=8, num_attention_heads=1, num_hidden_layers=1, vocab_size=32)
    config._attn_implementation = "flash_attention_2"
    with pytest.raises(ValueError, match="flash_attention_2.*eager.*sdpa"):
        mixed_mask(config, torch.zeros(1, 2, 8), torch.ones(1, 2), torch.full((1, 2), -1))


@pytest.mark.parametrize(
    "kind",
    [("llama", {}), ("mistral", {"sliding_window": None}), ("mistral", {"sliding_window": 9})],
    ids=["llama", "mistral", "mistral-sliding"],
)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
@torch.no_grad()
def test_cached_equals_uncached(small_model, kind, data):
    """Any way of cutting a sequence between blocks gives the logits of one pass."""
    model_type, text = kind
    model = small_model(model_type=model_type, text=text)
    vocabulary = model.vocabulary
    pose = [vocabulary.begin, *vocabulary.query_ids]
    pieces = data.draw(st.lists(st.sampled_from([[5], [7, 9], pose, [vocabulary.end]]), min_size=2, max_size=8))
    whole = torch.tensor([[1, *(token for piece in pieces for token in piece)]])
    expected = model(whole).logits
    cache = DynamicCache(config=model.config.text_config)
    found = [model(torch.tensor([[1]]), past_key_values=cache).logits]
    found += [model(torch.tensor([piece]), past_key_values=cache).logits for piece in pieces]
    torch.testing.assert_close(torch.cat(found, dim=1), expected, atol=1e-4, rtol=1e-4)
