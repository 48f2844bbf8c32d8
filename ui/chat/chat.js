/* The chat: where it stands, its address, and the box in which questions are written. */
(() => {
  const page = window.footnote;
  const column = () => document.getElementById("chat");
  const box = () => document.getElementById("question");
  const turns = () => [...document.querySelectorAll("#chat .turn")];
  const shownTurns = () => document.querySelector("#now .turns");

  /* ---- Where it stands. The question asked last stands at the top, once, when it is asked or its conversation is opened;
     from then on the chat stays where the person has it, whatever is drawn in it. */
  let shown;
  let place = 0;
  /* Whether it is the last question that stands at the top, so that it does so in a window of another size too. */
  let isAtLast = true;
  const unfolded = new Set();

  const topOf = (turn) => turn.getBoundingClientRect().top - column().getBoundingClientRect().top;

  function settle() {
    const chat = column();
    /* While another tab is open, there are no places here. */
    if (!chat?.clientHeight) return;
    const last = turns().at(-1);
    const asked = `${conversation()} ${last?.dataset.number}`;
    if (asked !== shown) {
      const kept = last ? sessionStorage.getItem(`place ${asked}`) : null;
      isAtLast = kept === null;
      if (kept !== null) place = Number(kept);
      shown = asked;
    }
    if (isAtLast) place = last ? chat.scrollTop + topOf(last) : 0;
    chat.scrollTop = place;
  }

  function follow(chat) {
    chat.addEventListener("scroll", () => {
      if (!chat.clientHeight) return;
      place = chat.scrollTop;
      const last = turns().at(-1);
      isAtLast = !last || Math.abs(topOf(last)) < 4;
      if (!shown) return;
      if (isAtLast) sessionStorage.removeItem(`place ${shown}`);
      else sessionStorage.setItem(`place ${shown}`, place);
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
      address();
      arrived();
      settle();
    }).observe(chat, { childList: true, subtree: true, attributeFilter: ["open"] });
    new ResizeObserver(settle).observe(chat);
  }

  /* ---- Its address: each conversation has one, and each place of it. */
  const conversation = () => shownTurns()?.dataset.conversation ?? "";
  const named = (search) => new URLSearchParams(search).get("conversation") ?? "";
  const linked = () => new URLSearchParams(location.search).has("document");
  /* Whether what the address names is what is shown. */
  const stands = () => {
    const { conversation: id, collection } = shownTurns().dataset;
    const there = new URLSearchParams(location.search);
    return named(there) === id && (id !== "" || there.get("collection") === collection);
  };
  /* The address that the server was asked for, until it is drawn; one that was gone to meanwhile comes after it. */
  let coming = null;
  let current = "";

  function come() {
    if (coming !== null) return;
    coming = location.search;
    page.send("chat", "input", { search: coming });
  }

  /* What was asked for and looks like what is there already is not drawn. */
  function came() {
    const asked = coming;
    if (linked()) {
      page.unfold("sources", true);
      setTimeout(page.showMark, 50);
    }
    setTimeout(() => {
      if (asked === null || coming !== asked) return;
      coming = null;
      if (location.search !== asked) come();
    }, 500);
  }

  function address() {
    if (!shownTurns()) return;
    const { conversation: id, collection } = shownTurns().dataset;
    if (coming !== null && id !== named(coming) && !document.querySelector("#notice [role=alert]")) return;
    const isCome = coming !== null || !location.search;
    const isPassed = coming !== null && coming !== location.search;
    coming = null;
    if (id !== current) {
      /* One that has just begun takes over what is being written; any other has its own draft. */
      if (sent && current === "") grow();
      else write(localStorage.getItem(key()) ?? "");
      current = id;
    }
    if (isPassed) come();
    else {
      const query = `?${new URLSearchParams(id ? { conversation: id } : { collection })}${location.hash}`;
      if (!stands()) history[isCome ? "replaceState" : "pushState"](null, "", query);
    }
    if (isHeld) ask();
  }

  document.addEventListener("channel", ({ detail }) => {
    if (detail !== "chat") return;
    come();
    if (!location.search) address();
  });
  addEventListener("popstate", () => {
    if (shownTurns() && (!stands() || linked())) come();
  });

  /* ---- The box. What is written is kept until it is seen as a question. */
  let edited = null;
  let sent = null;
  let isHeld = false;
  const key = () => `draft ${conversation()}`;

  function write(text) {
    box().value = text;
    grow();
  }

  function grow() {
    const area = box();
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 0.4 * innerHeight)}px`;
    const text = area.value;
    if (!document.getElementById("too-long").hidden) tooLong();
    if (edited === null && text) localStorage.setItem(key(), text);
    else if (!sent) localStorage.removeItem(key());
  }

  function ask() {
    const question = box().value;
    /* Until its conversation has come it is held; until the one before is kept, it stays in the box. */
    isHeld = coming !== null && named(coming) !== "";
    if (!question.trim() || sent || isHeld || tooLong()) return;
    sent = { question, number: turns().at(-1)?.dataset.number, key: key() };
    page.send("chat", "submit", { question, edited: edited ?? "" });
    write("");
    edit(null);
    setTimeout(() => {
      sent = null;
    }, 5000);
  }

  function tooLong() {
    const note = document.getElementById("too-long");
    const { length } = box().value;
    note.hidden = length <= Number(note.dataset.most);
    note.textContent = note.dataset.said.replace("#", length);
    return !note.hidden;
  }

  /* A question that was sent has become a turn, or a message says why not. */
  function arrived() {
    if (!sent) return;
    if (turns().at(-1)?.dataset.number !== sent.number) {
      localStorage.removeItem(sent.key);
      sent = null;
    } else if (document.querySelector("#notice [role=alert]")) {
      if (!box().value) write(sent.question);
      sent = null;
    }
  }

  function edit(button) {
    const note = document.getElementById("editing");
    const before = edited;
    edited = button?.dataset.edit ?? null;
    note.hidden = edited === null;
    if (edited === null) {
      if (before !== null && !sent) write(localStorage.getItem(key()) ?? "");
      return;
    }
    const after = turns().filter((turn) => Number(turn.dataset.number) > Number(edited)).length;
    const text = after ? note.dataset.earlier.replace("#", after) : note.dataset.last;
    note.querySelector("span").textContent = text;
    write(button.dataset.question);
    box().focus();
  }

  function compose() {
    const area = box();
    area.addEventListener("input", grow);
    area.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && edited !== null) edit(null);
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      ask();
    });
    document.addEventListener("click", (event) => {
      const button = event.target.closest?.("button");
      if (!button) return;
      if (button.id === "new-talk") box().focus();
      if (button.dataset.send !== undefined) ask();
      else if (button.dataset.edit !== undefined) edit(button);
      else if (button.dataset.leave !== undefined) {
        edit(null);
        box().focus();
      } else if (button.dataset.open !== undefined) open(button.dataset.open);
      else if (button.dataset.link !== undefined) link(button);
    });
    new MutationObserver(() => {
      address();
      arrived();
    }).observe(document.getElementById("notice"), {
      childList: true,
      subtree: true,
    });
    follow(column());
    write(localStorage.getItem(key()) ?? "");
    settle();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.target.closest?.("#feedback")?.querySelector("#leave-feedback")?.click();
  });

  /* ---- Sources are opened one after the other; of what is clicked meanwhile, the last is. (Gradio's "always_last" would
     send the first click's data once more.) */
  let opening = false;
  let wanted = null;

  function open(what) {
    page.unfold("sources", true);
    if (opening) {
      wanted = what;
      return;
    }
    opening = true;
    page.send("chat", "click", { open: what });
  }

  function opened() {
    const next = wanted;
    opening = false;
    wanted = null;
    if (next) open(next);
    else setTimeout(page.showMark, 50);
  }

  function link(button) {
    page.give(`${location.origin}${location.pathname}?${button.dataset.link}`, button, button.dataset.done);
  }

  Object.assign(page, { compose, came, opened });
})();
