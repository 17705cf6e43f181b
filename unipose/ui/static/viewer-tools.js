/* The buttons beside the body, the sliders of its shape, the legend, the tags of two poses side by side, and the names of
 * joints under the pointer. Nothing here knows how the body is drawn. */
(function () {
  "use strict";

  const COMPARE = [["off", "hidden"], ["ghost", "as a ghost"], ["beside", "beside it"]];
  const REST_MS = 250; // a slider that has not moved for so long is where it should be
  const NEAR = 22; // pixels from a joint within which its name is shown

  /** The buttons. ``acts`` has compare(mode), heat(on), snapshot() and look(name). */
  function buttons(root, acts) {
    const one = (name) => root.querySelector(`[data-${name}]`);
    let mode = 0;
    const pressed = (button, on) => button.setAttribute("aria-pressed", on);
    const named = (button, words) => {
      button.setAttribute("aria-label", words);
      button.title = words;
    };
    const [compare, heat, snapshot] = ["compare", "heat", "snapshot"].map(one);
    compare.addEventListener("click", () => {
      mode = (mode + 1) % COMPARE.length;
      pressed(compare, mode > 0);
      compare.dataset.compare = COMPARE[mode][0];
      named(compare, `Pose before: ${COMPARE[mode][1]}`);
      acts.compare(COMPARE[mode][0]);
    });
    heat.addEventListener("click", () => {
      const on = heat.getAttribute("aria-pressed") !== "true";
      pressed(heat, on);
      acts.heat(on);
    });
    snapshot.addEventListener("click", async () => {
      snapshot.disabled = true;
      try {
        await acts.snapshot();
      } finally {
        snapshot.disabled = false;
      }
    });
    root.querySelector(".viewer-tools").addEventListener("click", (event) => {
      const name = event.target.dataset.camera;
      if (name) acts.look(name);
    });
    return { follow: (on) => pressed(root.querySelector("[data-camera=follow]"), on) };
  }

  /** The choice of a body and its sliders; ``send`` is told {body, amounts}. */
  function shaping(root, offered, send) {
    const box = root.querySelector(".viewer-shape");
    const opener = root.querySelector("[data-shape]");
    const badge = root.querySelector(".viewer-badge");
    let look = { body: offered.bodies[0].name, amounts: [] };
    let waiting = 0;

    const chosen = () => offered.bodies.find((body) => body.name === look.body) || offered.bodies[0];
    const soon = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        waiting = 0;
        send(look);
      }, REST_MS);
    };

    function slider(name, place) {
      const row = document.createElement("label");
      const input = document.createElement("input");
      row.textContent = name;
      Object.assign(input, { type: "range", min: -offered.reach, max: offered.reach, step: 0.1 });
      input.value = look.amounts[place] || 0;
      input.addEventListener("input", () => {
        const amounts = chosen().sliders.map((_, other) => look.amounts[other] || 0);
        amounts[place] = Number(input.value);
        look = { ...look, amounts };
        soon();
      });
      row.append(input);
      return row;
    }

    function button(words, press, on) {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "pill";
      made.textContent = words;
      if (on !== undefined) made.setAttribute("aria-pressed", on);
      made.addEventListener("click", press);
      return made;
    }

    function build() {
      const bodies = offered.bodies.map((body) => button(body.title, () => {
        look = { body: body.name, amounts: [] };
        build();
        soon();
      }, body.name === look.body));
      const choice = document.createElement("div");
      choice.className = "viewer-bodies";
      if (bodies.length > 1) choice.append(...bodies);
      const average = button("Average shape", () => {
        look = { ...look, amounts: [] };
        build();
        soon();
      });
      box.replaceChildren(choice, ...chosen().sliders.map(slider), average);
      badge.textContent = chosen().badge;
    }

    const open = (on) => {
      box.hidden = !on;
      opener.setAttribute("aria-expanded", on);
    };
    opener.addEventListener("click", () => open(box.hidden));
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      open(false);
      opener.focus();
    });
    build();
    return (told) => { // by a message; what somebody is just setting comes first
      if (waiting || JSON.stringify(told) === JSON.stringify(look)) return;
      look = told;
      build();
    };
  }

  /** What the colours say. */
  function legend(root, heat, marks) {
    const list = root.querySelector(".viewer-legend");
    const row = (kind, words) => {
      const item = document.createElement("li");
      item.className = kind;
      item.textContent = words;
      return item;
    };
    const rows = heat ? [row("moved", "changed")] : [];
    for (const [kind, moved] of [["both", true], ["named", false]]) {
      const named = marks.filter((mark) => (heat && mark.moved) === moved).map((mark) => mark.said);
      if (named.length) rows.push(row(kind, `${named.join(", ")}, as you said`));
    }
    list.replaceChildren(...rows);
  }

  /** Names of joints, under the pointer or one after another by the keyboard. ``places`` gives where joints are seen. */
  function joints(canvas, tip, places) {
    let at = -1;
    let asked = false;

    function show(found) {
      tip.hidden = !found;
      if (!found) return;
      tip.textContent = found.name;
      const left = Math.max(60, Math.min(canvas.clientWidth - 60, found.x));
      tip.style.transform = `translate(${left}px, ${Math.max(34, found.y)}px) translate(-50%, calc(-100% - 12px))`;
    }

    function under(event) {
      const area = canvas.getBoundingClientRect();
      const [x, y] = [event.clientX - area.left, event.clientY - area.top];
      const near = places().filter((place) => Math.hypot(place.x - x, place.y - y) < NEAR);
      show(near.sort((a, b) => Math.hypot(a.x - x, a.y - y) - Math.hypot(b.x - x, b.y - y))[0]);
    }

    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) show(null);
      else if (!asked) {
        asked = true;
        requestAnimationFrame(() => {
          asked = false;
          under(event);
        });
      }
    }, true);
    canvas.addEventListener("pointerup", under, true); // a finger does not hover
    canvas.addEventListener("pointerleave", () => show(null));
    canvas.addEventListener("blur", () => show(null));
    return {
      hide: () => show(null),
      step(by) {
        const all = places();
        if (all.length === 0) return;
        at = (at + by + all.length) % all.length;
        show(all[at]);
      },
    };
  }

  const tools = { buttons, shaping, legend, joints };
  window.unipose = Object.assign(window.unipose || {}, { tools });
})();
