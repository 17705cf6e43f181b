/* What on the page is to be read, with its colour and where it stands. Loaded into the page by test_browser_access.py.
 *
 * The background of a text may be a gradient, a translucent panel or the canvas, so it is not worked out here: a picture
 * of the page is taken while all text is transparent, and the test looks up the pixels behind each text.
 */
(() => {
  const SELECTOR = "input:not([type=range]):not([type=checkbox]):not([type=radio]):not([type=file]), textarea, select";
  let seen; // what was given out, by node
  let tried; // what was scrolled to
  const known = {}; // both, by theme

  function under(theme) {
    [seen, tried] = known[theme] ??= [new WeakMap(), new WeakMap()];
  }

  const brush = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", {
    willReadFrequently: true,
  });

  /** Any CSS colour as [red, green, blue, share], 0 to 255 and 0 to 1. */
  function rgba(colour) {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = brush.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  }

  /** How opaque an element is, its ancestors' part included; 0 where it is not shown. */
  function opacity(element) {
    let share = 1;
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.visibility !== "visible" && at === element) return 0;
      if (style.display === "none" || (style.clipPath !== "none" && at.offsetWidth <= 1)) return 0;
      share *= Number(style.opacity);
    }
    return share;
  }

  /** The part of a box that no scrolling or clipping ancestor hides. */
  function clipped(box, element) {
    let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (at === document.body || at === document.documentElement) continue;
      if (style.position === "fixed") break;
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      const around = at.getBoundingClientRect();
      [left, right] = [Math.max(left, around.left), Math.min(right, around.right)];
      [top, bottom] = [Math.max(top, around.top), Math.min(bottom, around.bottom)];
    }
    [left, top] = [Math.max(0, left), Math.max(0, top)];
    [right, bottom] = [Math.min(innerWidth, right), Math.min(innerHeight, bottom)];
    return right - left > 2 && bottom - top > 2 ? [left, top, right, bottom] : null;
  }

  /** Whether something else lies over the middle of a box. */
  function covered([left, top, right, bottom], element) {
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    if (!hit || hit === element || hit.contains(element) || element.contains(hit)) return false;
    return getComputedStyle(element).pointerEvents !== "none";
  }

  function path(element) {
    const names = [];
    for (let at = element; at && names.length < 4; at = at.parentElement) {
      names.unshift(at.id ? `#${at.id}` : [at.tagName.toLowerCase(), ...at.classList].slice(0, 3).join("."));
      if (at.id) break;
    }
    return names.join(" > ");
  }

  function* wholes() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const element = node.parentElement;
      if (!node.data.trim() || element.closest("script, style, template, noscript, option, textarea")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      yield { key: node, element, boxes: [...range.getClientRects()], words: node.data.trim(), style: getComputedStyle(element) };
    }
    for (const element of document.querySelectorAll(SELECTOR)) {
      const empty = !element.value && element.placeholder;
      const words = empty ? element.placeholder : element.value;
      const style = getComputedStyle(element, empty ? "::placeholder" : undefined);
      if (words) yield { key: element, element, boxes: [element.getBoundingClientRect()], words, style, faint: empty };
    }
    for (const element of document.querySelectorAll("button svg")) {
      yield { key: element, element, boxes: [element.getBoundingClientRect()], words: "(icon)", style: getComputedStyle(element), icon: true };
    }
  }

  /** Everything to be read that is in the window now and was not given out before. */
  function found() {
    const items = [];
    for (const { key, element, boxes, words, style, faint, icon } of wholes()) {
      if (seen.get(key) === words) continue;
      const share = opacity(element) * (faint ? Number(style.opacity) : 1);
      if (share === 0) continue;
      const shown = boxes.map((box) => clipped(box, element)).filter((box) => box && !covered(box, element));
      if (!shown.length) continue;
      seen.set(key, words);
      const [red, green, blue, alpha] = rgba(style.color);
      items.push({
        words: words.slice(0, 60),
        where: path(element),
        colour: [red, green, blue],
        share: alpha * share,
        boxes: shown.slice(0, 3),
        pixels: parseFloat(style.fontSize),
        bold: Number(style.fontWeight) >= 700,
        icon: Boolean(icon),
      });
    }
    return items;
  }

  /** Scroll to something that was not given out yet; whether there was any. What stays hidden is tried once. */
  function onward() {
    for (const { key, element, boxes, words } of wholes()) {
      if (seen.get(key) === words || tried.get(key) === words || opacity(element) === 0) continue;
      if (!boxes.some((box) => box.width > 2 && box.height > 2)) continue;
      tried.set(key, words);
      element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
      const box = clipped(element.getBoundingClientRect(), element);
      if (box && !covered(box, element)) return true;
    }
    return false;
  }

  const sheet = (textContent) => Object.assign(document.createElement("style"), { textContent });
  document.head.append(sheet("*, *::before, *::after { transition: none !important; }")); // no colour on its way to another
  const style = sheet(`*, *::before, *::after { color: transparent !important;
      -webkit-text-fill-color: transparent !important; text-shadow: none !important; caret-color: transparent !important; }
      ::placeholder { color: transparent !important; -webkit-text-fill-color: transparent !important; }
      button svg, button svg * { visibility: hidden !important; }`);

  window.legible = {
    found,
    onward,
    under,
    hide: (on) => (on ? document.head.append(style) : style.remove()),
  };
})();
