"""What is no word about a pose, what no pose can show, and what nobody understands."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unipose.chat.talk import Heard, hear, puzzled, understood

TALK = {
    "fingers": ["wiggle your fingers", "Can you make a fist?", "spread the fingers of the left hand", "curl her toes"],
    "face": ["make her smile", "wink at me", "close your eyes", "please raise your eyebrows"],
    "looks": ["put a hat on him", "change her shirt to red", "make him taller", "turn her into a robot"],
    "body": ["add a second person", "two people dancing", "make them hug"],
    "moment": ["animate the walk", "do ten squats", "make it a gif", "jump up and down"],
    "place": ["make him float", "put him on the moon", "give her a sword", "add a chair"],
    "view": ["zoom in", "rotate the camera to the left"],
    "health": [
        "is this good for my back?",
        "I have a herniated disc, can I do this?",
        "how many calories does this burn?",
    ],
    "bend": ["turn her head 360 degrees", "remove the left arm", "bend the knees backwards"],
    "pose": [
        "book me a flight",
        "what's the weather like?",
        "tell me a joke",
        "hi",
        "who are you?",
        "how does this work?",
    ],
    "change": ["I love it", "that's perfect", "how do I change a pose?"],
}


@pytest.mark.parametrize(("about", "text"), [(about, text) for about, texts in TALK.items() for text in texts])
def test_talk_is_answered_to_the_point(about, text):
    answers = [hear(text, turn) for turn in range(6)]
    assert all(heard.rest == "" for heard in answers)
    assert any(about in heard.remark.lower() for heard in answers)


@pytest.mark.parametrize(
    "text",
    [
        "raise the left arm",
        "put a hand on his hip",
        "give him a wider stance",
        "show a chair pose",
        "sit on a chair",
        "thumbs up",
        "touch your toes",
        "interlace the fingers behind the head",
        "cross your legs",
        "make him kneel",
        "put him on his knees",
        "turn the head to the right by 30 degrees",
        "a man smiling, arms wide open",
        "playing guitar",
        "a boxer after the fight",
        "is she standing?",
        "how bent is the left knee?",
        "describe it",
        "what changed?",
        "undo that",
        "Great, now raise both arms",
        "hello! a man kneeling",
    ],
)
def test_words_about_a_pose_are_none(text):
    assert hear(text, 0) == Heard(text)


@pytest.mark.parametrize(
    ("text", "rest", "about"),
    [
        ("raise the left arm and smile", "raise the left arm", "face"),
        ("smile, then raise the left arm", "raise the left arm", "face"),
        ("Lift the chin; can you also add a hat?", "Lift the chin", "looks"),
        ("lift the head and breathe in deeply", "lift the head", "moment"),
        ("turn the palms up, spread the fingers and lean back", "turn the palms up and lean back", "fingers"),
    ],
)
def test_a_mixed_turn_keeps_what_can_be_done(text, rest, about):
    heard = hear(text, 0)
    assert heard.rest == rest and about in heard.remark.lower()


def test_several_impossible_things_are_all_named():
    remark = hear("open your mouth and wiggle your fingers", 0).remark
    assert "face" in remark and "fingers" in remark


@given(st.text(max_size=300), st.integers(0, 1000))
def test_any_text_is_heard(text, turn):
    heard = hear(text, turn)
    assert heard.rest or heard.remark or not text.strip(" .,!?;:-\t\n")


@given(
    st.lists(
        st.sampled_from(["the left arm", "raise", "smile", "and", ",", "hi", "put", "a hat", "on him", "!"]), max_size=9
    )
)
def test_what_is_left_of_a_turn_are_its_own_words(words):
    text = " ".join(words)
    assert set(re.findall(r"\w+", hear(text, 0).rest)) <= set(re.findall(r"\w+", text))


@pytest.mark.parametrize(
    "text", ["nod slowly", "juggle", "hold a cup", "be a tree", "a ballerina", "the other hip", "climb"]
)
def test_words_about_a_body_are_left_to_the_model(text):
    assert understood(text)


@pytest.mark.parametrize("text", ["blorf the snozzle", "asdf qwer", "frobnicate it", "hebe den linken"])
def test_words_about_nothing_are_said_back(text):
    assert not understood(text)
    assert all(text in puzzled(text, has_pose, turn) for has_pose in (True, False) for turn in range(3))


def test_long_nonsense_is_not_said_back_in_full():
    assert len(puzzled("blorf " * 300, True, 0)) < 400
