/* The library: asks for poses, shows them as tiles, and keeps favourites in this browser and nowhere else.
 *
 * An item is {name, pose: 66 numbers, picture: a WebP data address}. A favourite holds all three, so that it outlives
 * the server it came from. What the storage holds may be anything by now: it is checked before it is shown.
 */
(function () {
  "use strict";

  const KEY = "unipose.favourites";
  const MOST = 200;
  const NAME = 60; // letters
  const PAUSE = 400; // milliseconds without a key before what was typed is looked for
  const PATIENCE = 2500; // milliseconds for an answer, then it is asked for again
  const PICTURE = /^data:image\/webp;base64,[A-Za-z0-9+/=]{1,20000}$/;

  const isPose = (pose) => Array.isArray(pose) && pose.length === 66 && pose.every(Number.isFinite);
  const isItem = (item) =>
    item && typeof item.name === "string" && isPose(item.pose) && typeof item.picture === "string"
    && PICTURE.test(item.picture);
  const keyOf = (item) => item.pose.join();

  function read() {
    try {
      const stored = JSON.parse(window.localStorage.getItem(KEY) || "[]");
      if (!Array.isArray(stored)) return [];
      return stored.filter(isItem).slice(0, MOST)
        .map(({ name, pose, picture }) => ({ name: name.slice(0, NAME), pose, picture }));
    } catch {
      return []; // no storage here, or not what we wrote
    }
  }

  function mount(element, props, watch, trigger) {
    const find = (selector) => element.querySelector(selector);
    const root = find(".library");
    const box = find(".library-text");
    const note = find(".library-note");
    const lists = { found: find("ul[data-view=found]"), kept: find("ul[data-view=kept]") };
    let kept = read();
    let found = [];
    let told = "";
    let asked = 0;
    let typing = 0;

    // -- favourites ----------------------------------------------------------------------------------------------

    function write(next) {
      try {
        window.localStorage.setItem(KEY, JSON.stringify(next));
      } catch {
        say("This browser keeps no favourites: its storage is full or switched off.");
        return false;
      }
      kept = next;
      return true;
    }

    function keep(item) {
      kept = read(); // another tab may have changed them
      if (kept.some((each) => keyOf(each) === keyOf(item))) return true;
      if (kept.length >= MOST) {
        say(`${MOST} favourites are kept here. Remove one first.`);
        return false;
      }
      return write([{ name: item.name.slice(0, NAME), pose: item.pose, picture: item.picture }, ...kept]);
    }

    const drop = (item) => write(read().filter((each) => keyOf(each) !== keyOf(item)));
    const rename = (item, name) =>
      write(read().map((each) => (keyOf(each) === keyOf(item) ? { ...each, name } : each)));

    // -- tiles ---------------------------------------------------------------------------------------------------

    function make(kind, className, attributes) {
      const made = document.createElement(kind);
      made.className = className;
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
      return made;
    }

    function tile(item, favourite) {
      const made = make("li", "library-tile", {});
      const take = make("button", "library-take", { type: "button", "aria-label": `Take into view: ${item.name}` });
      const picture = make("img", "", { src: item.picture, alt: "", width: 112, height: 132 });
      take.append(picture);
      take.addEventListener("click", () => trigger("select", { name: item.name, pose: item.pose }));
      const heart = make("button", "library-heart", { type: "button", title: "Favourite" });
      const mark = () => {
        const on = kept.some((each) => keyOf(each) === keyOf(item));
        heart.setAttribute("aria-pressed", on);
        heart.setAttribute("aria-label", `Favourite: ${item.name}`);
        heart.textContent = on ? "♥" : "♡";
      };
      heart.addEventListener("click", () => {
        const on = heart.getAttribute("aria-pressed") === "true";
        if (!(on ? drop(item) : keep(item))) return;
        if (favourite) remove(made);
        else mark();
        count();
      });
      made.mark = mark;
      mark();
      if (favourite) {
        const name = make("input", "library-name", { maxlength: NAME, "aria-label": "Name of this favourite" });
        name.value = item.name;
        name.addEventListener("change", () => {
          item = { ...item, name: name.value.trim() || item.name };
          name.value = item.name;
          take.setAttribute("aria-label", `Take into view: ${item.name}`);
          mark();
          rename(item, item.name);
        });
        name.addEventListener("keydown", (event) => {
          if (event.key === "Enter") name.blur();
        });
        made.append(take, heart, name);
      } else {
        const name = make("span", "library-name", {});
        name.textContent = item.name;
        name.title = item.note ? `${item.name} (${item.note})` : item.name;
        take.append(name);
        made.append(take, heart);
      }
      return made;
    }

    function remove(gone) { // the keyboard goes on where it was
      const near = gone.nextElementSibling || gone.previousElementSibling;
      gone.remove();
      (near ? near.querySelector(".library-heart") : find("button[data-view=kept]")).focus();
    }

    // -- what is shown -------------------------------------------------------------------------------------------

    const say = (text) => { note.textContent = text; };

    function count() {
      find("button[data-view=kept]").textContent = kept.length ? `Favourites (${kept.length})` : "Favourites";
      if (!lists.kept.hidden) say(kept.length ? "Kept in this browser only." : "Press a heart to keep a pose here.");
    }

    function view(name) {
      for (const [each, list] of Object.entries(lists)) {
        list.hidden = each !== name;
        find(`button[data-view=${each}]`).setAttribute("aria-pressed", each === name);
      }
      if (name === "kept") {
        kept = read();
        lists.kept.replaceChildren(...kept.map((item) => tile(item, true)));
      } else {
        for (const each of lists.found.children) each.mark();
        say(told);
      }
      count();
    }

    function ask(what) {
      window.clearTimeout(typing);
      const mine = ++asked;
      say("Looking …");
      const send = (tries) => {
        if (mine !== asked || !root.isConnected || Number(root.dataset.answers) === mine) return;
        trigger("submit", { ...what, ask: mine });
        if (tries > 1) window.setTimeout(send, PATIENCE, tries - 1);
      };
      send(3); // what is asked while a tab opens for the first time may get lost on the way
    }

    function search() {
      const text = box.value.trim();
      if (text) ask({ act: "search", text });
    }

    function receive(text) {
      const message = text ? JSON.parse(text) : null;
      if (!message || message.ask !== asked) return; // something newer was asked for
      if (message.kept) {
        if (keep(message.kept)) {
          view("kept");
          const place = kept.findIndex((each) => keyOf(each) === keyOf(message.kept));
          const name = lists.kept.children[place]?.querySelector(".library-name");
          if (name) name.select();
        }
      } else if (message.items) {
        found = message.items.filter(isItem);
        told = message.told;
        lists.found.replaceChildren(...found.map((item) => tile(item, false)));
        lists.found.scrollTo(0, 0);
        view("found");
      } else {
        say(message.told);
      }
      root.dataset.answers = message.ask;
    }

    find("form").addEventListener("submit", (event) => {
      event.preventDefault();
      search();
    });
    box.addEventListener("input", () => {
      window.clearTimeout(typing);
      if (box.value.trim().length > 2) typing = window.setTimeout(search, PAUSE);
    });
    root.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button && button.dataset.act) ask({ act: button.dataset.act });
      else if (button && button.dataset.view) view(button.dataset.view);
    });
    window.addEventListener("storage", (event) => { // another tab
      if (event.key !== KEY || !root.isConnected) return;
      kept = read();
      view(lists.kept.hidden ? "found" : "kept");
    });
    watch("value", () => receive(props.value));
    count();
    if (box.value.trim()) search(); // typed before this script was there
    else ask({ act: "draw" });
  }

  window.uniposeLibrary = { mount };
})();
