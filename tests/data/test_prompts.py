"""Prompts without answers: true claims in words that people type, short ones."""

from unipose.data.prompts import Prompts
from unipose.language.items import spell
from unipose.language.reading.parser import Parser


def test_prompts_claim_what_they_say(tiny_synthesis):
    prompts = Prompts(tiny_synthesis).batch(16, seed=2)
    assert len(prompts) == 16
    read = [set(map(spell, Parser.load().parse(prompt.text).items)) & set(prompt.statements) for prompt in prompts]
    assert sum(map(bool, read)) >= 15
    for prompt in prompts:
        (message,) = prompt.messages()
        assert message["role"] == "user" and prompt.text in message["content"][0]["text"]
        assert prompt.answers_with_pose and not prompt.question_poses


def test_prompts_depend_on_the_seed_alone_and_leave_out_the_longest(tiny_synthesis):
    source = Prompts(tiny_synthesis)
    assert source.batch(6, seed=1) == source.batch(6, seed=1) != source.batch(6, seed=2)
    every = tiny_synthesis.requests(round(30 * 4 / 3) + 1, seed=3)
    assert max(len(prompt.text) for prompt in source.batch(30, seed=3)) < max(len(one.text) for one in every)
