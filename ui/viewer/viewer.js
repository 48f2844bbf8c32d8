/* The document that is open: its pages and zoom, its text, and its mark in sight. The server draws it anew for each
   place, so that nothing here is bound to its elements; what a person chose is kept as long as the window. */
(() => {
  const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3];
  const FIT = ZOOMS.indexOf(1);
  /* Wider than this, in rem, text and page stand beside each other. */
  const WIDE = 50;
  /* Milliseconds that a page is stayed on before it is asked for, of those that are only turned over. */
  const PAUSE = 100;
  const waiting = new WeakMap();
  const chosen = (name, otherwise) => sessionStorage.getItem(`viewer.${name}`) ?? otherwise;
  const choose = (name, value) => sessionStorage.setItem(`viewer.${name}`, value);
  const part = (viewer, selector) => viewer.querySelector(selector);
  const isSeen = (element) => element.getClientRects().length > 0;
  const leafOf = (viewer, page) => part(viewer, `.leaf[data-page="${page}"]`);
  const button = (viewer, name) => part(viewer, `[data-viewer="${name}"]`);

  /* Everything about the page that is shown, from the choices and the page's number. */
  function draw(viewer) {
    const { page, pages, picture, pixels } = viewer.dataset;
    if (!pages) return;
    const zoom = Number(chosen("zoom", FIT));
    const held = document.activeElement;
    viewer.dataset.shows = chosen("shows", "page");
    viewer.style.setProperty("--zoom", ZOOMS[zoom]);
    viewer.classList.toggle("zoomed", zoom > FIT);
    for (const name of ["text", "page"]) {
      button(viewer, name).setAttribute("aria-pressed", viewer.dataset.shows === name);
    }
    part(viewer, ".viewer-page").value = page;
    button(viewer, "back").disabled = Number(page) === 1;
    button(viewer, "on").disabled = page === pages;
    button(viewer, "out").disabled = zoom === 0;
    button(viewer, "in").disabled = zoom === ZOOMS.length - 1;
    /* A button that has nothing more to do cannot keep the focus. */
    if (held.disabled && viewer.contains(held)) part(viewer, ".viewer-page").focus({ preventScroll: true });
    let isBoxed = false;
    for (const box of viewer.querySelectorAll(".box")) {
      box.hidden = box.dataset.page !== page;
      isBoxed ||= !box.hidden;
    }
    const image = part(viewer, ".page img");
    const large = image.clientWidth * devicePixelRatio > Number(pixels) ? "&large" : "";
    const wanted = `${picture}&page=${page}${large}`;
    clearTimeout(waiting.get(viewer));
    const isThere = image.getAttribute("src") === wanted;
    part(viewer, ".page").classList.toggle("loading", !isThere || !image.complete);
    if (isThere) return;
    waiting.set(
      viewer,
      setTimeout(() => {
        image.alt = image.dataset[isBoxed ? "boxed" : "plain"].replace("#", page);
        image.src = wanted;
      }, PAUSE),
    );
  }

  /* `target` in sight of all that scrolls around it; where it is not so yet, at a `share` of the height below the
     head. */
  function bring(viewer, target, share) {
    const head = part(viewer, ".viewer-head");
    for (let frame = target.parentElement; frame && frame !== document.body; frame = frame.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(frame);
      const [at, around] = [target.getBoundingClientRect(), frame.getBoundingClientRect()];
      const covered = frame.contains(head) ? head.offsetHeight : 0;
      if (/auto|scroll/.test(overflowY) && (at.top < around.top + covered || at.bottom > around.bottom)) {
        frame.scrollTop += at.top - around.top - covered - share * (frame.clientHeight - covered);
      }
      if (/auto|scroll/.test(overflowX) && (at.left < around.left || at.right > around.right)) {
        /* In the middle; the beginning of what is wider than the frame. */
        frame.scrollLeft += Math.min(at.left - around.left, (at.left + at.right - around.left - around.right) / 2);
      }
    }
  }

  /* The mark, or the beginning of the page where it is on another; on the page first, for what scrolls the text moves
     both. */
  function show(viewer) {
    const { page } = viewer.dataset;
    const box = part(viewer, ".box:not([hidden])");
    const mark = part(viewer, ".cited");
    const leaf = leafOf(viewer, page);
    const isHere = mark && (!leaf || !mark.closest(".leaf[data-page]") || leaf.contains(mark));
    const places = [
      [box ?? part(viewer, ".page"), box ? 0.25 : 0],
      [isHere ? mark : leaf, isHere ? 0.25 : 0],
    ];
    for (const [target, share] of places) {
      if (target && isSeen(target)) bring(viewer, target, share);
    }
  }

  async function turn(viewer, page) {
    const now = String(Math.min(Math.max(Math.trunc(page) || 1, 1), Number(viewer.dataset.pages)));
    viewer.dataset.page = now;
    draw(viewer);
    const text = part(viewer, ".document");
    if (isSeen(text) && !leafOf(viewer, now)) {
      const html = await asked(viewer, `page=${now}`);
      if (viewer.dataset.page !== now) return;
      if (html) text.innerHTML = html;
    }
    show(viewer);
  }

  /* The page whose text is looked at. */
  function pageRead(viewer) {
    const line = part(viewer, ".viewer-head").getBoundingClientRect().bottom + innerHeight / 4;
    const begun = [...viewer.querySelectorAll(".leaf[data-page]")].filter(
      (leaf) => leaf.getBoundingClientRect().top < line,
    );
    return begun.at(-1)?.dataset.page ?? viewer.dataset.page;
  }

  function switchTo(viewer, shows) {
    const page = shows === "page" && isSeen(part(viewer, ".document")) ? pageRead(viewer) : viewer.dataset.page;
    choose("shows", shows);
    turn(viewer, Number(page));
  }

  /* What is boxed comes into sight, else what was in the middle stays there. */
  function zoom(viewer, to) {
    const frame = part(viewer, ".pages");
    const across = (frame.scrollLeft + frame.clientWidth / 2) / frame.scrollWidth;
    const down = (frame.scrollTop + frame.clientHeight / 2) / frame.scrollHeight;
    choose("zoom", Math.min(Math.max(to, 0), ZOOMS.length - 1));
    draw(viewer);
    frame.scrollTo(
      across * frame.scrollWidth - frame.clientWidth / 2,
      down * frame.scrollHeight - frame.clientHeight / 2,
    );
    const box = part(viewer, ".box:not([hidden])");
    if (box) bring(viewer, box, 0.25);
  }

  /* More of the text in place of the button that offers it. */
  async function more(viewer, offer) {
    const html = await asked(viewer, `${offer.dataset.viewer}=${offer.dataset.at}`);
    if (!html) return;
    part(viewer, ".document").focus({ preventScroll: true });
    offer.outerHTML = html;
  }

  /* What the server gives of the text; nothing where it says why not, which a person is told. */
  async function asked(viewer, what) {
    const answer = await fetch(`${viewer.dataset.text}&${what}`);
    const said = await answer.text();
    part(viewer, ".viewer-note").textContent = answer.ok ? "" : said;
    return answer.ok ? said : "";
  }

  const actions = {
    text: (viewer) => switchTo(viewer, "text"),
    page: (viewer) => switchTo(viewer, "page"),
    back: (viewer) => turn(viewer, Number(viewer.dataset.page) - 1),
    on: (viewer) => turn(viewer, Number(viewer.dataset.page) + 1),
    out: (viewer) => zoom(viewer, Number(chosen("zoom", FIT)) - 1),
    fit: (viewer) => zoom(viewer, FIT),
    in: (viewer) => zoom(viewer, Number(chosen("zoom", FIT)) + 1),
    before: more,
    after: more,
  };
  const KEYS = { "+": "in", "=": "in", "-": "out", 0: "fit", ArrowLeft: "back", ArrowRight: "on" };

  /* The step to another citation that was taken, which gets the focus back when the document is drawn anew. */
  let step = null;

  document.addEventListener("click", (event) => {
    const viewer = event.target.closest?.(".viewer");
    if (!viewer) return;
    step = event.target.closest("[data-step]")?.dataset.step ?? null;
    const pressed = event.target.closest("[data-viewer]");
    if (pressed) actions[pressed.dataset.viewer](viewer, pressed);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.(".viewer-page")) turn(event.target.closest(".viewer"), Number(event.target.value));
  });
  document.addEventListener("keydown", (event) => {
    const pages = event.target.closest?.(".viewer .pages");
    const name = KEYS[event.key];
    if (!pages || !name || event.ctrlKey || event.metaKey || event.altKey) return;
    /* What is wider than its frame is moved to and fro. */
    if (event.key.startsWith("Arrow") && pages.scrollWidth > pages.clientWidth) return;
    event.preventDefault();
    actions[name](pages.closest(".viewer"));
  });
  for (const happened of ["load", "error"]) {
    document.addEventListener(
      happened,
      (event) => {
        const viewer = event.target.matches?.(".page img") && event.target.closest(".viewer");
        if (!viewer) return;
        event.target.style.aspectRatio = "";
        part(viewer, ".page").classList.remove("loading");
        if (happened === "error") whyNot(viewer, event.target.src);
      },
      true,
    );
  }

  async function whyNot(viewer, address) {
    const answer = await fetch(address);
    part(viewer, ".viewer-note").textContent = answer.ok ? "" : await answer.text();
  }

  /* A document that is drawn is shown at its place as soon as it has a size, which it has not in a closed pane. */
  const sizes = new ResizeObserver((changes) => {
    for (const { target: viewer } of changes) {
      if (!viewer.clientWidth) continue;
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      viewer.classList.toggle("wide", viewer.clientWidth > WIDE * rem);
      viewer.style.setProperty("--head", `${part(viewer, ".viewer-head").offsetHeight}px`);
      draw(viewer);
      if (viewer.dataset.shown) continue;
      viewer.dataset.shown = "yes";
      show(viewer);
    }
  });

  /* What is shown in an element: Gradio keeps the element where another place of a document is drawn. */
  const drawn = new WeakMap();
  const placeIn = (viewer) =>
    [viewer.dataset.text, part(viewer, ".viewer-head").dataset.place, part(viewer, ".place")?.textContent].join();

  new MutationObserver(() => {
    for (const viewer of document.querySelectorAll(".viewer")) {
      const now = placeIn(viewer);
      if (drawn.get(viewer) === now) continue;
      drawn.set(viewer, now);
      delete viewer.dataset.shown;
      draw(viewer);
      sizes.unobserve(viewer);
      sizes.observe(viewer);
      const { place } = part(viewer, ".viewer-head").dataset;
      for (const source of place ? document.querySelectorAll(".source") : []) {
        source.setAttribute("aria-current", source.dataset.open === place);
      }
      if (step && document.activeElement === document.body) {
        const again = part(viewer, `[data-step="${step}"]:enabled`) ?? part(viewer, "[data-step]:enabled");
        again?.focus({ preventScroll: true });
      }
      step = null;
    }
  }).observe(document, { childList: true, subtree: true });

  /* A place that is asked for once more. */
  function showMark() {
    const viewer = document.querySelector("#document .viewer");
    if (viewer?.clientWidth) show(viewer);
  }
  window.footnote.showMark = showMark;
})();
