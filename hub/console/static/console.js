// Small helpers. Every page works without them: they only follow what happens, and save a reload.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const said = document.getElementById("said");
  const say = (text) => { if (said && text) said.textContent = text; };

  const menu = document.querySelector(".menu");
  const nav = document.getElementById("nav");
  if (menu && nav) {
    menu.hidden = false;
    menu.addEventListener("click", () => {
      const open = nav.classList.toggle("open");
      menu.setAttribute("aria-expanded", String(open));
      if (open) nav.querySelector("a").focus();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && nav.classList.contains("open")) {
        nav.classList.remove("open");
        menu.setAttribute("aria-expanded", "false");
        menu.focus();
      }
    });
  }

  // What a mark of a chart stands for, at the pointer; the table below each chart has the same for all others.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  document.body.append(tip);
  document.addEventListener("pointermove", (event) => {
    const mark = event.target.closest ? event.target.closest("[data-tip]") : null;
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = mark.dataset.tip;
    tip.style.left = `${Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8)}px`;
    tip.style.top = `${Math.max(event.clientY - tip.offsetHeight - 10, 8)}px`;
  });

  // A form is sent once, however often somebody presses.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    const question = form.dataset.ask;
    if (question && !window.confirm(question)) { event.preventDefault(); return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.setTimeout(() => { delete form.dataset.sent; }, 4000);
  });

  // A part of the page that takes longer comes afterwards.
  const fetchPart = async (part) => {
    try {
      const answer = await fetch(part.dataset.part, { headers: { accept: "text/html" }, credentials: "same-origin" });
      part.innerHTML = await answer.text();
      say(part.dataset.done || "");
    } catch {
      part.textContent = part.dataset.failed || "";
    }
    part.removeAttribute("aria-busy");
  };
  document.querySelectorAll("[data-part]").forEach(fetchPart);

  // What happens: one stream of events; parts of the page that show it are fetched again when it changes.
  const follower = document.querySelector("[data-follow]");
  if (!follower || !window.EventSource) return;
  let last = "";
  let waiting = false;
  const put = (selector, text) => document.querySelectorAll(selector).forEach((place) => { if (place.textContent !== text) place.textContent = text; });
  const refresh = async () => {
    if (waiting) return;
    waiting = true;
    try {
      const answer = await fetch(window.location.href, { headers: { "x-part": "main" }, credentials: "same-origin" });
      if (answer.ok && !answer.redirected) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        document.querySelectorAll("[data-fresh]").forEach((old) => {
          const now = fresh.querySelector(`[data-fresh="${old.dataset.fresh}"]`);
          if (!now || old.innerHTML === now.innerHTML || old.contains(document.activeElement)) return;
          old.replaceChildren(...now.childNodes);
        });
      }
    } finally { waiting = false; }
  };
  const source = new EventSource("/api/v1/events");
  source.onmessage = (event) => {
    const board = JSON.parse(event.data).board;
    if (!board) return;
    for (const run of board.live) {
      put(`[data-run="${run.id}"] .rows`, run.rows_text);
      put(`[data-run="${run.id}"] .pages`, run.pages_text);
      document.querySelectorAll(`[data-run="${run.id}"] .fill`).forEach((fill) => fill.setAttribute("width", String(run.share ?? 0)));
    }
    const changed = board.mark !== last;
    if (last && changed) {
      refresh();
      const news = board.news[follower.dataset.language] || "";
      if (news) say(news);
    }
    last = board.mark;
  };
  window.addEventListener("pagehide", () => source.close());
})();
