/* Beside the chat: files that come into it, the days of the list, and how wide the sources are. */
(() => {
  const page = window.footnote;

  /* ---- Files that are dropped anywhere go the way of those that are chosen. */
  const upload = () => document.querySelector("#attached input[type=file]");

  for (const name of ["dragover", "dragleave", "drop"]) {
    addEventListener(
      name,
      (event) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        document.documentElement.classList.toggle("dropping", name === "dragover");
        if (event.target.closest?.("#evaluation")) return;
        event.preventDefault();
        event.stopPropagation();
        if (name !== "drop" || !upload()) return;
        upload().files = event.dataTransfer.files;
        upload().dispatchEvent(new Event("change", { bubbles: true }));
      },
      true,
    );
  }

  /* Gradio would refuse all files for one that is too large. */
  document.addEventListener(
    "change",
    (event) => {
      const input = event.target;
      const most = window.gradio_config.max_file_size;
      if (!most || !input.matches?.("#attached input, #upload input")) return;
      const fits = new DataTransfer();
      const tooLarge = [];
      for (const file of input.files) {
        if (file.size <= most) fits.items.add(file);
        else tooLarge.push({ name: file.name, size: file.size });
      }
      if (!tooLarge.length) return;
      input.files = fits.files;
      if (!fits.files.length) event.stopImmediatePropagation();
      page.send("documents", "upload", { files: tooLarge });
    },
    true,
  );

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("button[data-attach]")) upload()?.click();
  });

  /* ---- The list of conversations tells days as they are where the person is. */
  function days() {
    const { language } = page.labels();
    if (!language) return;
    const day = (date) => date.toLocaleDateString(language, { weekday: "long", day: "numeric", month: "long" });
    const { today, yesterday } = page.labels();
    const names = { [day(new Date())]: today, [day(new Date(Date.now() - 86_400_000))]: yesterday };
    let before = null;
    for (const time of document.querySelectorAll("#talk-list time:empty")) {
      const date = new Date(time.dateTime);
      time.textContent = date.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
      const name = names[day(date)] ?? day(date);
      if (name !== before) time.closest("li").dataset.day = name;
      before = name;
    }
  }
  /* Gradio names the button for files in the browser's language. */
  function named() {
    const button = document.querySelector("#upload button[aria-dropeffect]");
    const said = document.querySelector("#upload [data-testid=block-label]")?.textContent.trim();
    if (button && said && button.getAttribute("aria-label") !== said) button.setAttribute("aria-label", said);
  }
  new MutationObserver(() => {
    named();
    days();
  }).observe(document, { childList: true, subtree: true });

  /* ---- The sources are as wide as their edge is dragged, or moved with the arrow keys. */
  const edge = (event) => event.target.closest?.("#edge [role=separator]");
  const width = () => document.getElementById("source-panel").offsetWidth;

  document.addEventListener("pointerdown", (event) => {
    if (!edge(event)) return;
    event.preventDefault();
    const move = ({ clientX }) => widen(innerWidth - clientX);
    addEventListener("pointermove", move);
    addEventListener("pointerup", () => removeEventListener("pointermove", move), { once: true });
  });
  document.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: 32, ArrowRight: -32 }[event.key];
    if (by && edge(event)) widen(width() + by);
  });

  function widen(wanted, isKept = true) {
    const fits = Math.round(Math.max(0.2 * innerWidth, 280, Math.min(wanted, 0.6 * innerWidth)));
    document.documentElement.style.setProperty("--sources", `${fits}px`);
    const separator = document.querySelector("#edge [role=separator]");
    separator?.setAttribute("aria-valuenow", Math.round((100 * fits) / innerWidth));
    if (isKept) localStorage.setItem("sources-width", fits);
  }
  function asKept() {
    const kept = localStorage.getItem("sources-width");
    if (kept && !page.narrow.matches) widen(Number(kept), false);
  }
  page.narrow.addEventListener("change", asKept);
  asKept();
})();
