"""How much a visitor may ask for, and in what order: with a clock of the test's own, and with real threads."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unipose.chat import UserError
from unipose.ui import limits
from unipose.ui.limits import Allowance, Meter
from unipose.ui.line import Line, waiting_words


class Clock:
    """Seconds that pass when told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def spent(meter, count, session="s", address="a"):
    """How many of so many answers are allowed at once."""
    allowed = 0
    for _ in range(count):
        try:
            meter.spend(session, address)
        except UserError:
            break
        allowed += 1
    return allowed


@given(st.integers(1, 40), st.lists(st.floats(0, 30), max_size=40))
def test_no_minute_holds_more_than_a_full_bucket_and_what_flows_in(limit, pauses):
    clock, begun = Clock(), []
    meter = Meter(Allowance(limit, 0), clock)
    for pause in pauses:
        clock.now += pause
        begun += [clock.now] * spent(meter, 5)
    for start in begun:
        assert sum(start <= at < start + 60 for at in begun) <= 2 * limit + 1


def test_the_refusal_says_when_and_keeps_its_word():
    clock = Clock()
    meter = Meter(Allowance(30, 0), clock)
    assert spent(meter, 99) == 30
    with pytest.raises(UserError, match="in 2 seconds"):
        meter.spend("s", "a")
    clock.now = 2.0
    assert spent(meter, 99) == 1


def test_sessions_have_their_own_and_share_their_address():
    meter = Meter(Allowance(10, 25), Clock())
    assert [spent(meter, 99, session, "office") for session in "abc"] == [10, 10, 5]
    assert spent(meter, 99, "d", "home") == 10


def test_zero_is_no_limit():
    assert spent(Meter(Allowance(0, 0), Clock()), 1000) == 1000


def test_it_forgets_whoever_asked_longest_ago(monkeypatch):
    monkeypatch.setattr(limits, "MOST_REMEMBERED", 50)
    meter = Meter(Allowance(1, 0), Clock())
    for number in range(500):
        meter.spend(str(number), "a")
    assert len(meter) == 50
    with pytest.raises(UserError):
        meter.spend("499", "a")


def test_settings_come_from_the_environment():
    assert Allowance.from_environment({}) == Allowance()
    assert Allowance.from_environment({"UNIPOSE_TURNS_PER_MINUTE": "0", "SPACE_ID": "a/b"}) == Allowance(0, proxies=1)
    for wrong in ("-1", "many", "1.5", "٣"):
        with pytest.raises(ValueError, match="UNIPOSE_PROXIES is a whole number"):
            Allowance.from_environment({"UNIPOSE_PROXIES": wrong})


def test_a_forwarded_address_counts_only_behind_a_proxy_of_ours():
    said = "6.6.6.6, 1.2.3.4"
    assert Allowance().address("9.9.9.9", said) == "9.9.9.9"
    assert Allowance(proxies=1).address("9.9.9.9", said) == "1.2.3.4"  # what the proxy wrote, not what it was told
    assert Allowance(proxies=3).address("9.9.9.9", said) == "6.6.6.6"
    assert Allowance(proxies=1).address("9.9.9.9", None) == "9.9.9.9"


def test_first_come_first_served_and_everybody_knows_their_place():
    line, order, heard = Line(served=1), [], {}
    first = threading.Event()

    def visit(name):
        with line.place() as place:
            heard[name] = list(place.waits(patience=0.02))
            order.append(name)
            if name == 0:
                first.wait(5)

    threads = []
    for name in range(4):
        threads.append(threading.Thread(target=visit, args=(name,)))
        threads[-1].start()
        while len(order) < 1 or line.ahead(name) not in ([None] if name == 0 else [name - 1]):
            time.sleep(0.005)
    time.sleep(0.1)
    first.set()
    for thread in threads:
        thread.join(5)
    assert order == [0, 1, 2, 3] and heard[0] == []
    assert heard[1][0] == waiting_words(0) and heard[3][0] == waiting_words(2)


def test_whoever_leaves_the_line_holds_up_nobody():
    line = Line(served=1, longest=2)
    with line.place() as served:
        leaving = line.place()
        left = leaving.__enter__()
        with line.place() as patient:
            assert [line.ahead(one.number) for one in (served, left, patient)] == [None, 0, 1]
            with pytest.raises(UserError, match="2 people are waiting"), line.place():
                pass
            leaving.__exit__(None, None, None)
            assert line.ahead(patient.number) == 0
    with line.place() as place:
        assert line.ahead(place.number) is None


@given(st.integers(2, 500))
def test_waiting_words_name_the_number(ahead):
    assert f"{ahead} people are before you" in waiting_words(ahead) and "1 person is" in waiting_words(1)
