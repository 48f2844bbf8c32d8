/* What the page does by itself. Buttons name in data-act what the server is asked for, as "channel:event". */
window.footnote = (() => {
  const channels = {};
  const narrow = matchMedia("(width < 900px)");
  const html = document.documentElement;

  const labels = () => document.getElementById("labels")?.dataset ?? {};

  /* A channel is a hidden part of the page; what is triggered there has the button's data as its event data. */
  function listen(name, trigger) {
    channels[name] = trigger;
    html.lang = labels().language ?? html.lang;
    /* Gradio's own, which advertise it. */
    for (const tag of document.querySelectorAll("meta[property^='og:'], meta[name^='twitter:']")) tag.remove();
    document.dispatchEvent(new CustomEvent("channel", { detail: name }));
  }

  function send(channel, name, data) {
    channels[channel]?.(name, data);
  }

  document.addEventListener("click", async (event) => {
    for (const close of document.querySelectorAll(".toast-close")) if (!close.contains(event.target)) close.click();
    const button = event.target.closest?.(
      "button[data-act], button[data-copy], button[data-toggle], button[data-theme]",
    );
    if (!button || button.disabled) return;
    const { act, copy, done, toggle, theme, ...data } = button.dataset;
    if (copy !== undefined) give(copy, button, done);
    else if (toggle !== undefined) {
      unfold(toggle, html.dataset[toggle] !== "open");
      if (narrow.matches && html.dataset[toggle] === "open") enter(toggle);
    } else if (theme !== undefined) paint(document.body.classList.contains("dark") ? "light" : "dark");
    else if (await window.footnote.agreed(button, data)) send(...act.split(":"), data);
    if (act) button.closest("[popover]")?.hidePopover();
  });

  async function give(text, button, done) {
    await copied(text);
    say(button, done);
  }

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      /* Browsers keep the clipboard from pages that another machine serves without TLS. */
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }

  function say(button, done) {
    const label = button.getAttribute("aria-label");
    if (label === done) return;
    button.dataset.said = done;
    button.setAttribute("aria-label", done);
    setTimeout(() => {
      delete button.dataset.said;
      button.setAttribute("aria-label", label);
    }, 1500);
  }

  /* The panes at the sides: as the person left them; where it is narrow, closed until they are wanted. */
  function unfold(pane, isOpen) {
    html.dataset[pane] = isOpen ? "open" : "closed";
    if (!narrow.matches) localStorage.setItem(`pane-${pane}`, html.dataset[pane]);
    /* What covers the page, Back closes. */ else if (isOpen && !history.state?.covered)
      history.pushState({ covered: true }, "");
    for (const button of document.querySelectorAll(`[data-toggle="${pane}"]`)) {
      button.setAttribute("aria-expanded", isOpen ? "true" : "false");
    }
  }

  /* What covers the page has the focus, and gives it back to what opened it. */
  const within = { rail: "#rail button", sources: "#source-panel button" };

  function enter(pane) {
    setTimeout(() => document.querySelector(within[pane])?.focus({ preventScroll: true }), 50);
  }

  function leave() {
    const pane = Object.keys(within).find((name) => html.dataset[name] === "open");
    fit();
    if (pane) document.querySelector(`[data-toggle="${pane}"]`)?.focus();
  }

  function fit() {
    for (const pane of Object.keys(within)) {
      unfold(pane, !narrow.matches && localStorage.getItem(`pane-${pane}`) !== "closed");
    }
  }
  narrow.addEventListener("change", fit);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && narrow.matches) leave();
  });
  /* Where it is narrow, a pane leaves when something beside it is touched, or a conversation chosen in it. */
  addEventListener("click", (event) => {
    const stays = "#rail, #source-panel, [data-toggle], [data-open], .menu, [popovertarget], dialog";
    if (narrow.matches && (!event.target.closest?.(stays) || event.target.closest(".talk, #new-talk"))) fit();
  });

  /* Each tab has an address. */
  const tabs = () => document.querySelector("#tabs [role=tablist]");

  function tabbed() {
    const { tabId } = tabs().querySelector("[data-tab-id][aria-selected=true]")?.dataset ?? {};
    const hash = tabId && tabId !== "chat" ? `#${tabId}` : "";
    if (tabId && location.hash !== hash) history.pushState(null, "", location.pathname + location.search + hash);
  }

  function showTab() {
    tabs()
      .querySelector(`[data-tab-id="${CSS.escape(location.hash.slice(1) || "chat")}"]`)
      ?.click();
  }
  document.addEventListener("channel", ({ detail }) => {
    if (detail !== "chat") return;
    showTab();
    new MutationObserver(tabbed).observe(tabs(), { subtree: true, attributeFilter: ["aria-selected"] });
  });
  addEventListener("popstate", () => {
    if (narrow.matches) fit();
    showTab();
  });

  function paint(theme) {
    document.body.classList.toggle("dark", theme === "dark");
    localStorage.setItem("theme", theme);
  }

  /* A menu stands below the button that opens it, or above where there is no room. */
  let opener = null;
  document.addEventListener(
    "click",
    (event) => {
      opener = event.target.closest?.("[popovertarget]") ?? opener;
    },
    true,
  );
  document.addEventListener(
    "toggle",
    (event) => {
      const menu = event.target;
      if (event.newState !== "open" || !menu.matches?.(".menu") || !opener) return;
      const at = opener.getBoundingClientRect();
      const left = Math.max(8, Math.min(at.left, innerWidth - menu.offsetWidth - 8));
      const below = at.bottom + 4;
      const top = below + menu.offsetHeight > innerHeight ? Math.max(8, at.top - menu.offsetHeight - 4) : below;
      Object.assign(menu.style, { left: `${left}px`, top: `${top}px` });
      menu.querySelector("button, select")?.focus({ preventScroll: true });
    },
    true,
  );

  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.(".menu");
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!menu || !by || event.target.matches("select, input")) return;
    event.preventDefault();
    const inside = [...menu.querySelectorAll("button, select")];
    inside.at((inside.indexOf(event.target) + by) % inside.length).focus();
  });

  /* What is drawn anew under a focus loses it: it goes to what stands in its place. */
  const KEYS = ["act", "open", "turn", "value", "id", "name", "document", "toggle", "edit"];
  let focused = null;

  function keep(element) {
    const marks = KEYS.filter((key) => element.dataset[key] !== undefined && element.dataset.act !== "chat:submit");
    const same = marks.map((key) => `[data-${key}="${CSS.escape(element.dataset[key])}"]`).join("");
    focused = marks.length ? `button${same}` : element.closest("button") ? "#question" : null;
  }
  document.addEventListener("focusin", (event) => keep(event.target));
  /* A person who clicks beside all that can have it, wants it nowhere. */
  document.addEventListener("pointerdown", () => {
    focused = null;
  });
  new MutationObserver(() => {
    if (document.activeElement !== document.body || !focused) return;
    const again = document.querySelector(focused) ?? document.getElementById("question");
    again?.focus({ preventScroll: true });
  }).observe(document, { childList: true, subtree: true });

  function save(name, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  /* Whether the server still runs, and is still the one that knows this page. */
  let known = null;

  async function look() {
    const lost = document.getElementById("lost");
    try {
      const { app_id: now } = await (await fetch("gradio_api/app_id")).json();
      known ??= now;
      if (now !== known) location.reload();
    } catch {
      if (lost) lost.hidden = false;
    }
  }
  setInterval(look, 3000);
  addEventListener("load", () => {
    look();
    fit();
    const chosen = localStorage.getItem("theme");
    if (chosen) paint(chosen);
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) send("collections", "focus", {});
  });
  document.addEventListener(
    "toggle",
    (event) => {
      const language = event.target.querySelector?.("#language");
      if (language) language.value = html.lang;
    },
    true,
  );
  document.addEventListener("change", (event) => {
    if (event.target.id !== "language") return;
    // biome-ignore lint/suspicious/noDocumentCookie: the server reads it, and cookieStore is not everywhere
    document.cookie = `footnote_language=${event.target.value}; Max-Age=34560000; Path=/; SameSite=Lax`;
    location.reload();
  });
  fit();

  return { give, listen, send, labels, unfold, narrow, save };
})();
