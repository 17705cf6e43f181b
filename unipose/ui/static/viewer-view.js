/* Where the eye stands, and where points are seen.
 *
 * A body's metres (x, y, z), Y up, are drawn at (x, -z, y), because the drawing library turns its camera about Z. Its
 * cameras are measured from the middle of a box of fixed extents; the aspect ratio equals the extents, so that one unit
 * of camera distance is one metre.
 */
(function () {
  "use strict";

  const HALF_WIDTH = 2.6; // metres; what lies outside the box is not drawn
  const HEIGHT = [-0.1, 2.7];
  const MIDDLE = (HEIGHT[0] + HEIGHT[1]) / 2;
  const AT = { x: 0, y: 0, z: 0.86 - MIDDLE }; // what is looked at, unless a preset has something better
  const FIELD = 45; // degrees from the lower to the upper edge, as the drawing library has it
  const LIMIT = 89; // degrees above the horizon, where turning stops

  // Degrees to the left of the body's front and above the horizon, and the metres away that suit a standing body; the first view has
  // room for raised arms, so that it stays where it is.
  const PRESETS = {
    start: { side: 22, rise: 11, far: 3.6 },
    front: { side: 0, rise: 4, far: 3.2 },
    photo: { side: 0, rise: 0, far: 3.2 }, // level, as the camera of a photo is taken to be
    side: { side: 90, rise: 4, far: 3.2 },
    top: { side: 0, rise: 80, far: 3.4 },
    follow: { side: 0, rise: 8, far: 3.2 },
  };

  const radians = (degrees) => (degrees * Math.PI) / 180;
  const add = (a, b, times = 1) => ({ x: a.x + times * b.x, y: a.y + times * b.y, z: a.z + times * b.z });
  const dot = (a, b) => a.x * b.x + a.y * b.y + a.z * b.z;
  const length = (a) => Math.hypot(a.x, a.y, a.z);

  function direction(side, rise) {
    const [turn, up] = [radians(side), radians(rise)];
    return { x: Math.sin(turn) * Math.cos(up), y: -Math.cos(turn) * Math.cos(up), z: Math.sin(up) };
  }

  function made(center, towards, far) {
    return {
      eye: add(center, towards, far), center: { ...center }, up: { x: 0, y: 0, z: 1 },
      projection: { type: "perspective" },
    };
  }

  /** Right, up and towards the eye, and how far it is. */
  function axes(camera) {
    const back = add(camera.eye, camera.center, -1);
    const far = length(back);
    const towards = { x: back.x / far, y: back.y / far, z: back.z / far };
    const flat = Math.hypot(towards.x, towards.y);
    const right = flat > 1e-6 ? { x: -towards.y / flat, y: towards.x / flat, z: 0 } : { x: 1, y: 0, z: 0 };
    const up = {
      x: towards.y * right.z - towards.z * right.y,
      y: towards.z * right.x - towards.x * right.z,
      z: towards.x * right.y - towards.y * right.x,
    };
    return { right, up, towards, far };
  }

  /** The same camera, as far away as it takes to see all of ``points``; never nearer than ``least``. */
  function stepBack(camera, points, canvas, least) {
    const { right, up, towards } = axes(camera);
    const tall = Math.tan(radians(FIELD) / 2);
    const wide = (tall * canvas.clientWidth) / (canvas.clientHeight || 1);
    let far = least;
    for (const point of points) {
      const from = add({ ...point, z: point.z - MIDDLE }, camera.center, -1);
      const [x, y] = [Math.abs(dot(from, right)) / (0.94 * wide), dot(from, up) / tall];
      // The buttons cover the lower edge, so there is less room below than above.
      far = Math.max(far, dot(from, towards) + Math.max(x, y > 0 ? y / 0.9 : -y / 0.76));
    }
    return made(camera.center, towards, Math.min(far, 14));
  }

  /** A camera by name, for a body of ``points`` that has turned by ``heading`` radians. */
  function preset(name, points, heading, canvas) {
    const { side, rise, far } = PRESETS[name];
    const turn = name === "follow" ? (heading * 180) / Math.PI : 0;
    let center = AT;
    if (name !== "start" && name !== "photo" && points.length) {
      const middle = (axis) => {
        const values = points.map((point) => point[axis]);
        return (Math.min(...values) + Math.max(...values)) / 2;
      };
      center = { x: middle("x"), y: middle("y"), z: middle("z") - MIDDLE };
    }
    return stepBack(made(center, direction(side + turn, rise), far), points, canvas, far);
  }

  /** The camera moved about what it looks at: degrees to the right and up, and times the distance. */
  function orbit(camera, right, up, times) {
    const { towards, far } = axes(camera);
    const side = (Math.atan2(towards.x, -towards.y) * 180) / Math.PI + right;
    const rise = (Math.asin(Math.max(-1, Math.min(1, towards.z))) * 180) / Math.PI + up;
    const away = Math.max(0.6, Math.min(14, far * times));
    return made(camera.center, direction(side, Math.max(-LIMIT, Math.min(LIMIT, rise))), away);
  }

  function between(from, to, share) {
    const [a, b] = [axes(from), axes(to)];
    const angles = ({ towards }) => [
      Math.atan2(towards.x, -towards.y), Math.asin(Math.max(-1, Math.min(1, towards.z))),
    ];
    const [[side, rise], [newSide, newRise]] = [angles(a), angles(b)];
    let turn = newSide - side;
    if (Math.abs(turn) > Math.PI) turn -= Math.sign(turn) * 2 * Math.PI;
    const degrees = (angle) => (angle * 180) / Math.PI;
    const center = add(from.center, add(to.center, from.center, -1), share);
    const towards = direction(degrees(side + share * turn), degrees(rise + share * (newRise - rise)));
    return made(center, towards, a.far + share * (b.far - a.far));
  }

  /** Where a point of the drawing is seen: pixels from the left and the top of the canvas; null behind the eye. */
  function project(point, camera, canvas) {
    const { right, up, towards, far } = axes(camera);
    const from = add({ ...point, z: point.z - MIDDLE }, camera.center, -1);
    const depth = far - dot(from, towards);
    if (depth < 0.05) return null;
    const scale = canvas.clientHeight / 2 / Math.tan(radians(FIELD) / 2) / depth;
    return {
      x: canvas.clientWidth / 2 + dot(from, right) * scale,
      y: canvas.clientHeight / 2 - dot(from, up) * scale,
      depth,
    };
  }

  /** The camera in the metres of the body on the floor (Y up, the floor at 0), as unipose.body.views.View has it. */
  function inBody(camera, shift, canvas) {
    const place = (point) => {
      const at = { x: point.x - shift.x, y: point.y - shift.y, z: point.z + MIDDLE };
      return [at.x, at.z, -at.y].map((value) => Math.round(1e4 * value) / 1e4);
    };
    return {
      position: place(camera.eye), target: place(camera.center), field_of_view: FIELD,
      size: [Math.round(canvas.clientWidth), Math.round(canvas.clientHeight)],
    };
  }

  function layout(canvas, camera) {
    const axis = (range) => ({ visible: false, range, autorange: false, showspikes: false });
    return {
      autosize: true, margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false, uirevision: "one canvas",
      paper_bgcolor: "rgba(0,0,0,0)",
      scene: {
        xaxis: axis([-HALF_WIDTH, HALF_WIDTH]), yaxis: axis([-HALF_WIDTH, HALF_WIDTH]), zaxis: axis(HEIGHT),
        aspectmode: "manual",
        aspectratio: { x: 2 * HALF_WIDTH, y: 2 * HALF_WIDTH, z: HEIGHT[1] - HEIGHT[0] },
        bgcolor: "rgba(0,0,0,0)", dragmode: "turntable", hovermode: false, camera,
      },
    };
  }

  const view = { preset, stepBack, orbit, between, project, inBody, layout, axes };
  window.unipose = Object.assign(window.unipose || {}, { view });
})();
