// Keeps an open page true: asks for it again when the server says that something changed, and sends forms without
// leaving it. The page works without this, by hand.
(() => {
  "use strict";
  const main = () => document.getElementById("main");
  const live = document.getElementById("live");
  const PAUSE = 1000;
  let busy = false;
  let wanted = false;
  // Where this page is asked for again: with the order that was last given, so that its outcome is told.
  let place = location.href;

  // Whoever types or marks a text is not disturbed.
  const isInUse = () => {
    const active = document.activeElement;
    const typing = active && active.matches("input, select, textarea") && main().contains(active);
    const marked = window.getSelection();
    return typing || isFilledIn() || (marked && !marked.isCollapsed && main().contains(marked.anchorNode));
  };

  // Nor whoever has begun to fill in a decision.
  const isFilledIn = () =>
    [...main().querySelectorAll("details.decide[open] input:not([type=hidden])")].some((one) =>
      one.type === "radio" ? one.checked !== one.defaultChecked : one.value !== one.defaultValue,
    );

  // What works with this script only is not shown without it.
  const reveal = () => {
    for (const one of main().querySelectorAll(".copy[hidden]")) one.hidden = false;
  };

  const copy = async (button) => {
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      // A page that is not on this machine or behind TLS may not write the clipboard: the text is marked for a person to.
      const range = document.createRange();
      range.selectNode(button.previousSibling);
      window.getSelection().removeAllRanges();
      window.getSelection().addRange(range);
      return;
    }
    button.textContent = "✓";
    setTimeout(() => (button.textContent = label), 1500);
  };

  const show = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const next = fresh.getElementById("main");
    if (!next) return;
    const open = new Map([...main().querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
    const focus = main().contains(document.activeElement) ? document.activeElement.id : "";
    main().replaceWith(document.adoptNode(next));
    for (const [id, isOpen] of open) {
      const one = document.getElementById(id);
      if (one) one.open = isOpen;
    }
    if (focus) (document.getElementById(focus) || main()).focus({ preventScroll: true });
    document.title = fresh.title;
    reveal();
    for (const id of ["done", "badge"]) {
      const [was, is] = [document.getElementById(id), fresh.getElementById(id)];
      if (was && is && (id !== "done" || is.textContent.trim())) was.replaceWith(document.adoptNode(is));
    }
  };

  const refresh = async () => {
    wanted = true;
    if (busy) return;
    busy = true;
    while (wanted) {
      if (isInUse() || document.hidden) break;
      wanted = false;
      try {
        const answer = await fetch(place, { headers: { accept: "text/html" } });
        if (answer.redirected) location.assign(answer.url);
        else if (answer.ok) show(await answer.text());
      } catch {
        // The stream says when the server is back.
      }
      await new Promise((done) => setTimeout(done, PAUSE));
    }
    busy = false;
  };

  const send = async (form, submitter) => {
    const button = submitter || form.querySelector("button");
    // Before the button is disabled: what it says goes with the form's fields.
    const body = new URLSearchParams(new FormData(form));
    if (button.name) body.append(button.name, button.value);
    button.disabled = true;
    try {
      // Not `form.action`: a field of the form has that name.
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body });
      if (answer.ok && answer.redirected) place = answer.url;
      show(await answer.text());
      // What was typed is sent: a field that keeps the keyboard would keep the page from being shown anew.
      if (isInUse()) main().focus({ preventScroll: true });
      document.getElementById("done").scrollIntoView({ block: "nearest" });
    } catch {
      button.disabled = false;
    }
  };

  // What 金蝶 has like it, while one types a number.
  let asking = 0;
  const suggest = async (input) => {
    const ask = ++asking;
    await new Promise((done) => setTimeout(done, 400));
    const text = input.value.trim();
    if (ask !== asking || text.length < 2) return;
    const address = new URL(input.dataset.suggest, location.href);
    address.pathname = "/suggest";
    address.searchParams.set("q", text);
    try {
      const answer = await fetch(address);
      if (!answer.ok || ask !== asking) return;
      const found = await answer.json();
      const options = found.map(({ number, name }) => {
        const option = document.createElement("option");
        [option.value, option.textContent] = [number, `${number} ${name}`];
        return option;
      });
      document.getElementById(input.getAttribute("list")).replaceChildren(...options);
    } catch {
      // A number can be typed without.
    }
  };
  document.addEventListener("input", (event) => {
    if (event.target.dataset?.suggest) suggest(event.target);
  });

  document.addEventListener("click", (event) => {
    if (event.target.matches?.(".copy")) copy(event.target);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.act")) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  document.addEventListener("selectionchange", () => wanted && !isInUse() && refresh());

  // A browser has few lines to one place: only the page that is looked at holds one.
  let stream = null;
  const listen = () => {
    stream = new EventSource("/events");
    stream.addEventListener("seen", (event) => {
      live.hidden = false;
      if (event.data !== main().dataset.seen) refresh();
    });
    stream.addEventListener("error", () => {
      live.hidden = true;
    });
  };
  const rest = () => {
    stream?.close();
    stream = null;
  };

  reveal();
  if (main().dataset.seen) {
    if (!document.hidden) listen();
    window.addEventListener("pagehide", rest);
    window.addEventListener("pageshow", () => stream || document.hidden || listen());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) rest();
      else if (!stream) listen();
    });
    // Ages grow although nothing happens.
    setInterval(refresh, 60000);
  }
})();
