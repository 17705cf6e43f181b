"""Verbs on a lent GPU, by a lender that does what the real one does: a forked process, pickled both ways."""

from __future__ import annotations

import multiprocessing
import os
import sys
import types

import numpy as np
import pytest
import torch

from unipose.body.postures import standing
from unipose.chat import Session, UserError
from unipose.chat.lending import Lent, lend, lender

CONTEXT = multiprocessing.get_context("fork")


def gpu(task):
    """Runs a generator function in a forked process; of what it raises only the name of the class arrives."""

    def work(requests, results):
        torch.set_num_threads(1)
        given = requests.get()
        try:
            for result in task(*given):
                results.put(("yield", result))
            results.put(("end", None))
        except Exception as error:
            results.put(("raise", type(error).__name__))

    def lent(*given):
        requests, results = CONTEXT.SimpleQueue(), CONTEXT.SimpleQueue()
        requests.put(given)
        process = CONTEXT.Process(target=work, args=(requests, results), daemon=True)
        process.start()
        try:
            while (found := results.get())[0] == "yield":
                yield found[1]
            if found[0] == "raise":
                raise OSError(f"worker error: {found[1]}")
        finally:
            process.terminate()
            process.join()

    return lent


@pytest.fixture(scope="module")
def lent(tiny):
    return Lent(tiny, gpu)


def test_an_answer_is_the_same_as_without_a_lender(tiny, lent):
    own, other = tiny.generate("Raise both arms.", 3, seed=4), lent.generate("Raise both arms.", 3, seed=4)
    assert len(other.poses) == 3 and other.text == own.text and other.scores == pytest.approx(own.scores, abs=1e-4)
    for mine, theirs in zip(own.poses, other.poses, strict=True):
        assert np.allclose(mine.axis_angle, theirs.axis_angle, atol=1e-4)
    assert lent.describe(standing()).text == tiny.describe(standing()).text
    assert lent.compare(standing(), own.poses[0]).text == tiny.compare(standing(), own.poses[0]).text


def test_a_conversation_lives_outside_what_is_lent(lent):
    session = Session(lent)
    before = os.getpid()
    for words in ("Raise both arms.", "now bend your knees", "what changed?"):
        list(session.send(words))
    assert [turn.kind for turn in session.turns][:2] == ["generate", "edit"] and os.getpid() == before


def test_a_refusal_arrives_with_its_words_and_a_failure_without(tiny, lent, monkeypatch):
    with pytest.raises(UserError, match="say what the body should do"):
        lent.generate("   ")

    def broken(*given, **named):
        raise KeyError("a secret of this side")
        yield

    monkeypatch.setattr(tiny, "describe_stream", broken)
    with pytest.raises(RuntimeError, match="describe_stream failed") as failure:
        lent.describe(standing())
    assert "secret" not in str(failure.value)


def test_a_lender_without_a_gpu_is_told_in_a_sentence(tiny):
    def nothing_left(task):
        def lent(*given):
            raise ConnectionError("quota used up")
            yield

        return lent

    with pytest.raises(UserError, match="no GPU could be had .*quota used up"):
        Lent(tiny, nothing_left).generate("Raise both arms.")


def test_an_answer_that_is_closed_ends_the_loan(lent):
    pieces = lent.generate_stream("Raise both arms.", 8, seed=1)
    next(pieces)
    pieces.close()
    assert not [child for child in multiprocessing.active_children() if child.is_alive()]


def test_only_a_space_lends_and_only_to_models_off_the_cpu(tiny, monkeypatch):
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    assert lender() is None and lend(tiny, None) is tiny
    asked = []
    monkeypatch.setitem(sys.modules, "spaces", types.SimpleNamespace(GPU=lambda task: asked.append(task) or gpu(task)))
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    assert lend(tiny, lender()) is tiny and len(asked) == 1  # told what may ask, and not asked
