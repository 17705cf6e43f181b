"""Turns in words that no pattern knows: likeness of meaning, orders of verb, part and direction, limbs pointed at."""

import pytest

from unipose.body.postures import standing
from unipose.chat import directing, references, routing
from unipose.chat.courses import gist
from unipose.chat.intents import BODY, Intents, intended, sentences, teach
from unipose.chat.ranking import Judge
from unipose.chat.talk import said
from unipose.chat.understanding import stated
from unipose.language.items import Change
from unipose.language.reading.sentences import SentenceEncoder


@pytest.fixture(scope="module")
def encoder():
    found = SentenceEncoder.load()
    assert found is not None, "requirements.txt names the encoder's package"
    return found


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("kindly withdraw the latest alteration", "undo"),
        ("please give a brief account of the pose", "describe"),
        ("and what would be the differences to a moment ago", "compare"),
        ("woah, far too much of a tilt", "less"),
        ("now repeat all that on the opposite leg", "other_side"),
        ("lend her a velvet bathrobe", "looks"),
        ("seat an owl beside him", "people"),
        ("let it rock gently from side to side", "motion"),
        ("would you recite a sonnet", "face"),
        ("what is the population of Lisbon", "off_topic"),
        ("could this give me a slipped disc", "health"),
    ],
)
def test_what_no_pattern_knows_is_known_by_its_likeness(encoder, text, intent):
    assert routing.likely(text, "generate", has_pose=True) == intent


@pytest.mark.parametrize(
    "text",
    [
        "raise the left arm",
        "a woman reading on the bus",
        "lie on the back with one knee bent",
        "roll them onto the side",
    ],
)
def test_what_a_body_can_do_is_left_to_the_pose_language(encoder, text):
    assert routing.likely(text, "generate", has_pose=True) == ""


def test_without_a_pose_nothing_is_undone_or_described(encoder):
    for text in ("kindly withdraw the latest alteration", "please give a brief account of the pose"):
        assert intended(text).name in ("undo", "describe")
        assert routing.likely(text, "generate", has_pose=False) == ""


def test_each_intent_is_acted_on(encoder):
    acted = {"undo", "first", "describe", "compare", "ask", "more", "less", "other_side", "retry", BODY}
    names = set(Intents.load().names)
    assert set(sentences()["intents"]) <= names
    assert [name for name in names - acted if not said(name, 0)] == []


def test_teaching_needs_orders_to_a_body(encoder):
    with pytest.raises(ValueError, match="body"):
        teach([("undo that", "undo")], encoder)


def test_intents_are_written_and_read(encoder, tmp_path):
    taught = teach([("undo that", "undo"), ("raise an arm", BODY)], encoder)
    taught.save(tmp_path / "intents.npz")
    assert (tmp_path / "intents.npz").stat().st_size < 100_000
    assert [one.name for one in taught.likeliest(["undo this", "raise a leg"])] == ["undo", BODY]


@pytest.mark.parametrize(
    ("text", "measure", "direction"),
    [
        ("get your bum down a bit", "pelvis_clearance", -1),
        ("pop the chest up a little", "trunk_pitch", -1),
        ("could you slide the left hand 20 cm further up", "left_hand_over_shoulder", 1),
        ("set the right knee nearer to the floor", "right_hip_flexion", -1),
        ("let the left leg dangle", "left_hip_flexion", -1),
    ],
)
def test_any_part_goes_with_any_direction(text, measure, direction):
    full = directing.order(text)
    changes = [item for item in stated(full).items if isinstance(item, Change)]
    assert [(change.measure, change.direction) for change in changes] == [(measure, direction)], full


@pytest.mark.parametrize("text", ["sing a song", "raise the left arm", "sit on the floor", "the left arm", "higher"])
def test_what_is_read_or_no_direction_is_left_alone(text):
    assert directing.in_full(text, standing()) is None


def test_a_verb_goes_on_where_the_state_it_names_is_reached():
    bent = "bend both knees a little"
    pose = Judge(bent).mend([standing()])[0]
    assert directing.in_full(bent, standing()) is None
    assert directing.in_full(bent, pose) == "bend knees a bit more"


def test_limbs_are_pointed_at_by_how_they_are():
    pose = Judge("lift the left foot in front").mend([standing()])[0]
    assert routing.pointed("lower the free leg a bit", pose) == "lower the left leg a bit"
    assert routing.pointed("bend the standing leg", pose) == "bend the right leg"
    assert routing.pointed("bend the standing leg", standing()) == "bend the standing leg"
    assert routing.pointed("bend the left front leg", pose) == "bend the left front leg"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Cut! He kneels down.", "He kneels down."),
        ("aww. is she sitting? lol", "is she sitting?"),
        ("Less. Lower the arm.", "Less. Lower the arm."),
        ("raise it mate", "raise it"),
        ("Oh what a marvel that is! Could he raise the left arm?", "Could he raise the left arm?"),
        ("How delightful. Bend the right knee.", "Bend the right knee."),
        ("A lamplighter at dusk. He raises the left arm.", "A lamplighter at dusk. He raises the left arm."),
        ("Is that so? Raise the left arm.", "Is that so? Raise the left arm."),
    ],
)
def test_exclamations_do_not_hide_what_is_asked(text, rest):
    assert routing.focus(text) == rest


def test_questions_are_put_so_that_they_can_be_answered():
    assert routing.question("what about the legs, are they both straight?") == "are the legs straight?"
    assert routing.question("left knee bent?") == "is the left knee bent?"
    assert routing.wonders("how bent r his knees") and not routing.wonders("what if he kneels")


def test_a_step_back_is_small_however_much_too_much_it_was():
    assert gist("that is way too much of a lean", back=True).degree == "bit"
    assert gist("it could go quite a lot higher", back=False).axis == "+up"


def test_sides_are_swapped_though_it_is_told_what_that_comes_to():
    assert references.exchanged("Mirror it: the right arm is up now.") == "current"
    assert references.exchanged("Swap hats, the left one is nicer.") is None
