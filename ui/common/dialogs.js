/* Questions to the person, and what a citation quotes. */
(() => {
  /* Whether the person agrees to what a button does: at once where it asks nothing. What is typed is put into `data`. */
  async function agreed(button, data) {
    if (data.confirm === undefined && data.prompt === undefined) return true;
    const isTyped = data.prompt !== undefined;
    const answer = await ask(
      data.confirm ?? data.prompt,
      data.verb ?? button.textContent,
      isTyped ? (data.value ?? "") : null,
      button,
      data.hint,
    );
    if (answer === null) return false;
    if (isTyped) data.answer = answer;
    return true;
  }

  const NAME = "\\s*[\\p{L}\\p{N}_](?:[\\p{L}\\p{N}_. \\-]{0,98}[\\p{L}\\p{N}_.\\-])?\\s*";

  /* "" or what was typed; null where it was called off. What cannot be taken back is not what Enter does. */
  function ask(question, verb, value, button, hint) {
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
      /* A name is looked at before the dialog closes, so that what was typed is not lost. */
      if (hint) Object.assign(input, { required: true, title: hint, pattern: NAME });
    }
    const buttons = document.createElement("div");
    buttons.className = "buttons";
    const acting = choice("ok", verb, value === null ? "danger" : "primary");
    const leaving = choice("cancel", window.footnote.labels().cancel, "");
    leaving.type = "button";
    leaving.addEventListener("click", () => dialog.close("cancel"));
    buttons.append(leaving, acting);
    form.append(buttons);
    dialog.append(form);
    document.body.append(dialog);
    const menu = button.closest("[popover]");
    menu?.hidePopover();
    dialog.showModal();
    (value === null ? leaving : input).focus();
    input.select();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => {
        dialog.remove();
        const back = menu ? document.querySelector(`[popovertarget="${menu.id}"]`) : button;
        (back?.isConnected ? back : document.getElementById("question"))?.focus({ preventScroll: true });
        resolve(dialog.returnValue === "ok" ? input.value : null);
      });
    });
  }

  function choice(name, text, look) {
    const button = document.createElement("button");
    button.value = name;
    button.textContent = text;
    button.className = `choice ${look}`;
    return button;
  }

  /* What a citation quotes, beside it while it is pointed at or focused; Escape hides it. */
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");

  function show(chip) {
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

  function hide() {
    tip.hidden = true;
  }

  for (const [shows, hides] of [
    ["mouseover", "mouseout"],
    ["focusin", "focusout"],
  ]) {
    document.addEventListener(shows, (event) => {
      const chip = event.target.closest?.("[data-quote]");
      if (chip) show(chip);
    });
    document.addEventListener(hides, (event) => {
      if (event.target.closest?.("[data-quote]")) hide();
    });
  }
  document.addEventListener("click", hide);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });

  Object.assign(window.footnote, { agreed });
})();
