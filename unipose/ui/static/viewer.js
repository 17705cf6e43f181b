/* Draws the body on one canvas for the life of the page.
 *
 * A message (see pack() in viewer.py) brings vertices in metres, Y up, and a glow per vertex. Plotly turns its
 * camera about Z, so a vertex (x, y, z) is drawn at (x, -z, y): the body faces -Y there, towards the camera.
 * The camera is the person's: every redraw hands it back as it was found. Only the camera buttons move it, and a message
 * that names a camera, for a pose that comes from another side.
 */
(function () {
  "use strict";

  const EASE_MS = 550;
  const SLOW_MS = 250; // a machine that takes longer over one picture is shown the new pose at once
  const BODY = 2; // index of the body among the traces
  const STAGE_RADIUS = 1.0;

  // Fixed, or the picture would rescale whenever a limb reached out. The aspect ratio equals the extents, so that
  // one unit of camera distance is one metre from the middle of the box, (0, 0, 1.1).
  const HALF_WIDTH = 1.6;
  const HEIGHT = [-0.1, 2.3];
  const CAMERAS = {
    start: { x: 1.2, y: -2.95, z: 0.35 },
    front: { x: 0, y: -3.2, z: 0 },
    photo: { x: 0, y: -3.2, z: -0.24 }, // level with what it looks at, as the camera of a photo is taken to be
    side: { x: 3.2, y: 0, z: 0 },
    top: { x: 0, y: -0.8, z: 2.9 },
  };

  const SETTINGS = { displayModeBar: false, responsive: true, scrollZoom: true };

  const PALETTES = {
    light: { body: "#c8b6a6", glow: "#ee5a24", stage: "#eae7e2", shadow: "#b3aba2", line: "#cfcac3" },
    dark: { body: "#c2b1a2", glow: "#ff6b35", stage: "#2f2d2a", shadow: "#141312", line: "#4a4743" },
  };

  const palette = () => PALETTES[document.body.classList.contains("dark") ? "dark" : "light"];
  const CENTER = { x: 0, y: 0, z: -0.24 };

  /** A camera by name, from further away where the canvas is tall and narrow, so that arms fit into its width. */
  function camera(name, canvas) {
    const far = Math.max(1, (0.85 * canvas.clientHeight) / (canvas.clientWidth || 1));
    const eye = {};
    for (const axis of ["x", "y", "z"]) eye[axis] = CENTER[axis] + far * (CAMERAS[name][axis] - CENTER[axis]);
    return { eye, center: { ...CENTER }, up: { x: 0, y: 0, z: 1 }, projection: { type: "perspective" } };
  }

  // -- messages ---------------------------------------------------------------------------------------------------

  function bytes(base64) {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  }

  function unpack(text) {
    const message = JSON.parse(text);
    const steps = new Uint16Array(bytes(message.vertices).buffer);
    const count = steps.length / 3;
    const at = (axis, i) => message.low[axis] + (message.span[axis] * steps[3 * i + axis]) / 65535;
    const body = { x: new Float32Array(count), y: new Float32Array(count), z: new Float32Array(count) };
    for (let i = 0; i < count; i++) {
      body.x[i] = at(0, i);
      body.y[i] = -at(2, i);
      body.z[i] = at(1, i);
    }
    body.glow = Float32Array.from(bytes(message.glow), (level) => level / 255);
    return { number: message.number, label: message.label, camera: message.camera, body };
  }

  function between(from, to, share) {
    const mixed = {};
    for (const key of Object.keys(to)) {
      mixed[key] = to[key].map((value, i) => from[key][i] + (value - from[key][i]) * share);
    }
    return mixed;
  }

  // -- the stage: a disc that takes a soft shadow, and two rings ----------------------------------------------------

  function makeDisc(rings, spokes) {
    const disc = { x: [0], y: [0], z: [0], i: [], j: [], k: [] };
    for (let ring = 1; ring <= rings; ring++) {
      for (let spoke = 0; spoke < spokes; spoke++) {
        const angle = (2 * Math.PI * spoke) / spokes;
        const radius = (STAGE_RADIUS * ring) / rings;
        disc.x.push(radius * Math.cos(angle));
        disc.y.push(radius * Math.sin(angle));
        disc.z.push(0);
        const next = (spoke + 1) % spokes;
        const outer = 1 + (ring - 1) * spokes;
        const inner = ring === 1 ? null : outer - spokes;
        const corners = inner === null
          ? [[0, outer + spoke, outer + next]]
          : [[inner + spoke, outer + spoke, outer + next], [inner + spoke, outer + next, inner + next]];
        for (const [a, b, c] of corners) {
          disc.i.push(a);
          disc.j.push(b);
          disc.k.push(c);
        }
      }
    }
    return disc;
  }

  function makeRings() {
    const rings = { x: [], y: [], z: [] };
    const line = (points) => {
      for (const [x, y] of points) {
        rings.x.push(x);
        rings.y.push(y);
        rings.z.push(0.002);
      }
      for (const axis of Object.values(rings)) axis.push(null);
    };
    for (const radius of [0.25, 0.5, 0.75, 1]) {
      line(Array.from({ length: 97 }, (_, i) => {
        const angle = (2 * Math.PI * i) / 96;
        return [radius * STAGE_RADIUS * Math.cos(angle), radius * STAGE_RADIUS * Math.sin(angle)];
      }));
    }
    line([[-STAGE_RADIUS, 0], [STAGE_RADIUS, 0]]);
    line([[0, -STAGE_RADIUS], [0, STAGE_RADIUS]]);
    return rings;
  }

  /** How dark each point of the disc is: vertices are dropped into cells, low ones weigh more, then blurred. */
  function shadow(disc, body) {
    const size = 64;
    const place = (value) => ((value + STAGE_RADIUS) / (2 * STAGE_RADIUS)) * size;
    let cells = new Float32Array(size * size);
    for (let i = 0; i < body.x.length; i++) {
      const column = Math.floor(place(body.x[i]));
      const row = Math.floor(place(body.y[i]));
      if (column < 0 || row < 0 || column >= size || row >= size) continue;
      cells[row * size + column] += Math.exp(-body.z[i] / 0.22);
    }
    const reach = 2;
    for (let pass = 0; pass < 6; pass++) {
      const across = pass % 2 === 0 ? 1 : size;
      const blurred = new Float32Array(cells.length);
      for (let i = 0; i < cells.length; i++) {
        for (let step = -reach; step <= reach; step++) blurred[i] += (cells[i + step * across] || 0) / (2 * reach + 1);
      }
      cells = blurred;
    }
    const darkest = body.x.length / 3200;
    return Float32Array.from(disc.x, (x, i) => {
      if (Math.hypot(x, disc.y[i]) > 0.98 * STAGE_RADIUS) return 0;
      // between the middles of the four cells around the point
      const [right, up] = [place(x) - 0.5, place(disc.y[i]) - 0.5];
      const [column, row] = [Math.max(0, Math.floor(right)), Math.max(0, Math.floor(up))];
      const at = row * size + column;
      const [u, v] = [right - column, up - row];
      const lower = cells[at] * (1 - u) + cells[at + 1] * u;
      const upper = cells[at + size] * (1 - u) + cells[at + size + 1] * u;
      return 1 - Math.exp(-(lower * (1 - v) + upper * v) / darkest);
    });
  }

  // -- one viewer ---------------------------------------------------------------------------------------------------

  function mount(element, props, watch) {
    const root = element.querySelector(".viewer");
    const canvas = root.querySelector(".viewer-canvas");
    const label = root.querySelector(".viewer-label");
    const wait = root.querySelector(".viewer-wait");
    const disc = makeDisc(32, 96);
    const rings = makeRings();
    let triangles = null;
    let shown = null; // what is on the canvas now, perhaps on its way
    let latest = 0; // of the motions begun; an older one stops when it sees a newer
    let view = null; // the camera, where the person left it
    let pace = 0; // milliseconds the last picture took
    let drawing = Promise.resolve();
    let updates = 0;

    function traces(body) {
      const colours = palette();
      const unlit = { ambient: 1, diffuse: 0, specular: 0, fresnel: 0 };
      return [
        {
          type: "mesh3d", ...disc, intensity: shadow(disc, body), cmin: 0, cmax: 1, showscale: false,
          colorscale: [[0, colours.stage], [1, colours.shadow]], lighting: unlit, hoverinfo: "skip",
        },
        {
          type: "scatter3d", mode: "lines", ...rings, connectgaps: false, hoverinfo: "skip",
          line: { color: colours.line, width: 1.5 },
        },
        {
          type: "mesh3d", x: body.x, y: body.y, z: body.z, ...triangles, intensity: body.glow, cmin: 0, cmax: 1,
          colorscale: [[0, colours.body], [1, colours.glow]], showscale: false, flatshading: false,
          lighting: { ambient: 0.42, diffuse: 0.85, specular: 0.18, roughness: 0.6, fresnel: 0.12 },
          lightposition: { x: -2500, y: -4000, z: 5000 }, hoverinfo: "skip",
        },
      ];
    }

    function firstLayout() {
      const axis = (range) => ({ visible: false, range, autorange: false, showspikes: false });
      return {
        autosize: true, margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false, uirevision: "one canvas",
        paper_bgcolor: "rgba(0,0,0,0)",
        scene: {
          xaxis: axis([-HALF_WIDTH, HALF_WIDTH]), yaxis: axis([-HALF_WIDTH, HALF_WIDTH]), zaxis: axis(HEIGHT),
          aspectmode: "manual",
          aspectratio: { x: 2 * HALF_WIDTH, y: 2 * HALF_WIDTH, z: HEIGHT[1] - HEIGHT[0] },
          bgcolor: "rgba(0,0,0,0)", dragmode: "turntable", hovermode: false, camera: camera("start", canvas),
        },
      };
    }

    const scene = () => canvas._fullLayout?.scene?._scene;

    /** The layout as it stands, its camera where the person left it: Plotly notes a drag late and a zoom later. */
    function currentLayout() {
      const layout = canvas.layout || firstLayout();
      if (scene()) view = scene().getCamera();
      if (view) layout.scene.camera = view;
      return layout;
    }

    function look(name) {
      if (!scene()) view = camera(name, canvas);
      else {
        drawing = drawing.catch(() => {}).then(async () => {
          await new Promise((resolve) => setTimeout(resolve, 50)); // the photo's panel may come at the same time
          await window.Plotly.relayout(canvas, { "scene.camera": camera(name, canvas) });
        });
      }
    }

    // One drawing at a time: Plotly's calls are asynchronous and must not overtake each other.
    function draw(body) {
      shown = body;
      drawing = drawing.catch(() => {}).then(async () => {
        const begun = performance.now();
        const layout = currentLayout();
        const first = !canvas.layout;
        await window.Plotly.react(canvas, traces(shown), layout, SETTINGS);
        if (!first) pace = performance.now() - begun; // the first one also starts the library
      });
      return drawing;
    }

    function finish(message) {
      updates += 1;
      wait.hidden = true;
      Object.assign(root.dataset, {
        updates, number: message.number, triangles: triangles.i.length, vertices: message.body.x.length,
      });
    }

    async function ease(message) {
      const mine = ++latest;
      const from = shown;
      const to = message.body;
      if (message.camera) look(message.camera);
      const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden;
      if (from !== null && !still && pace < SLOW_MS && from.x.length === to.x.length) {
        // By the clock, not by counting pictures: a slower machine draws fewer of them in the same time.
        const begun = performance.now();
        for (;;) {
          await new Promise(requestAnimationFrame);
          if (mine !== latest) return;
          const share = (performance.now() - begun + pace) / EASE_MS;
          if (share >= 1) break;
          await draw(between(from, to, share * share * (3 - 2 * share)));
        }
      }
      await draw(to);
      if (mine === latest) finish(message);
    }

    function receive(text) {
      if (!text || triangles === null) return;
      const message = unpack(text);
      label.textContent = message.label;
      canvas.setAttribute("aria-label", message.label + " The body is free, with approximate proportions.");
      ease(message).catch(fail);
    }

    function fail(error) {
      wait.hidden = false;
      wait.textContent = "The 3D view cannot be drawn here (" + error.message + "). The chat works without it.";
    }

    root.querySelector(".viewer-tools").addEventListener("click", (event) => {
      const name = event.target.dataset.camera;
      if (name && shown) look(name);
    });
    // A canvas that is hidden just now cannot be resized; it is when it shows again.
    new ResizeObserver(() => shown && window.Plotly.Plots.resize(canvas).catch(() => {})).observe(canvas);
    new MutationObserver(() => shown && draw(shown).catch(fail)).observe(document.body, { attributeFilter: ["class"] });
    // Plotly waits for a lost context to come back, and the browser only gives it back when asked like this.
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault(), true);
    watch("value", () => receive(props.value));

    fetch(props.triangles_at)
      .then((answer) => {
        if (!answer.ok) throw new Error("triangles: " + answer.status);
        return answer.arrayBuffer();
      })
      .then((buffer) => {
        const corners = new Uint32Array(buffer);
        const pick = (corner) => corners.filter((_, i) => i % 3 === corner);
        triangles = { i: pick(0), j: pick(1), k: pick(2) };
        receive(props.value); // what came before the triangles did
      })
      .catch(fail);
  }

  window.unipose = { mount, unpack };
})();
