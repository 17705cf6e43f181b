/* Says when the app does not answer, and finds the way back.
 *
 * A server that was started anew has forgotten the conversation, so the page is loaded again then; what was being typed
 * is carried over. Gradio does the same for answers on their way. This also sees a page on which nobody does anything.
 */
(function () {
  "use strict";

  const CALM_MS = 5000; // between two looks while all is well
  const LOST_MS = 2000; // while it is not
  const PATIENCE_MS = 8000; // a busy server may take its time
  const NOTE_MS = 15000;
  const KEPT = "unipose-draft"; // in the tab's own storage: what was being typed when the connection was lost

  const LOST = "The app is not answering. This page reconnects by itself as soon as it does.";
  const ANEW = "The app was started anew, so the conversation begins afresh. Favourites are still here.";

  const box = () => document.querySelector("#box textarea");
  let known = null; // which start of the server this page belongs to
  let lost = false;

  function banner() {
    let found = document.getElementById("connection");
    if (!found) {
      found = document.createElement("div");
      found.id = "connection";
      found.setAttribute("role", "status");
      found.setAttribute("aria-live", "polite");
      found.append(document.createElement("span"));
      const button = document.createElement("button");
      button.type = "button";
      found.append(button);
      document.body.append(found);
    }
    return found;
  }

  function show(text, action, onAction) {
    const found = banner();
    found.querySelector("span").textContent = text;
    const button = found.querySelector("button");
    button.textContent = action;
    button.onclick = onAction;
    found.hidden = false;
  }

  const hide = () => (banner().hidden = true);

  /** The number of this start of the server; null when there is no answer. */
  async function ask() {
    try {
      const answer = await fetch("gradio_api/app_id", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
      return answer.ok ? String((await answer.json()).app_id) : null;
    } catch {
      return null;
    }
  }

  function lose() {
    lost = true;
    sessionStorage.setItem(KEPT, box()?.value ?? "");
    show(LOST, "Try now", () => window.location.reload());
  }

  async function look() {
    const found = document.hidden && !lost ? known : await ask();
    if (found === null) {
      if (lost || (await ask()) === null) lose(); // once may be chance
    } else if (known !== null && found !== known) {
      if (!lost) lose();
      window.location.reload();
      return;
    } else {
      known = found;
      if (lost) {
        lost = false;
        sessionStorage.removeItem(KEPT);
        hide();
      }
    }
    setTimeout(look, lost ? LOST_MS : CALM_MS);
  }

  /** After a reload that a lost connection brought about: say so, and put the words back into the box. */
  function comeBack() {
    const kept = sessionStorage.getItem(KEPT);
    if (kept === null) return;
    const field = box();
    if (!field) {
      setTimeout(comeBack, 200);
      return;
    }
    sessionStorage.removeItem(KEPT);
    if (kept && !field.value) {
      field.value = kept;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    show(ANEW, "Close", hide);
    setTimeout(() => lost || hide(), NOTE_MS);
  }

  comeBack();
  look();
})();
