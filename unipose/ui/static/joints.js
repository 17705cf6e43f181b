/* The dials of one joint at a time.
 *
 * What the dials show is the server's (see turning.py): a message brings the degrees of all joints. A dial that moves
 * asks for a preview, one at a time: the next goes out when the last was heard. When it comes to rest the turn itself is
 * asked for, after the previews, so that no older picture comes after it.
 */
(function () {
  "use strict";

  const REST_MS = 250; // a key held down moves a dial many times; it is one turn
  const PATIENCE_MS = 4000; // for an answer that was lost on the way

  let mounted = 0;

  function mount(element, props, trigger, watch, groups) {
    const root = element.querySelector(".joints");
    const find = (name) => root.querySelector(`.joints-${name}`);
    const rows = find("dials");
    const joints = new Map(groups.flatMap((group) => group.joints.map((joint) => [joint.id, joint])));
    const prefix = `joints-${++mounted}`;
    let angles = null;
    let moving = false; // until the dial has come to rest
    let rest = null; // timer
    let wanted = null; // to be asked for next
    let asked = null; // what the server has not answered yet
    let patience = null;
    let count = 0;

    const joint = () => joints.get(find("joint").value);

    function degrees(value) {
      return `${value}\u00b0`;
    }

    function dial(each, number) {
      const row = document.createElement("div");
      row.className = "joints-dial";
      const name = document.createElement("label");
      name.htmlFor = `${prefix}-${number}`;
      name.textContent = each.name;
      const slider = document.createElement("input");
      Object.assign(slider, { type: "range", id: name.htmlFor, min: each.low, max: each.high, step: 1 });
      slider.dataset.number = number;
      const shown = document.createElement("output");
      shown.htmlFor = slider.id;
      const ends = document.createElement("span");
      ends.className = "joints-ends";
      ends.setAttribute("aria-hidden", "true");
      for (const end of [each.less, each.more]) ends.append(Object.assign(document.createElement("span"), { textContent: end }));
      row.append(name, slider, shown, ends);
      return row;
    }

    function tell(slider, value) {
      const each = joint().dials[Number(slider.dataset.number)];
      slider.parentElement.querySelector("output").textContent = degrees(value);
      slider.setAttribute("aria-valuetext", `${value} degrees, from ${each.less} to ${each.more}`);
    }

    function pick() {
      rows.replaceChildren(...joint().dials.map(dial));
      find("mirror").disabled = !joint().paired;
      find("both").classList.toggle("joints-off", !joint().paired);
      root.dataset.joint = joint().id;
      show();
    }

    function show() {
      if (angles === null) return;
      for (const slider of rows.querySelectorAll("input")) {
        const value = angles[joint().id][Number(slider.dataset.number)];
        slider.value = value;
        tell(slider, value);
      }
    }

    function request(dials) {
      return { joint: joint().id, both: find("mirror").checked && joint().paired, ...dials };
    }

    function ask() {
      if (asked !== null || wanted === null) return;
      asked = { ...wanted, number: ++count };
      wanted = null;
      patience = setTimeout(answered, PATIENCE_MS);
      trigger(asked.event, asked);
    }

    function answered() {
      clearTimeout(patience);
      asked = null;
      ask();
    }

    function receive(text) {
      if (!text) return;
      const message = JSON.parse(text);
      if (message.angles) angles = message.angles;
      const done = message.angles ? asked?.event === "select" : asked?.number === message.heard;
      if (done) answered();
      // Somebody moving a dial must not have it moved under their hand.
      if (message.angles && asked === null && wanted === null && !moving) {
        show();
        root.dataset.updates = message.number;
      }
    }

    rows.addEventListener("input", (event) => {
      clearTimeout(rest);
      moving = true;
      const degrees = Number(event.target.value);
      tell(event.target, degrees);
      wanted = { event: "input", ...request({ dial: Number(event.target.dataset.number), degrees }) };
      ask();
    });
    rows.addEventListener("change", (event) => {
      clearTimeout(rest);
      const turn = request({ dial: Number(event.target.dataset.number), degrees: Number(event.target.value) });
      rest = setTimeout(() => {
        moving = false;
        wanted = { event: "select", ...turn };
        ask();
      }, REST_MS);
    });
    find("reset").addEventListener("click", () => {
      wanted = { event: "select", ...request({ dial: null }) };
      ask();
    });

    for (const group of groups) {
      const listed = Object.assign(document.createElement("optgroup"), { label: group.group });
      for (const each of group.joints) {
        const name = each.name[0].toUpperCase() + each.name.slice(1);
        listed.append(Object.assign(document.createElement("option"), { value: each.id, textContent: name }));
      }
      find("joint").append(listed);
    }
    find("joint").value = "left_shoulder";
    find("joint").addEventListener("change", pick);
    pick();
    watch("value", () => receive(props.value));
    receive(props.value);
  }

  window.uniposeJoints = { mount };
})();
