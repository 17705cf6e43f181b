/* From messages (see viewer.py) to bodies that can be drawn: vertices, triangles, and the colour of each vertex. */
(function () {
  "use strict";

  const NEAR = 0.13; // metres around a joint that are marked when it is named
  const KEPT = 8; // full bodies that are remembered, to be shown as the pose before

  function bytes(base64) {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  }

  /** A packed mesh in the coordinates of the drawing. */
  function unpack(packed) {
    const steps = new Uint16Array(bytes(packed.vertices).buffer);
    const count = steps.length / 3;
    const at = (axis, i) => packed.low[axis] + (packed.span[axis] * steps[3 * i + axis]) / 65535;
    const body = {
      mesh: packed.mesh, x: new Float32Array(count), y: new Float32Array(count), z: new Float32Array(count),
      glow: new Float32Array(count),
    };
    for (let i = 0; i < count; i++) {
      body.x[i] = at(0, i);
      body.y[i] = -at(2, i);
      body.z[i] = at(1, i);
    }
    if (packed.glow) body.glow = Float32Array.from(bytes(packed.glow), (level) => level / 255);
    return body;
  }

  /** What never changes of a mesh, fetched when it is first needed. */
  function library(address) {
    const fetched = new Map();
    async function load(name) {
      const get = async (ending) => {
        const answer = await fetch(`${address}/${name}.${ending}.bin`);
        if (!answer.ok) throw new Error(`${name}.${ending}: ${answer.status}`);
        return answer.arrayBuffer();
      };
      const [corners, parts] = await Promise.all([get("triangles"), get("parts")]);
      const all = new Uint32Array(corners);
      const pick = (corner) => all.filter((_, i) => i % 3 === corner);
      return { triangles: { i: pick(0), j: pick(1), k: pick(2) }, parts: new Uint8Array(parts) };
    }
    return (name) => {
      if (!fetched.has(name)) {
        const loading = load(name);
        loading.catch(() => fetched.delete(name)); // the next message tries again
        fetched.set(name, loading);
      }
      return fetched.get(name);
    };
  }

  /** Which vertices belong to a part that was named: 1, or 2 where most of the part has moved, else 0. */
  function marked(body, fixed, marks, joints) {
    const found = new Uint8Array(body.x.length);
    for (const mark of marks) {
      const parts = new Set(mark.parts);
      const near = mark.joints.map((joint) => joints[joint]).filter(Boolean);
      const mine = [];
      for (let i = 0; i < found.length; i++) {
        if (!parts.has(fixed.parts[i])) continue;
        if (near.length === 0 || near.some((at) =>
          Math.hypot(body.x[i] - at.x, body.y[i] - at.y, body.z[i] - at.z) < NEAR)) mine.push(i);
      }
      mark.moved = mine.reduce((sum, i) => sum + body.glow[i], 0) > 0.4 * mine.length;
      for (const i of mine) found[i] = mark.moved ? 2 : 1;
    }
    return found;
  }

  /** The place of each vertex on the scale of colours: -1 named, 0 body, 1 moved, 2 named and moved. */
  function tint(body, heat) {
    return body.glow.map((glow, i) => {
      if (!heat) return body.marked[i] ? -1 : 0;
      return body.marked[i] === 1 ? -1 : glow * (body.marked[i] || 1);
    });
  }

  /** Triangles of a ghost: only those away from the body ``now``, where the two would flicker through each other. */
  function apart(ghost, now, triangles) {
    const away = ghost.x.map((x, i) => Math.hypot(x - now.x[i], ghost.y[i] - now.y[i], ghost.z[i] - now.z[i]) > 0.02);
    const seen = Array.from(triangles.i.keys()).filter((t) =>
      away[triangles.i[t]] || away[triangles.j[t]] || away[triangles.k[t]]);
    const pick = (corners) => Uint32Array.from(seen, (t) => corners[t]);
    return { i: pick(triangles.i), j: pick(triangles.j), k: pick(triangles.k) };
  }

  function between(from, to, share) {
    const mixed = { ...to };
    for (const key of ["x", "y", "z", "glow"]) {
      mixed[key] = to[key].map((value, i) => from[key][i] + (value - from[key][i]) * share);
    }
    return mixed;
  }

  function moved(body, shift) {
    if (!shift.x && !shift.y) return body;
    return { ...body, x: body.x.map((value) => value + shift.x), y: body.y.map((value) => value + shift.y) };
  }

  /** The last full bodies by their key. */
  function memory() {
    const bodies = new Map();
    return {
      keep(key, body) {
        bodies.delete(key);
        bodies.set(key, body);
        if (bodies.size > KEPT) bodies.delete(bodies.keys().next().value);
      },
      get: (key) => bodies.get(key),
    };
  }

  const meshes = { unpack, library, marked, tint, apart, between, moved, memory };
  window.unipose = Object.assign(window.unipose || {}, { meshes });
})();
