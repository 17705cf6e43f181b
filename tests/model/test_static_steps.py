"""Passes over caches of fixed size say what passes over a growing cache say, on borrowed and used caches too."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.test_decoding import PROMPTS, batch, lean, replies
from unipose.model.decoding import DecodeSettings, decode
from unipose.model.runtime import ready
from unipose.model.static_steps import StaticPool

KINDS = st.lists(
    st.tuples(st.sampled_from(PROMPTS), st.sampled_from(["free", "force", "forbid"])), min_size=1, max_size=5
)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    batches=st.lists(KINDS, min_size=2, max_size=3),
    room=st.integers(1, 40),
    passes=st.integers(1, 3),
    codes_back=st.booleans(),
    multiple=st.sampled_from([8, 32, 256]),
)
def test_a_fixed_cache_changes_nothing(small_model, seed, batches, room, passes, codes_back, multiple):
    """Mixed rows may use more columns than were borrowed; short caches see to that here."""
    model = small_model(seed=seed, pose_slot_embeddings=True, feed_codes_back=codes_back)
    lean(model, model.vocabulary.begin, 2.0)
    pool = StaticPool(graphs=False, multiple=multiple)
    for rows in batches:
        options = {
            "max_new_tokens": room,
            "pose_passes": passes,
            "force_pose": [kind == "force" for _, kind in rows],
            "forbid_pose": [kind == "forbid" for _, kind in rows],
        }
        prompts = [prompt for prompt, _ in rows]
        model.static_steps = None
        growing = replies(model, prompts, **options)
        model.static_steps = pool
        assert replies(model, prompts, **options) == growing
    assert 1 <= len(pool) <= 2


def test_rows_that_share_no_columns_outgrow_a_cache(small_model):
    """The example that the property above needs: poses at different times, more columns than were borrowed."""
    model = small_model(seed=3)
    lean(model, model.vocabulary.begin, 2.0)
    pool = model.static_steps = StaticPool(graphs=False, multiple=1)
    seen = []
    model.language_model.register_forward_pre_hook(
        lambda module, inputs, given: seen.append(type(given["past_key_values"]).__name__), with_kwargs=True
    )
    replies(model, PROMPTS, max_new_tokens=40, temperature=1.0, seed=1)
    assert seen[0] == "StaticCache" and seen[-1] == "DynamicCache" and len(pool) == 1


def test_sampling_rolls_the_same_dice(small_model):
    model = small_model(seed=2)
    options = {"max_new_tokens": 30, "temperature": 1.5, "pose_temperature": 1.5, "force_pose": True, "seed": 7}
    growing = replies(model, PROMPTS, **options)
    model.static_steps = StaticPool(graphs=False)
    assert replies(model, PROMPTS, **options) == growing


def test_eager_attention_too(small_config):
    from unipose.model.unipose import UniPoseModel

    torch.manual_seed(0)
    model = UniPoseModel._from_config(small_config(), attn_implementation="eager").eval()
    growing = replies(model, PROMPTS, max_new_tokens=30)
    model.static_steps = StaticPool(graphs=False)
    assert replies(model, PROMPTS, max_new_tokens=30) == growing


def test_caches_are_lent_to_one_decoding_at_a_time_and_come_back(small_model):
    model = small_model()
    pool = model.static_steps = StaticPool(graphs=False, spare=1)
    streams = [decode(model, batch(PROMPTS[:1]), DecodeSettings(force_pose=True)) for _ in range(3)]
    assert len({str(next(stream).codes) for stream in streams}) == 1 and len(pool) == 0
    for stream in streams:
        stream.close()
    assert len(pool) == 1, "no more are kept than asked for"


@pytest.mark.parametrize("modes", [(True, False), (False, True)])
def test_a_cache_outlives_the_inference_mode_it_was_made_in(small_model, modes):
    model = small_model()
    growing = replies(model, PROMPTS, max_new_tokens=30)
    pool = model.static_steps = StaticPool(graphs=False)
    for mode in modes:
        with torch.inference_mode(mode):
            assert replies(model, PROMPTS, max_new_tokens=30) == growing
            assert len(set(map(str, replies(model, PROMPTS[:1] * 3, max_new_tokens=30)))) == 1
    assert len(pool) == 1


def test_windows_are_attended_to_with_a_growing_cache(small_model):
    model = small_model(model_type="mistral", text={"sliding_window": 4, "head_dim": 8})
    growing = replies(model, PROMPTS, max_new_tokens=30)
    pool = model.static_steps = StaticPool(graphs=False)
    assert replies(model, PROMPTS, max_new_tokens=30) == growing and len(pool) == 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="graphs are recorded on a CUDA device only")
def test_recorded_passes_change_nothing(small_model):
    growing = small_model(seed=5).cuda()
    recorded = ready(small_model(seed=5).cuda())
    for _ in range(3):  # run, recorded, replayed
        options = {"max_new_tokens": 40, "force_pose": [True, False, False, False]}
        assert replies(recorded, PROMPTS, **options) == replies(growing, PROMPTS, **options)
