"""The bench: what is compared is the same work, figures fit each other, and the published ratios hold."""

import pytest
import torch

from unipose.evaluation.bench.figures import Effort, bench, bench_network
from unipose.evaluation.bench.machine import fastest_dtype, named, read_speed, seconds_to_first
from unipose.evaluation.bench.networks import random_network
from unipose.evaluation.bench.one_by_one import in_one_pass, prefilled, token_by_token
from unipose.evaluation.bench.prompts import made_up, real
from unipose.evaluation.bench.report import table
from unipose.model.decoding import DecodeSettings, PoseEvent, decode

CPU = torch.device("cpu")
QUICK = Effort(calls=3, rounds=1, sizes=(1, 4))


@pytest.fixture(scope="module")
def mini():
    return random_network("mini", CPU, torch.bfloat16)


def test_figures_fit_each_other(tiny):
    figures = bench_network(tiny.model, QUICK, real(tiny))
    assert all(value > 0 for value in figures.values())
    for name in ("first_word", "text_to_pose", "pose_one_pass", "pose_token_by_token"):
        assert figures[f"{name}_ms_p50"] <= figures[f"{name}_ms_p95"]
    ratio = figures["pose_token_by_token_ms_p50"] / figures["pose_one_pass_ms_p50"]
    assert figures["one_pass_gain"] == pytest.approx(ratio)
    assert figures["word_batch_gain_4"] == pytest.approx(figures["words_per_s_4"] / figures["words_per_s_1"])
    assert figures["floor_share"] == pytest.approx(figures["floor_ms"] / figures["word_ms"])
    read = sum(p.nbytes for p in tiny.model.language_model.parameters())  # table and head are one here
    assert figures["weights_mb"] == pytest.approx(read / 1e6) and "image_to_pose_ms_p50" not in figures
    shown = table(figures, "tiny on this machine").splitlines()
    assert shown[0] == "tiny on this machine" and any(line.startswith("network: words to a pose") for line in shown)
    with pytest.raises(ValueError, match="repeats are 1 or more, found 0"):
        Effort(calls=0)


@pytest.mark.slow  # every verb, several times
def test_verbs_are_timed_as_people_meet_them(tiny):
    figures = bench(tiny, QUICK)
    for verb in ("generate", "edit", "describe_first", "encode", "decode"):
        assert 0 < figures[f"{verb}_ms_p50"] <= figures[f"{verb}_ms_p95"]
    assert figures["describe_first_ms_p50"] > figures["first_word_ms_p50"]  # the check is part of it


@torch.no_grad()
def test_both_ways_are_what_they_claim(tiny):
    """One pass gives decode's own codes; token by token gives the best next code of an uncached pass, each time."""
    model, vocabulary = tiny.model, tiny.model.vocabulary
    prompt = real(tiny).to_pose(1)["input_ids"]
    wanted = DecodeSettings(force_pose=True, max_poses=1)
    pose = next(event for event in decode(model, {"input_ids": prompt}, wanted) if isinstance(event, PoseEvent))
    assert in_one_pass(model, prefilled(model, prompt[0])) == pose.codes.tolist()
    codes = token_by_token(model, prefilled(model, prompt[0]))
    fed = torch.tensor([[vocabulary.begin, *(vocabulary.first_code + code for code in codes[:-1])]])
    # the library gives slots to codes fed in one run, which codes fed one by one do not have
    embedded = torch.cat([model.embed(prompt), *(model.embed(token) for token in fed.split(1, dim=1))], dim=1)
    logits = model(torch.cat([prompt, fed], dim=1), inputs_embeds=embedded).logits[0, prompt.shape[1] :]
    best = logits[:, vocabulary.code_rows].max(dim=-1)
    assert len(codes) == vocabulary.num_queries
    chosen = logits[torch.arange(len(codes)), torch.tensor(codes) + vocabulary.first_code]
    torch.testing.assert_close(chosen, best.values, atol=1e-4, rtol=0)


def test_random_networks_have_the_published_shape(mini):
    assert mini.dtype == torch.bfloat16 and not mini.training and mini.static_steps is None
    assert {p.dtype for p in mini.pose_tokenizer.parameters()} == {torch.float32}
    assert (mini.vocabulary.num_codes, mini.vocabulary.num_queries) == (2048, 80)
    assert mini.config.vision_config.num_image_tokens == 576
    size = mini.config.text_config.head_dim
    rope = mini.language_model.rotary_emb.inv_freq
    torch.testing.assert_close(rope, 1e6 ** -(torch.arange(0, size, 2) / size), rtol=1e-5, atol=0)
    for name, parameter in mini.named_parameters():
        assert not parameter.is_meta and bool(parameter.isfinite().all()), name
        if parameter.ndim > 1 and parameter.numel() > 10_000:
            assert 0.015 < float(parameter.float().std()) < 0.025, name
    with pytest.raises(ValueError, match="sizes official and mini, found 'huge'"):
        random_network("huge", CPU, torch.float32)


def test_the_official_size_is_the_published_one():
    model = random_network("official", torch.device("meta"), torch.bfloat16)
    assert sum(p.numel() for p in model.language_model.parameters()) == pytest.approx(7.1e9, rel=0.02)
    assert sum(p.numel() for p in model.vision.pose.parameters()) == pytest.approx(630.9e6, rel=0.001)
    assert model.vocabulary.size == 34132


def test_a_random_network_sees_and_answers(mini):
    seen = made_up(mini).seen(1)
    pose = next(decode(mini, seen, DecodeSettings(max_new_tokens=82, force_pose=True)))
    assert isinstance(pose, PoseEvent) and pose.codes.shape == (80,)


def test_the_machine_is_named_and_measured():
    assert "cores" in named(CPU) and torch.__version__ in named(CPU)
    assert 1e8 < read_speed(2**24, CPU, repeats=2) < 1e13
    closed = []

    def stream():
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    assert seconds_to_first(stream) > 0 and closed == [True]


@pytest.mark.slow  # half a minute of a whole network
@pytest.mark.timed
def test_one_pass_and_batches_pay():
    """On a CPU, side by side: a pose in one pass is 15 times as fast as token by token, 16 replies at once 4 times as
    one by one.
    """
    network = random_network("mini", CPU, fastest_dtype(CPU))
    figures = bench_network(network, Effort(calls=12, rounds=1, sizes=(1, 16)))
    assert figures["one_pass_gain"] >= 15
    assert figures["word_batch_gain_16"] >= 4
