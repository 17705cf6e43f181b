/* Draws the body on one canvas for the life of the page.
 *
 * The camera is the person's: every redraw hands it back as it was found. Only buttons and keys move it, a message that
 * names a camera (for a pose that comes from another side), "follow" while it is on, and, until somebody has touched it,
 * a pose that would not fit into the picture.
 *
 * window.unipose.camera() gives {position, target, field_of_view, size} for unipose.body.views.View: metres on the body
 * that stands on the floor (lowest vertex at Y = 0, the pelvis above the origin); degrees from the lower to the upper
 * edge; pixels. The same lies as JSON in data-camera of the .viewer element. It is null before the first picture.
 */
(function () {
  "use strict";

  const EASE_MS = 320;
  const TURN_MS = 350;
  const SLOW_MS = 150; // a machine that takes longer over the full body is shown the light one in motion
  const STILL_MS = 250; // one that takes longer over that, too, is shown the new pose at once
  const HOPED_MS = 100; // for the light body, before the first one was drawn
  const GAP = 0.2; // metres between two bodies side by side
  const SETTINGS = { displayModeBar: false, responsive: true, scrollZoom: true };
  const PALETTES = {
    light: {
      body: "#cdb9a7", glow: "#ee5a24", named: "#2b8f9c", both: "#d6224a", before: "#8d8a99",
      floor: "#eeebe6", shadow: "#b0a79d", line: "#cbc4bb",
    },
    dark: {
      body: "#c6b4a4", glow: "#ff6b35", named: "#35a9b8", both: "#e8315b", before: "#9a98a8",
      floor: "#2b2927", shadow: "#121110", line: "#4d4944",
    },
  };

  const palette = () => PALETTES[document.body.classList.contains("dark") ? "dark" : "light"];
  const nextFrame = () => new Promise(requestAnimationFrame);
  const smooth = (share) => share * share * (3 - 2 * share);
  const none = { x: 0, y: 0 };

  function mount(element, props, watch, trigger) {
    const { floor, view, meshes, tools } = window.unipose;
    const root = element.querySelector(".viewer");
    const find = (name) => root.querySelector(`.viewer-${name}`);
    const [canvas, label, wait] = ["canvas", "label", "wait"].map(find);
    const fixed = meshes.library(props.served_at);
    const known = meshes.memory();
    const kept = new Map(); // what never changes of the meshes that were drawn
    const pace = new Map(); // milliseconds one picture of a mesh takes
    let now = null; // what the last message brought
    let shown = null; // the body on the canvas, perhaps on its way
    let latest = 0; // of the motions begun; an older one stops when it sees a newer
    let turning = 0; // the same of the camera's
    let drawing = Promise.resolve();
    let [updates, touched, follow, heat, compare] = [0, false, false, true, "off"];

    const scene = () => canvas._fullLayout?.scene?._scene;
    const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden;
    const camera = () => scene()?.getCamera() || canvas.layout?.scene.camera || null;
    const paired = () => compare === "beside" && now?.before;

    // -- what is seen -------------------------------------------------------------------------------------------------

    /** Where the two bodies stand: apart along the picture while they are side by side. */
    function shifts() {
      if (!paired()) return [none, none];
      const right = now.across;
      const reach = (body, sign) => {
        let most = 0;
        for (let i = 0; i < body.x.length; i++) {
          most = Math.max(most, sign * (body.x[i] * right.x + body.y[i] * right.y));
        }
        return most;
      };
      const apart = (reach(now.before, 1) + reach(now.light, -1) + GAP) / 2;
      const by = (sign) => ({ x: sign * apart * right.x, y: sign * apart * right.y });
      return [by(1), by(-1)];
    }

    /** Points that should fit into the picture. */
    function points() {
      if (!now) return [];
      const [mine, its] = shifts();
      const some = (body, shift) => {
        const step = Math.max(1, Math.floor(body.x.length / 600));
        const found = [];
        for (let i = 0; i < body.x.length; i += step) {
          found.push({ x: body.x[i] + shift.x, y: body.y[i] + shift.y, z: body.z[i] });
        }
        return found;
      };
      return [...some(now.light, mine), ...(now.before && compare !== "off" ? some(now.before, its) : [])];
    }

    function places() {
      const from = camera();
      if (!now || !from) return [];
      const [shift] = shifts();
      const seen = now.joints.map((joint, i) => {
        const at = view.project({ x: joint.x + shift.x, y: joint.y + shift.y, z: joint.z }, from, canvas);
        return at && { ...at, name: now.names[i] };
      });
      return seen.filter(Boolean);
    }

    function note() {
      const from = camera();
      if (!from || !now) return;
      root.dataset.camera = JSON.stringify(view.inBody(from, shifts()[0], canvas));
      const [mine, its] = shifts();
      for (const [name, shift] of [["now", mine], ["before", its]]) {
        const tag = root.querySelector(`[data-tag=${name}]`);
        const at = paired() && view.project({ ...shift, z: 0 }, from, canvas);
        tag.hidden = !at;
        if (at) tag.style.transform = `translate(${at.x}px, ${at.y}px) translate(-50%, 14px)`;
      }
    }

    // -- drawing ------------------------------------------------------------------------------------------------------

    function traces(body) {
      const colours = palette();
      const [mine, its] = shifts();
      const here = meshes.moved(body, mine);
      const before = compare === "off" ? null : known.get(now.beforeKey) || now.before;
      const there = before && meshes.moved(before, its);
      const lit = {
        type: "mesh3d", flatshading: false, hoverinfo: "skip", showscale: false,
        lighting: { ambient: 0.4, diffuse: 0.85, specular: 0.22, roughness: 0.5, fresnel: 0.15 },
        lightposition: { x: -2500, y: -4000, z: 5000 },
      };
      const scale = [[0, colours.named], [1 / 3, colours.body], [2 / 3, colours.glow], [1, colours.both]];
      const all = [
        ...floor.traces(paired() ? [here, there] : [here], colours),
        {
          ...lit, x: here.x, y: here.y, z: here.z, ...kept.get(body.mesh).triangles,
          intensity: meshes.tint(body, heat), cmin: -1, cmax: 2, colorscale: scale,
        },
      ];
      if (there) {
        const ghost = compare === "ghost";
        const { triangles } = kept.get(before.mesh);
        const like = before.mesh === now.full.mesh ? now.full : now.light;
        all.push({
          ...lit, x: there.x, y: there.y, z: there.z, ...(ghost ? meshes.apart(before, like, triangles) : triangles),
          color: colours.before, opacity: ghost ? 0.35 : 1,
        });
      }
      return all;
    }

    // One drawing at a time: the library's calls are asynchronous and must not overtake each other.
    function draw(body) {
      shown = body;
      drawing = drawing.catch(() => {}).then(async () => {
        const begun = performance.now();
        const first = !canvas.layout;
        const layout = canvas.layout || view.layout(canvas, view.preset("start", points(), 0, canvas));
        if (scene()) layout.scene.camera = scene().getCamera(); // a drag is noted late and a zoom later
        await window.Plotly.react(canvas, traces(shown), layout, SETTINGS);
        if (first) listen();
        await nextFrame();
        const took = performance.now() - begun;
        if (!first) pace.set(body.mesh, ((pace.get(body.mesh) ?? took) + took) / 2); // the first also starts the library
        note();
      });
      return drawing;
    }

    function listen() {
      canvas.on("plotly_relayouting", note);
      canvas.on("plotly_relayout", note);
    }

    async function ease(from, to) {
      const mine = ++latest;
      const takes = (body) => pace.get(body.mesh) ?? (body === to.full ? Infinity : HOPED_MS);
      const bodies = [[from?.full, to.full, SLOW_MS], [from?.light, to.light, STILL_MS]];
      const found = still() ? null : bodies.find(([a, b, limit]) => a && a.mesh === b.mesh && takes(b) < limit);
      if (found) {
        const [rest, aim] = found;
        const start = shown.mesh === aim.mesh ? shown : rest;
        const begun = performance.now(); // by the clock: a slower machine draws fewer pictures in the same time
        for (;;) {
          const share = (performance.now() - begun + takes(aim)) / EASE_MS;
          if (share >= 1) break;
          await draw(meshes.between(start, aim, smooth(share)));
          if (mine !== latest) return false;
        }
      }
      if (mine === latest) await draw(to.full);
      return mine === latest;
    }

    // -- messages -------------------------------------------------------------------------------------------------------

    async function read(message) {
      const full = meshes.unpack(message.full);
      const light = message.light ? meshes.unpack(message.light) : full;
      const before = message.before ? meshes.unpack(message.before) : null;
      const joints = message.joints.map(([x, y, z]) => ({ x, y: -z, z: y }));
      for (const body of [full, light, before].filter(Boolean)) {
        kept.set(body.mesh, await fixed(body.mesh));
        if (body !== before) body.marked = meshes.marked(body, kept.get(body.mesh), message.marks, joints);
      }
      known.keep(message.key, full);
      return { ...message, full, light, before, joints, beforeKey: message.before_key };
    }

    async function receive(text) {
      if (!text) return;
      const mine = ++latest;
      const message = await read(JSON.parse(text));
      if (mine !== latest) return;
      const from = now;
      const reshaped = from && JSON.stringify(from.look) !== JSON.stringify(message.look);
      now = { ...message, across: from?.across || { x: 1, y: 0 } };
      label.textContent = now.label;
      canvas.setAttribute("aria-label", `${now.caption} ${now.label}`);
      root.classList.toggle("without-before", !now.before);
      tools.legend(root, heat && Boolean(now.before), now.marks);
      sync(now.look);
      names.hide();
      if (now.camera && !reshaped) look(now.camera);
      else if (follow) look("follow");
      else if (scene() && !touched) fit();
      if (!await ease(from, now)) return;
      updates += 1;
      wait.hidden = true;
      Object.assign(root.dataset, {
        updates, number: now.number, triangles: kept.get(now.full.mesh).triangles.i.length, vertices: now.full.x.length,
      });
    }

    function fail(error) {
      wait.hidden = false;
      wait.textContent = "The 3D view cannot be drawn here (" + error.message + "). The chat works without it.";
    }

    const redraw = () => now && draw(now.full).catch(fail);

    // -- the camera -------------------------------------------------------------------------------------------------------

    async function turn(to) {
      const mine = ++turning;
      const from = camera();
      const place = (at) => {
        drawing = drawing.catch(() => {}).then(() => window.Plotly.relayout(canvas, { "scene.camera": at }));
        return drawing;
      };
      const begun = performance.now();
      let step = 0; // milliseconds
      while (!still()) {
        const past = performance.now() - begun + step;
        if (past >= TURN_MS) break;
        const started = performance.now();
        await place(view.between(from, to, smooth(past / TURN_MS)));
        await nextFrame();
        if (mine !== turning) return;
        step = performance.now() - started;
      }
      await place(to);
      note();
    }

    function look(name) {
      if (!scene()) return;
      follow = name === "follow";
      touched = name !== "start";
      pressed.follow(follow);
      turn(view.preset(name, points(), now.heading, canvas)).catch(fail);
    }

    /** A step back where something would be cut off. */
    function fit() {
      const from = camera();
      const to = view.stepBack(from, points(), canvas, view.axes(from).far);
      if (view.axes(to).far > view.axes(from).far + 0.02) turn(to).catch(fail);
    }

    const KEYS = {
      ArrowLeft: [-10, 0, 1], ArrowRight: [10, 0, 1], ArrowUp: [0, 8, 1], ArrowDown: [0, -8, 1],
      "+": [0, 0, 0.88], "=": [0, 0, 0.88], "-": [0, 0, 1.14], _: [0, 0, 1.14],
    };

    function key(event) {
      if (!scene() || event.ctrlKey || event.metaKey || event.altKey) return;
      if (KEYS[event.key]) {
        hold();
        turning += 1;
        const to = view.orbit(camera(), ...KEYS[event.key]);
        drawing = drawing.catch(() => {}).then(() => window.Plotly.relayout(canvas, { "scene.camera": to })).then(note);
      } else if (event.key === "0") look("start");
      else if (event.key === "PageDown" || event.key === "PageUp") names.step(event.key === "PageDown" ? 1 : -1);
      else if (event.key === "Escape") names.hide();
      else return;
      event.preventDefault();
    }

    /** The camera is in somebody's hands. */
    function hold() {
      [touched, follow] = [true, false];
      turning += 1;
      pressed.follow(false);
    }

    // -- the picture as a file ------------------------------------------------------------------------------------------

    async function snapshot() {
      await drawing.catch(() => {});
      if (!scene()) return;
      canvas.layout.scene.camera = camera();
      const [width, height] = [canvas.clientWidth, canvas.clientHeight];
      const body = new Image();
      body.src = await window.Plotly.toImage(canvas, { format: "png", width, height, scale: 2 });
      await body.decode();
      const sheet = Object.assign(document.createElement("canvas"), { width: 2 * width, height: 2 * height });
      const brush = sheet.getContext("2d");
      const style = getComputedStyle(root);
      const light = brush.createRadialGradient(width, 0.84 * height, 0, width, 0.84 * height, 1.3 * Math.max(width, height));
      ["--near", "--middle", "--far"].forEach((name, i) => light.addColorStop(i / 2, style.getPropertyValue(name).trim()));
      brush.fillStyle = light;
      brush.fillRect(0, 0, sheet.width, sheet.height);
      brush.drawImage(body, 0, 0, sheet.width, sheet.height);
      const file = await new Promise((resolve) => sheet.toBlob(resolve, "image/png"));
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: "unipose.png" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    }

    // -- wiring -----------------------------------------------------------------------------------------------------------

    const pressed = tools.buttons(root, {
      look: (name) => now && look(name),
      heat(on) {
        heat = on;
        if (now) tools.legend(root, heat && Boolean(now.before), now.marks);
        redraw();
      },
      compare(mode) {
        compare = mode;
        if (!now) return;
        const { right } = view.axes(camera());
        now.across = right;
        redraw();
        if (mode !== "off") fit();
      },
      snapshot,
    });
    const sync = tools.shaping(root, JSON.parse(props.offered), (chosen) => trigger("select", chosen));
    const names = tools.joints(canvas, find("joint"), places);
    canvas.addEventListener("keydown", key);
    canvas.addEventListener("pointerdown", hold, true);
    canvas.addEventListener("wheel", hold, { capture: true, passive: true });
    // A canvas that is hidden just now cannot be resized; it is when it shows again.
    new ResizeObserver(() => {
      if (shown && canvas.layout) window.Plotly.Plots.resize(canvas).then(note).catch(() => {});
    }).observe(canvas);
    new MutationObserver(redraw).observe(document.body, { attributeFilter: ["class"] });
    // The library waits for a lost context to come back, and the browser only gives it back when asked like this.
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault(), true);
    window.unipose.camera = () => {
      const from = camera();
      return from && now ? view.inBody(from, shifts()[0], canvas) : null;
    };
    watch("value", () => receive(props.value).catch(fail));
    receive(props.value).catch(fail);
  }

  window.unipose = Object.assign(window.unipose || {}, { mount });
})();
