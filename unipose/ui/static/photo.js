/* Shows the photo with what was found in it, and tells the page who was clicked.
 *
 * A message (see pack_photo() in photo.py) measures in pixels of the photo. A click anywhere in the photo counts as the
 * place under it; the box of each person is also a button, so that the keyboard reaches them.
 */
(function () {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";

  function mount(element, props, watch, trigger) {
    const find = (name) => element.querySelector(`.photo${name}`);
    const root = find("");
    const frame = find("-frame");
    let photo = null;

    function boxes() {
      return photo.people.map((person, index) => {
        const [left, top, right, bottom] = person.box;
        const button = document.createElement("button");
        button.type = "button";
        button.className = "photo-person";
        button.dataset.number = index + 1;
        button.setAttribute("aria-pressed", person.chosen);
        button.setAttribute("aria-label", `Person ${index + 1}${person.chosen ? ", chosen" : ""}`);
        const [x, y] = [Math.max(0, left), Math.max(0, top)];
        const share = (length, whole) => `${(100 * length) / whole}%`;
        Object.assign(button.style, {
          left: share(x, photo.width), top: share(y, photo.height),
          width: share(Math.min(photo.width, right) - x, photo.width),
          height: share(Math.min(photo.height, bottom) - y, photo.height),
        });
        const badge = document.createElement("span");
        badge.textContent = index + 1;
        button.append(badge);
        return button;
      });
    }

    function lines() {
      const joints = new Map();
      const drawn = [];
      const add = (kind, attributes, side) => {
        const shape = document.createElementNS(SVG, kind);
        for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
        shape.setAttribute("class", side);
        drawn.push(shape);
      };
      for (const [x1, y1, x2, y2, side] of photo.bones) {
        add("line", { x1, y1, x2, y2 }, side);
        joints.set(`${x2},${y2}`, [x2, y2, side]);
      }
      for (const [x, y, side] of joints.values()) add("line", { x1: x, y1: y, x2: x, y2: y }, `joint ${side}`);
      return drawn;
    }

    function show() {
      root.hidden = photo === null;
      if (photo === null) return;
      const picture = find("-picture");
      if (picture.src !== photo.picture) picture.src = photo.picture;
      picture.alt = photo.alt;
      frame.style.setProperty("--ratio", photo.width / photo.height);
      const body = find("-body");
      body.hidden = !photo.layer;
      if (photo.layer) body.src = photo.layer;
      const bones = find("-bones");
      bones.setAttribute("viewBox", `0 0 ${photo.width} ${photo.height}`);
      bones.replaceChildren(...lines());
      find("-people").replaceChildren(...(photo.people.length > 1 ? boxes() : []));
      find("-tools").hidden = !photo.layer;
      find("-label").textContent = photo.label;
      root.classList.toggle("photo-wide", photo.width > 1.1 * photo.height);
      root.dataset.updates = photo.number;
    }

    function receive(text) {
      const message = text ? JSON.parse(text) : { shown: false };
      photo = message.shown ? message : null;
      show();
    }

    frame.addEventListener("click", (event) => {
      if (photo === null || photo.people.length < 2) return;
      const person = event.target.closest(".photo-person");
      if (person && event.detail === 0) { // by the keyboard, which has no place
        trigger("select", { number: Number(person.dataset.number) });
        return;
      }
      const area = frame.getBoundingClientRect();
      const x = ((event.clientX - area.left) / area.width) * photo.width;
      const y = ((event.clientY - area.top) / area.height) * photo.height;
      trigger("select", { x, y });
    });
    find("-tools").addEventListener("click", (event) => {
      const layer = event.target.dataset.layer;
      if (!layer) return;
      const off = root.classList.toggle(`without-${layer}`);
      event.target.setAttribute("aria-pressed", !off);
    });
    watch("value", () => receive(props.value));
    receive(props.value);
  }

  window.uniposePhoto = { mount };
})();
