/* The floor: a disc that takes a soft shadow, and a square grid on it whose lines fade towards the rim. */
(function () {
  "use strict";

  const RADIUS = 1.7; // metres
  const STEP = 0.25; // metres between two lines

  function disc(rings, spokes) {
    const made = { x: [0], y: [0], z: [0], i: [], j: [], k: [] };
    for (let ring = 1; ring <= rings; ring++) {
      for (let spoke = 0; spoke < spokes; spoke++) {
        const angle = (2 * Math.PI * spoke) / spokes;
        const radius = RADIUS * (ring / rings) ** 1.3; // finer in the middle, where most bodies stand
        made.x.push(radius * Math.cos(angle));
        made.y.push(radius * Math.sin(angle));
        made.z.push(0);
        const next = (spoke + 1) % spokes;
        const outer = 1 + (ring - 1) * spokes;
        const inner = ring === 1 ? null : outer - spokes;
        const corners = inner === null
          ? [[0, outer + spoke, outer + next]]
          : [[inner + spoke, outer + spoke, outer + next], [inner + spoke, outer + next, inner + next]];
        for (const [a, b, c] of corners) {
          made.i.push(a);
          made.j.push(b);
          made.k.push(c);
        }
      }
    }
    return made;
  }

  /** Lines in pieces, so that each piece has its own share of fading: 0 in the middle, 1 at the rim. */
  function grid() {
    const lines = { x: [], y: [], z: [], fade: [] };
    const put = (x, y) => {
      lines.x.push(x);
      lines.y.push(y);
      lines.z.push(0.002);
      lines.fade.push(x === null ? 1 : Math.min(1, Math.hypot(x, y) / RADIUS) ** 2);
    };
    for (let at = -RADIUS + (RADIUS % STEP); at < RADIUS; at += STEP) {
      const half = Math.sqrt(Math.max(0, RADIUS * RADIUS - at * at));
      for (const across of [false, true]) {
        for (let piece = 0; piece <= 12; piece++) {
          const along = -half + (2 * half * piece) / 12;
          if (across) put(along, at);
          else put(at, along);
        }
        put(null, null);
      }
    }
    return lines;
  }

  /** How dark each point of the disc is: vertices are dropped into cells, low ones weigh more, then blurred. */
  function shadow(floor, bodies) {
    const size = 96;
    const place = (value) => ((value + RADIUS) / (2 * RADIUS)) * size;
    let cells = new Float32Array(size * size);
    for (const body of bodies) {
      const weight = 3200 / body.x.length;
      for (let i = 0; i < body.x.length; i++) {
        const column = Math.floor(place(body.x[i]));
        const row = Math.floor(place(body.y[i]));
        if (column < 0 || row < 0 || column >= size || row >= size) continue;
        cells[row * size + column] += weight * Math.exp(-body.z[i] / 0.22);
      }
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
    return Float32Array.from(floor.x, (x, i) => {
      if (Math.hypot(x, floor.y[i]) > 0.98 * RADIUS) return 0;
      // between the middles of the four cells around the point
      const [right, up] = [place(x) - 0.5, place(floor.y[i]) - 0.5];
      const [column, row] = [Math.max(0, Math.floor(right)), Math.max(0, Math.floor(up))];
      const at = row * size + column;
      const [u, v] = [right - column, up - row];
      const lower = cells[at] * (1 - u) + (cells[at + 1] || 0) * u;
      const upper = (cells[at + size] || 0) * (1 - u) + (cells[at + size + 1] || 0) * u;
      return 1 - Math.exp(-(lower * (1 - v) + upper * v));
    });
  }

  function mix(from, to, share) {
    const part = (colour, at) => parseInt(colour.slice(at, at + 2), 16);
    const channels = [1, 3, 5].map((at) => Math.round(part(from, at) + (part(to, at) - part(from, at)) * share));
    return `rgb(${channels.join(",")})`;
  }

  const made = { disc: disc(30, 84), grid: grid() };

  /** The two traces, under ``bodies`` in the coordinates of the drawing, in the colours of ``palette``. */
  function traces(bodies, palette) {
    const shades = Array.from({ length: 6 }, (_, i) => mix(palette.line, palette.floor, i / 5));
    return [
      {
        type: "mesh3d", ...made.disc, intensity: shadow(made.disc, bodies), cmin: 0, cmax: 1, showscale: false,
        colorscale: [[0, palette.floor], [1, palette.shadow]], hoverinfo: "skip",
        lighting: { ambient: 1, diffuse: 0, specular: 0, fresnel: 0 },
      },
      {
        type: "scatter3d", mode: "lines", x: made.grid.x, y: made.grid.y, z: made.grid.z, connectgaps: false,
        hoverinfo: "skip", line: { color: made.grid.fade.map((fade) => shades[Math.round(5 * fade)]), width: 1.5 },
      },
    ];
  }

  window.unipose = Object.assign(window.unipose || {}, { floor: { traces } });
})();
