"""What goes over the wire with an answer: the whole chat once, and the body once."""

import gradio as gr
import pytest

from tools.load.visitor import Visitor
from unipose.ui.desk import Kept
from unipose.ui.page import Page

from .visiting import served

SKIP = gr.skip()


def message(text, *more):
    return {"role": "assistant", "content": [text, *more] if more else text}


def test_a_step_without_news_of_the_chat_gives_it_again():
    kept, chat = Kept(2), [message("one")]
    assert kept.after([chat, SKIP]) == [chat, SKIP]
    assert kept.after([SKIP, "a body"]) == [chat, "a body"]
    longer = [*chat, message("two", "its picture")]
    assert kept.after([longer, SKIP]) == [longer, SKIP]
    assert kept.last() == [SKIP, SKIP]


@pytest.mark.parametrize("shorter", [[message("one")], [message("one"), message("two")]])
def test_a_chat_that_got_shorter_comes_whole_at_the_end(shorter):
    kept = Kept(1)
    kept.after([[message("one"), message("two", "its picture")]])
    kept.after([shorter])
    assert kept.last() == [shorter]
    longer = [*shorter, message("three", "its picture"), message("four")]
    kept.after([longer])
    assert kept.last() == [longer]


def test_a_turn_is_not_much_heavier_in_a_long_conversation(puppet, body):
    with served(Page(puppet, body)) as page:
        visitor = Visitor(page.blocks.local_url)
        visitor.open()
        answers = [visitor.say(("Raise your arms", "Lift your left leg")[turn % 2]) for turn in range(13)]
        visitor.close()
    assert len(answers[-1].messages) == 26 and answers[-1].vertices is not None
    assert answers[-1].heard[-1] == answers[-1].messages[-1][1]
    assert answers[-1].received - answers[2].received < 10 * 1500
