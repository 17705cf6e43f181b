"""The app for programs, as they meet it: gradio_client, an MCP client, and bare requests, on the embedded model."""

import asyncio
import base64
import inspect
import json
import threading
from types import SimpleNamespace
from typing import get_args

import gradio as gr
import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from unipose import Pose, UniPose
from unipose.body.export import FORMATS, KINDS
from unipose.body.files.reading import read_poses
from unipose.body.mesh import FreeBody
from unipose.body.postures import standing
from unipose.ui import api
from unipose.ui.handlers import House
from unipose.ui.limits import Allowance, Meter
from unipose.ui.page import Page
from unipose.ui.viewer import Viewer

NAMES = ["generate", "edit", "describe", "compare", "ask", "estimate", "export"]
POSE = standing().to_dict()

served = pytest.mark.slow  # a real server with the embedded model; loading it takes seconds


@pytest.fixture(scope="module")
def page(nano_folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNIPOSE_TURNS_PER_MINUTE", "0")  # these tests ask for more than one caller may
        page = Page(UniPose.from_pretrained(nano_folder), FreeBody.load("light"))
    page.launch(prevent_thread_lock=True, quiet=True)
    yield page
    page.blocks.close()
    page.house.folder.cleanup()


@pytest.fixture(scope="module")
def client(page):
    return Client(page.blocks.local_url, verbose=False)


@pytest.fixture
def call(client):
    """Call an endpoint by name."""
    return lambda name, **given: client.predict(api_name=f"/{name}", **given)


@pytest.fixture
def tools(page):
    """Speak to the server as an MCP client: lists its tools, or calls the one that is named."""
    mcp = pytest.importorskip("mcp")
    from mcp.client.streamable_http import streamable_http_client

    async def speak(name, given):
        address = f"{page.blocks.local_url}gradio_api/mcp/"
        async with streamable_http_client(address) as (read, write, _), mcp.ClientSession(read, write) as session:
            await session.initialize()
            return await (session.call_tool(name, given) if name else session.list_tools())

    return lambda name=None, **given: asyncio.run(speak(name, given))


@pytest.fixture
def verbs(tiny, body):
    """The endpoints over the tiny model, without a server."""
    house = House(tiny, Viewer(body))
    yield api.Api(house)
    house.folder.cleanup()


# -- what is offered ---------------------------------------------------------------------------------------------------


@served
def test_exactly_the_verbs_are_public(page, client):
    offered = client.view_api(return_format="dict", print_info=False)
    assert [name.lstrip("/") for name in offered["named_endpoints"]] == NAMES and not offered["unnamed_endpoints"]
    listeners = page.blocks.config["dependencies"]
    assert len(listeners) > len(NAMES)
    assert {each["api_visibility"] for each in listeners if each["api_name"] not in NAMES} == {"private"}


@served
def test_every_parameter_has_a_type_and_every_answer_too(client):
    for name, endpoint in client.view_api(return_format="dict", print_info=False)["named_endpoints"].items():
        assert all(each["type"] for each in endpoint["parameters"]), name
        (answer,) = endpoint["returns"]
        assert {"text", "path"} & set(answer["type"]["properties"]), name


@served
def test_tools_are_told_in_words(tools):
    told = {tool.name: tool for tool in tools().tools}
    assert list(told) == NAMES
    for tool in told.values():
        assert len(tool.description) > 30 and "Returns:" in tool.description
        assert all(each.get("description") for each in tool.inputSchema["properties"].values()), tool.name
    assert told["edit"].inputSchema["required"] == ["pose", "text"]


def test_schemas_name_all_formats_there_are():
    hints = inspect.get_annotations(api.Api.export)
    assert get_args(hints["file"]) == FORMATS and get_args(hints["picture"]) == KINDS


# -- answers -----------------------------------------------------------------------------------------------------------


@served
def test_a_pose_goes_out_and_comes_back(call, page):
    made = call("generate", text="Lift your left leg.")
    (pose,) = made["poses"]
    assert pose["joint_names"][0] == "pelvis" and made["text"]
    model, before = page.house.model, Pose.from_axis_angle(pose["axis_angle"])
    assert np.allclose(before.axis_angle, model.generate("Lift your left leg.").poses[0].axis_angle, atol=1e-4)
    changed = call("edit", pose=pose, text="Raise both arms.")
    after = Pose.from_axis_angle(changed["poses"][0]["axis_angle"])
    assert changed["text"] == call("compare", before=pose, after=changed["poses"][0])["text"]
    assert after.joints[20:22, 1].min() > before.joints[20:22, 1].min()
    bare = {"axis_angle": pose["axis_angle"]}
    assert call("describe", pose=bare) == call("describe", pose=pose) == {"text": made["text"]}
    assert call("ask", pose=pose, question="Is the left knee bent?")["text"].lower().startswith(("yes", "it is"))


@served
def test_candidates_and_seeds_are_those_of_the_model(call, page):
    made = call("generate", text="Kneel.", candidates=3, seed=5)
    wanted = page.house.model.generate("Kneel.", 3, 5)
    found = np.array([pose["axis_angle"] for pose in made["poses"]])
    assert np.allclose(found, [pose.axis_angle for pose in wanted.poses], atol=1e-4)
    assert made["scores"] == pytest.approx(wanted.scores, abs=1e-3)


@served
@pytest.mark.parametrize("kind", FORMATS)
def test_export_gives_the_file(call, kind):
    path = call("export", poses=[POSE], file=kind)
    assert path.endswith(f"/pose.{kind}")
    if kind == "png":
        assert np.asarray(Image.open(path).convert("L")).std() > 5
    elif kind in ("npz", "json", "bvh"):
        (pose,) = read_poses(path).poses
        assert np.abs(pose.joints - standing().joints).max() < 1e-3
    else:
        start = {"glb": b"glTF", "obj": b"#"}[kind]
        with open(path, "rb") as file:
            assert file.read().startswith(start)


@served
def test_export_takes_the_shape_of_the_body(call):
    def height(**shape):
        with open(call("export", poses=[POSE], file="obj", **shape), encoding="ascii") as file:
            up = [float(line.split()[2]) for line in file if line.startswith("v ")]
        return max(up) - min(up)

    assert height(shape=[1.5]) > height() + 0.05
    assert height(shape=[0, 0, 0, 1]) == pytest.approx(height(), abs=0.05)


@served
def test_several_poses_are_a_movement(call):
    path = call("export", poses=[POSE, standing().turned(0.5).to_dict()], file="bvh", seconds_between=0.5)
    assert path.endswith("/poses.bvh") and len(read_poses(path).poses) > 10


@served
def test_a_photo_is_read(call, tools, shared):
    pytest.importorskip("mediapipe")
    photo = shared / "data" / "photos" / "skier.jpg"
    read = call("estimate", photo=handle_file(photo))
    (seen,) = read["photos"]
    assert len(read["poses"]) == 1 and seen["chosen"] == 1 and read["text"]
    data = f"data:image/jpeg;base64,{base64.b64encode(photo.read_bytes()).decode()}"
    assert json.loads(tools("estimate", photo=data).content[0].text)["poses"] == read["poses"]


@served
def test_tools_answer_in_json_and_pictures(tools, call):
    made = tools("generate", text="Raise both arms.")
    assert not made.isError and json.loads(made.content[0].text) == call("generate", text="Raise both arms.")
    picture = tools("export", poses=[POSE], file="png").content[0]
    assert picture.type == "image" and base64.b64decode(picture.data).startswith(b"\x89PNG")
    refused = tools("generate", text=" ")
    assert refused.isError and refused.content[0].text.startswith("say what the body should do")


@served
def test_calls_and_visitors_take_turns(page, call):
    done = threading.Event()

    def ask():
        call("ask", pose=POSE, question="Are the arms raised?")
        done.set()

    with page.house.turn:  # a visitor's answer is on its way
        caller = threading.Thread(target=ask)
        caller.start()
        assert not done.wait(1.0)
    caller.join(30)
    assert done.is_set()


# -- refusals ----------------------------------------------------------------------------------------------------------


@served
@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("generate", {"text": "x" * 2001}, "2001 characters"),
        ("generate", {"text": "Kneel.", "candidates": 65}, "1 to 64, found 65"),
        ("describe", {"pose": {"axis_angle": [[0, 0, 0]]}}, r"pose: .*\[22, 3\]"),
        ("edit", {"pose": {"joints": []}, "text": "Kneel."}, "pose: .*'axis_angle'"),
        ("export", {"poses": [POSE, POSE], "file": "png"}, "holds one pose, found 2"),
    ],
)
def test_what_a_caller_can_mend_comes_back_as_one_line(call, name, given, words):
    with pytest.raises(Exception, match=words) as caught:
        call(name, **given)
    assert "\n" not in str(caught.value) and "Traceback" not in str(caught.value)


@served
@pytest.mark.parametrize(
    "photo",
    [
        {"path": __file__},
        {"path": __file__, "meta": {"_type": "gradio.FileData"}},
        {"path": __file__, "is_stream": True, "meta": {"_type": "gradio.FileData"}},
    ],
)
def test_files_of_the_server_are_not_opened(page, photo, monkeypatch):
    opened = []
    monkeypatch.setattr(
        page.house.model, "estimate_stream", lambda path, *rest, **more: opened.append(path) or iter(())
    )
    address = f"{page.blocks.local_url}gradio_api/call/estimate"
    event = httpx.post(address, json={"data": [photo, "", ""]}).json()["event_id"]
    assert "event: error" in httpx.get(f"{address}/{event}", timeout=30).text and not opened


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("generate", ("Kneel.", "many"), "candidates: a whole number"),
        ("generate", ("Kneel.", 1.5), "candidates: a whole number"),
        ("generate", ("Kneel.", 1, 2**64), "a seed is a whole number"),
        ("generate", (None,), "text is needed"),
        ("describe", ("standing",), "found str"),
        ("describe", ({**POSE, "joint_names": ["hip"]},), "joint_names"),
        ("describe", ({**POSE, "format": "unipose.poses"},), "format"),
        ("describe", ({"axis_angle": [[float("nan")] * 3] * 22},), "finite"),
        ("describe", ({"axis_angle": [[{}] * 3] * 22},), "22 x 3"),
        ("compare", (POSE, None), "after: "),
        ("ask", (POSE, 3), "text is needed"),
        ("estimate", ("/etc/hostname",), "handle_file"),
        ("estimate", (None, 3), "photo: "),
        ("export", ([POSE], "exe"), "exported as npz"),
        ("export", ([POSE], ["npz"]), "exported as npz"),
        ("export", ([POSE], "png", "film"), "snapshot"),
        ("export", ([POSE], "glb", "snapshot", "soon"), "a number is needed"),
        ("export", ([POSE], "glb", "snapshot", float("inf")), "seconds"),
        ("export", ([POSE] * 65, "glb"), "64 poses, found 65"),
        ("export", ([], "glb"), "expected poses"),
        ("export", ([POSE], "glb", "snapshot", 0.8, [9]), "numbers from -2 to 2"),
        ("export", ([POSE], "glb", "snapshot", 0.8, [0] * 5), "at most 4 numbers"),
        ("export", ([POSE], "glb", "snapshot", 0.8, ["tall"]), "shape: a number is needed"),
        ("export", ([POSE], "glb", "snapshot", 0.8, 3), "shape: a list of numbers"),
    ],
)
def test_values_of_any_kind_get_one_line(verbs, name, given, words):
    with pytest.raises(gr.Error, match=words) as caught:
        api.endpoint(getattr(verbs, name), Meter(Allowance()))(None, *given)
    assert "\n" not in caught.value.message


def test_who_asks_for_too_much_is_told_when_to_come_back(verbs):
    meter = Meter(Allowance(per_minute=1), clock=lambda: 0.0)
    stranger = httpx.Request("POST", "http://here")
    request = gr.Request(session_hash="mine", client=SimpleNamespace(host="10.0.0.1"), headers=stranger.headers)
    ask = api.endpoint(verbs.ask, meter)
    ask(request, POSE, "Is it standing?")
    with pytest.raises(gr.Error, match="next answer can start in"):
        ask(request, POSE, "Is it standing?")


def test_our_own_mistakes_are_told_plainly_and_logged(verbs, monkeypatch, caplog):
    def broken(*given):
        raise RuntimeError("secret path")

    monkeypatch.setattr(verbs._house.model, "ask_stream", broken)
    with pytest.raises(gr.Error, match="noted") as caught:
        api.endpoint(verbs.ask, Meter(Allowance()))(None, POSE, "Is it standing?")
    assert "secret" not in caught.value.message and "secret path" in caplog.text


def test_one_pose_need_not_stand_in_a_list(verbs):
    for one in (POSE, POSE["axis_angle"]):
        assert verbs.export(one, "json").path.endswith("/pose.json")


def test_without_the_package_the_app_is_no_mcp_server_and_says_so(monkeypatch, caplog):
    monkeypatch.setattr(api, "find_spec", lambda name: None)
    assert not api.speaks_mcp()
    (line,) = caplog.messages
    assert "pip install 'mcp" in line
