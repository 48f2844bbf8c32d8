/* What the page does by itself. Buttons name in data-act what the server is asked for, as "channel:event". */
(() => {
  const channels = {};

  /* A channel is a hidden part of the page; what is triggered there has the button's data as its event data. */
  function listen(name, trigger) {
    channels[name] = trigger;
  }

  /* The question asked last stands at the top of the chat, once, when it is asked or its conversation is opened; from
     then on the chat stays where the person has it, whatever is drawn in it. */
  function follow(chat) {
    let shown;
    let place = 0;
    const unfolded = new Set();
    const turns = () => [...chat.querySelectorAll(".turn")];

    function settle() {
      const last = turns().at(-1);
      const asked = last?.dataset.number;
      /* While another tab is open, there are no places here. */
      if (!chat.clientHeight) return;
      if (asked !== shown) {
        place = last ? chat.scrollTop + last.getBoundingClientRect().top - chat.getBoundingClientRect().top : 0;
        if (last) chat.scrollIntoView({ block: "nearest" });
        shown = asked;
      }
      chat.scrollTop = place;
    }

    chat.addEventListener("scroll", () => {
      if (chat.clientHeight) place = chat.scrollTop;
    });
    /* What a person unfolded stays so when the chat is drawn anew, which folds it. */
    chat.addEventListener("click", (event) => {
      const how = event.target.closest("details.how > summary")?.parentElement;
      if (!how) return;
      const number = how.closest(".turn").dataset.number;
      if (how.open) unfolded.delete(number);
      else unfolded.add(number);
    });
    new MutationObserver(() => {
      for (const turn of turns()) {
        const how = turn.querySelector("details.how");
        if (how && !how.open && unfolded.has(turn.dataset.number)) how.open = true;
      }
      settle();
    }).observe(chat, { childList: true, subtree: true, attributeFilter: ["open"] });
    new ResizeObserver(settle).observe(chat);
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-act], [data-open], [data-copy]");
    if (!button || button.disabled) return;
    hideTip();
    if (button.dataset.copy !== undefined) {
      await copy(button.dataset.copy);
      say(button, button.dataset.done);
      return;
    }
    const sent = { ...button.dataset };
    if (sent.open !== undefined) {
      open(sent);
      return;
    }
    const [channel, name] = sent.act.split(":");
    if (sent.confirm !== undefined || sent.prompt !== undefined) {
      const answer = await askPerson(
        sent.confirm ?? sent.prompt,
        sent.prompt === undefined ? null : (sent.value ?? ""),
      );
      if (answer === null) return;
      sent.answer = answer;
    }
    channels[channel]?.(name, sent);
  });

  /* Sources are opened one after the other; of what is clicked meanwhile, the last is. (Gradio's "always_last" would
     send the first click's data once more.) */
  let opening = false;
  let wanted = null;

  function open(sent) {
    if (opening) {
      wanted = sent;
      return;
    }
    opening = true;
    channels.chat("click", sent);
  }

  function opened() {
    const next = wanted;
    opening = false;
    wanted = null;
    showMark();
    document.querySelector("#document .view")?.scrollIntoView({ block: "nearest" });
    if (next) open(next);
  }

  async function copy(text) {
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
    const before = button.textContent;
    button.textContent = done;
    setTimeout(() => {
      button.textContent = before;
    }, 1500);
  }

  /* A question to the person in a dialog: "" or what was typed; null where it was called off. */
  function askPerson(question, value) {
    const labels = document.getElementById("labels").dataset;
    const dialog = document.createElement("dialog");
    const form = document.createElement("form");
    form.method = "dialog";
    const label = document.createElement("label");
    label.textContent = question;
    form.append(label);
    const input = document.createElement("input");
    if (value !== null) {
      input.value = value;
      label.append(input);
    }
    for (const [name, text] of [
      ["ok", labels.ok],
      ["cancel", labels.cancel],
    ]) {
      const button = document.createElement("button");
      button.value = name;
      button.textContent = text;
      button.className = name;
      form.append(button);
    }
    dialog.append(form);
    document.body.append(dialog);
    const back = document.activeElement;
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => {
        dialog.remove();
        back?.focus?.();
        resolve(dialog.returnValue === "ok" ? input.value : null);
      });
    });
  }

  /* What a citation quotes, beside it while it is pointed at or focused; Escape hides it. */
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");

  function showTip(chip) {
    const where = document.createElement("strong");
    where.textContent = chip.dataset.where;
    const quote = document.createElement("q");
    quote.textContent = chip.dataset.quote;
    tip.replaceChildren(where, quote);
    if (!tip.isConnected) document.body.append(tip);
    tip.hidden = false;
    const at = chip.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left - 40), innerWidth - tip.offsetWidth - 8);
    const above = at.bottom + 8 + tip.offsetHeight > innerHeight;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${above ? Math.max(8, at.top - tip.offsetHeight - 8) : at.bottom + 8}px`;
  }

  function hideTip() {
    tip.hidden = true;
  }

  for (const [shows, hides] of [
    ["mouseover", "mouseout"],
    ["focusin", "focusout"],
  ]) {
    document.addEventListener(shows, (event) => {
      const chip = event.target.closest?.("[data-quote]");
      if (chip) showTip(chip);
    });
    document.addEventListener(hides, (event) => {
      if (event.target.closest?.("[data-quote]")) hideTip();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideTip();
  });

  /* The mark is brought into sight in its document, and the boxes on its page. */
  function showMark() {
    for (const [inner, outer] of [
      ["#document #cited", ".document"],
      ["#document .box", ".pages"],
    ]) {
      const mark = document.querySelector(inner);
      const frame = mark?.closest(outer);
      if (!frame) continue;
      frame.scrollTop += mark.getBoundingClientRect().top - frame.getBoundingClientRect().top - frame.clientHeight / 3;
    }
  }

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
  addEventListener("load", look);

  window.footnote = { listen, follow, showMark, opened, save };
})();
