"""The decoding loop: its events, its limits, and rows that do not disturb each other."""

import gc
import weakref

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.model.decoding import DecodeSettings, EndEvent, PoseEvent, TokenEvent, decode
from unipose.model.reveal import UNKNOWN
from unipose.model.static_steps import StaticPool

PROMPTS = ([1, 5], [1, 6, 7, 8], [1, 9, 9, 4, 11, 12], [1, 13])


def batch(prompts) -> dict[str, torch.Tensor]:
    width = max(len(prompt) for prompt in prompts)
    ids = [[0] * (width - len(prompt)) + list(prompt) for prompt in prompts]
    mask = [[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    return {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}


def replies(model, prompts, seed=None, **options):
    """What each row said, comparable: tokens, poses as tuples, and the reason of the end."""
    said = {row: [] for row in range(len(prompts))}
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    for event in decode(model, batch(prompts), DecodeSettings(**options), generator):
        assert not said[event.row] or said[event.row][-1] not in ("stop", "length"), "nothing after the end"
        if isinstance(event, TokenEvent):
            said[event.row].append(event.token_id)
        elif isinstance(event, PoseEvent):
            assert event.codes.dtype == torch.int64 and event.log_prob <= 0
            said[event.row].append(tuple(event.codes.tolist()))
        else:
            said[event.row].append(event.reason)
    assert all(row[-1] in ("stop", "length") for row in said.values())
    return [said[row] for row in range(len(prompts))]


def length(reply, model) -> int:
    """Tokens a reply took."""
    pose = model.vocabulary.num_queries + 2
    return sum(pose if isinstance(part, tuple) else 1 for part in reply[:-1])


def lean(model, token: int, amount: float) -> None:
    """Make a token likelier everywhere."""
    bonus = torch.nn.functional.one_hot(torch.tensor(token), model.vocabulary.size) * amount
    model.lm_head.register_forward_hook(lambda module, inputs, logits: logits + bonus)


@pytest.fixture
def talkative(small_model):
    """A model that mixes words and poses and ends now and then."""

    def build(seed: int, **config):
        model = small_model(seed=seed, pose_slot_embeddings=True, **config)
        lean(model, model.vocabulary.begin, 2.0)
        return model

    return build


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rows=st.lists(
        st.tuples(st.sampled_from(PROMPTS), st.sampled_from(["free", "force", "forbid"])), min_size=2, max_size=4
    ),
    room=st.integers(1, 40),
    codes_back=st.booleans(),
)
def test_a_batch_says_what_its_rows_say_alone(small_model, seed, rows, room, codes_back):
    model = small_model(seed=seed, pose_slot_embeddings=True, feed_codes_back=codes_back)
    lean(model, model.vocabulary.begin, 2.0)
    prompts = [prompt for prompt, _ in rows]
    force, forbid = [kind == "force" for _, kind in rows], [kind == "forbid" for _, kind in rows]
    together = replies(model, prompts, max_new_tokens=room, force_pose=force, forbid_pose=forbid)
    for row, prompt in enumerate(prompts):
        alone = replies(model, [prompt], max_new_tokens=room, force_pose=force[row], forbid_pose=forbid[row])
        assert together[row] == alone[0]
        assert length(alone[0], model) <= room
        assert not (forbid[row] and any(isinstance(part, tuple) for part in alone[0]))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), codes_back=st.booleans())
@torch.no_grad()
def test_decoding_agrees_with_one_pass_over_the_reply(small_model, seed, codes_back):
    """Every choice is the best one of an uncached forward over the finished reply."""
    model = small_model(seed=seed, pose_slot_embeddings=True, feed_codes_back=codes_back)
    lean(model, model.vocabulary.begin, 2.0)
    vocabulary, prompt = model.vocabulary, list(PROMPTS[1])
    reply = replies(model, [prompt], max_new_tokens=30)[0]
    ids, wanted = list(prompt), {}
    for part in reply[:-1]:
        if isinstance(part, tuple):
            wanted[len(ids) - 1] = vocabulary.begin
            wanted |= {len(ids) + 1 + slot: vocabulary.first_code + code for slot, code in enumerate(part)}
            shown = [vocabulary.first_code + code for code in part] if codes_back else []
            ids += [vocabulary.begin, *vocabulary.query_ids, *shown, vocabulary.end]
        else:
            wanted[len(ids) - 1] = part
            ids.append(part)
    if reply[-1] == "stop":
        wanted[len(ids) - 1] = 2
    logits = model(torch.tensor([ids])).logits[0]
    words = [*range(vocabulary.base_size), vocabulary.begin]
    for position, token in wanted.items():
        among = range(vocabulary.first_code, vocabulary.begin) if vocabulary.is_code(torch.tensor(token)) else words
        best = logits[position, list(among)].max()
        torch.testing.assert_close(logits[position, token], best, atol=1e-3, rtol=0)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.lists(st.sampled_from(PROMPTS), min_size=1, max_size=4))
def test_rows_of_several_passes_do_not_disturb_each_other(small_model, seed, rows):
    model = small_model(seed=seed, pose_slot_embeddings=True)
    options = {"max_new_tokens": 30, "pose_passes": 3}
    assert replies(model, rows, **options) == [replies(model, [row], **options)[0] for row in rows]


@pytest.mark.parametrize("static", [False, True])
def test_a_prompt_that_all_rows_have_is_read_once(small_model, static):
    model = small_model(seed=6, pose_slot_embeddings=True)
    model.static_steps = StaticPool(graphs=False) if static else None
    sizes = []
    model.language_model.register_forward_pre_hook(
        lambda module, inputs, given: sizes.append(given["inputs_embeds"].shape[:2].numel()), with_kwargs=True
    )
    prompt, rows = PROMPTS[2], 4
    options = {"max_new_tokens": 12, "pose_passes": 2}
    forced = [True, False, True, False]
    together = replies(model, [prompt] * rows, force_pose=forced, **options)
    assert sizes[0] == len(prompt) - 1 and sizes[1] == rows * (model.vocabulary.num_queries + 2)
    assert together == [replies(model, [prompt], force_pose=force, **options)[0] for force in forced]


@torch.no_grad()
def test_every_pass_settles_the_surest_and_shows_them_to_the_next(small_model):
    model = small_model(seed=4, pose_slot_embeddings=True)
    vocabulary = model.vocabulary
    size, passes = vocabulary.num_queries, 2
    prompt = [*PROMPTS[0], vocabulary.begin, *vocabulary.query_ids]
    known = torch.full((1, len(prompt)), UNKNOWN)
    total = 0.0
    for settled in (-(-size // passes), size):
        logits = model(torch.tensor([prompt]), known_codes=known).logits[0, -size:, vocabulary.code_rows]
        chances, codes = logits.float().log_softmax(-1).max(-1)
        unsettled = known[0, -size:] == UNKNOWN
        surest = chances.masked_fill(~unsettled, -torch.inf).topk(settled - int((~unsettled).sum())).indices
        known[0, -size:][surest] = codes[surest]
        total += float(chances[surest].sum())
    wanted = DecodeSettings(force_pose=True, max_poses=1, pose_passes=passes)
    pose = next(event for event in decode(model, batch(PROMPTS[:1]), wanted) if isinstance(event, PoseEvent))
    assert pose.codes.tolist() == known[0, -size:].tolist()
    assert pose.log_prob == pytest.approx(total, abs=1e-4)


def test_the_examples_are_not_all_alike(talkative):
    """The properties above would be hollow if random models never mixed words and poses, or never ended."""
    said = [replies(talkative(seed), PROMPTS, max_new_tokens=40) for seed in range(12)]
    rows = [row for reply in said for row in reply]
    assert {row[-1] for row in rows} == {"stop", "length"}
    assert any(isinstance(a, int) and isinstance(b, tuple) for row in rows for a, b in zip(row, row[1:], strict=False))
    assert any(isinstance(a, tuple) and isinstance(b, int) for row in rows for a, b in zip(row, row[1:], strict=False))
    assert any(sum(isinstance(part, tuple) for part in row) > 1 for row in rows)


def test_a_pose_that_does_not_fit_is_not_begun(small_model):
    model = small_model()
    lean(model, model.vocabulary.begin, 1000.0)
    whole = model.vocabulary.num_queries + 2
    assert replies(model, PROMPTS[:1], max_new_tokens=whole - 1) == [["length"]]
    (once,) = replies(model, PROMPTS[:1], max_new_tokens=2 * whole - 1)
    assert len(once) == 2 and isinstance(once[0], tuple) and once[1] == "length"
    assert replies(model, PROMPTS[:1], max_new_tokens=whole - 1, force_pose=True) == [["length"]]


def test_the_context_is_a_limit_too(small_model):
    model = small_model(text={"max_position_embeddings": 12})
    lean(model, model.vocabulary.begin, 1000.0)
    assert replies(model, [[1] * 12, [1] * 4, [1] * 5], force_pose=False)[0] == ["length"]
    full = replies(model, [[1] * 12, [1] * 4, [1] * 5])
    assert [len(row) for row in full] == [1, 2, 1]  # 4 + begin + 6 + end = 12 just fits


@pytest.mark.parametrize("favourite", ["end", "first_query", "image_start", "first_code"])
def test_markers_are_never_words(small_model, favourite):
    model = small_model()
    lean(model, getattr(model.vocabulary, favourite), 1000.0)
    (reply,) = replies(model, PROMPTS[:1], max_new_tokens=10)
    assert all(isinstance(part, tuple) or part < model.vocabulary.base_size for part in reply[:-1])


def test_only_codes_fill_a_pose(small_model):
    model = small_model()
    lean(model, 7, 1000.0)  # a word everyone prefers, inside a pose too
    (reply,) = replies(model, PROMPTS[:1], max_new_tokens=9, force_pose=True)
    assert isinstance(reply[0], tuple) and reply[1:] == [7, "length"]
    assert all(0 <= code < model.vocabulary.num_codes for code in reply[0])


def test_forced_forbidden_and_counted(small_model):
    model = small_model()
    lean(model, model.vocabulary.begin, 1000.0)
    force, forbid, free = replies(
        model,
        PROMPTS[:3],
        max_new_tokens=20,
        max_poses=1,
        force_pose=[True, False, False],
        forbid_pose=[False, True, False],
    )
    assert [sum(isinstance(part, tuple) for part in row) for row in (force, forbid, free)] == [1, 0, 1]
    with pytest.raises(ValueError, match="both force and forbid"):
        decode(model, batch(PROMPTS[:1]), DecodeSettings(force_pose=True, forbid_pose=True))
    with pytest.raises(ValueError, match="force_pose has 2 entries, the batch has 1 rows"):
        decode(model, batch(PROMPTS[:1]), DecodeSettings(force_pose=[True, False]))


def test_log_prob_is_that_of_the_codes(small_model):
    model = small_model()
    vocabulary = model.vocabulary
    inputs = batch(PROMPTS[1:2])
    events = decode(
        model, inputs, DecodeSettings(force_pose=True, pose_temperature=1.5), torch.Generator().manual_seed(3)
    )
    pose = next(event for event in events if isinstance(event, PoseEvent))
    ids = torch.tensor([[*PROMPTS[1], vocabulary.begin, *vocabulary.query_ids]])
    with torch.no_grad():
        logits = model(ids).logits[0, -vocabulary.num_queries :, vocabulary.code_rows]
    expected = logits.log_softmax(-1)[torch.arange(vocabulary.num_queries), pose.codes].sum()
    assert pose.log_prob == pytest.approx(float(expected), abs=1e-3)


def test_chance_is_passed_in(small_model):
    model = small_model()
    options = {"max_new_tokens": 30, "temperature": 2.0, "pose_temperature": 2.0, "force_pose": True}
    first = replies(model, PROMPTS, seed=1, **options)
    assert replies(model, PROMPTS, seed=1, **options) == first
    assert replies(model, PROMPTS, seed=2, **options) != first
    greedy = replies(model, PROMPTS, max_new_tokens=30, force_pose=True)
    narrow = {**options, "top_k": 1, "pose_top_k": 1}
    assert replies(model, PROMPTS, seed=1, **narrow) == greedy


def test_events_arrive_while_decoding(small_model):
    """The first pose is out before the second forward pass."""
    model = small_model()
    passes = []
    model.lm_head.register_forward_hook(lambda *_: passes.append(1))
    stream = decode(model, batch(PROMPTS[:1]), DecodeSettings(force_pose=True))
    assert isinstance(next(stream), PoseEvent)
    assert len(passes) == 1
    assert isinstance(list(stream)[-1], EndEvent)


def test_a_closed_stream_frees_what_it_held(small_model):
    model = small_model()
    caches = []
    model.language_model.register_forward_pre_hook(
        lambda module, inputs, given: caches.append(weakref.ref(given["past_key_values"])), with_kwargs=True
    )
    stream = decode(model, batch(PROMPTS), DecodeSettings(force_pose=True))
    next(stream)
    gc.collect()
    assert caches[0]() is not None
    stream.close()
    gc.collect()
    assert caches[0]() is None and list(stream) == []


def test_the_caller_may_end_the_work_between_passes(small_model):
    model = small_model()
    lean(model, 7, 1000.0)
    passes = []
    model.lm_head.register_forward_hook(lambda *_: passes.append(1))
    wanted = DecodeSettings(max_new_tokens=20, force_pose=[True, False])
    events = list(decode(model, batch(PROMPTS[:2]), wanted, stop=lambda: len(passes) == 3))
    assert len(passes) == 3
    assert [type(event) for event in events] == [PoseEvent, *[TokenEvent] * 5, EndEvent, EndEvent]
    assert [(event.row, event.reason) for event in events[-2:]] == [(0, "cancelled"), (1, "cancelled")]
    assert [event.reason for event in decode(model, batch(PROMPTS[:2]), wanted, stop=lambda: True)] == ["cancelled"] * 2


@pytest.mark.parametrize(
    ("setting", "message"),
    [({"temperature": -1.0}, "temperature of at least 0"), ({"pose_top_k": 0}, "pose_top_k of at least 1")],
)
def test_senseless_settings_are_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        DecodeSettings(**setting)
