/* The list of questions: filters, count, "show more", and links to single questions. */

const AT_ONCE = 50;
const data = JSON.parse(document.getElementById("data").textContent);
const byId = new Map(data.questions.map((question) => [question.id, question]));
const wordsOf = (question) =>
  [
    question.id,
    question.question,
    question.answer ?? "",
    question.short ?? "",
    ...(question.sentences ?? []).map(([text]) => text),
  ]
    .join("\n")
    .toLowerCase();

/* Each filter: its name, its label, and the values that a question has. */
const FILTERS = [
  ["outcome", "Outcome", (question) => [question.outcome]],
  ["lost", "Lost", (question) => [question.lost]],
  ["answerable", "Answerable", (question) => [question.answerable ? "answerable" : "unanswerable"]],
  [
    "evidence",
    "Evidence",
    (question) => [
      !question.evidence.length ? null : !question.rank ? "not found" : question.rank === 1 ? "rank 1" : "lower rank",
    ],
  ],
  ["tag", "Tag", (question) => question.tags],
  ["split", "Split", (question) => [question.split]],
];

const list = document.getElementById("list");
const more = document.getElementById("more");
const clear = document.getElementById("clear");
const shown = document.getElementById("shown");
const heading = document.getElementById("questions");
const form = document.getElementById("filters");
const selects = new Map();
const words = make("input", {
  type: "search",
  id: "words",
  autocomplete: "off",
  placeholder: "question, answer or id",
});
const labelled = (label, control) => make("div", {}, make("label", { for: control.id }, label), control);
let haystacks = null;
let found = data.questions;
let rendered = 0;

function makeFilters() {
  form.append(labelled("Words", words));
  for (const [name, label, valuesOf] of FILTERS) {
    const counts = new Map();
    for (const question of data.questions) {
      for (const value of new Set(valuesOf(question))) {
        if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
    }
    const values = [...counts.keys()].sort();
    const missing = data.questions.some((question) => !valuesOf(question).some(Boolean));
    if (values.length + (missing ? 1 : 0) > 1) {
      // Values stand in an option's text alone, so that a tag named like "any" is a tag.
      const select = make(
        "select",
        { id: `filter-${name}` },
        make("option", { value: "" }, "any"),
        ...values.map((value, n) => make("option", { value: n }, `${value} (${count(counts.get(value))})`)),
      );
      selects.set(name, { select, values, valuesOf });
      form.append(labelled(label, select));
    }
  }
}

function passes(question, n, chosen, wanted) {
  return (
    chosen.every(({ valuesOf, value }) => valuesOf(question).includes(value)) &&
    wanted.every((word) => haystacks[n].includes(word))
  );
}

function filter() {
  const chosen = [...selects.values()]
    .filter(({ select }) => select.value !== "")
    .map(({ select, values, valuesOf }) => ({ valuesOf, value: values[Number(select.value)] }));
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  haystacks ??= wanted.length ? data.questions.map(wordsOf) : null;
  show(data.questions.filter((question, n) => passes(question, n, chosen, wanted)));
}

function show(questions) {
  found = questions;
  rendered = 0;
  list.replaceChildren();
  showMore();
  const all = data.questions.length;
  shown.textContent = `${count(found.length)} of ${count(all)}`;
  clear.hidden = found.length === all;
}

function showMore() {
  const next = found.slice(rendered, rendered + AT_ONCE);
  list.append(...next.map(item));
  rendered += next.length;
  more.hidden = rendered >= found.length;
  more.textContent = `Show ${count(Math.min(AT_ONCE, found.length - rendered))} more`;
  return next.length;
}

function item(question) {
  const details = make(
    "details",
    { class: "question" },
    make(
      "summary",
      {},
      make("span", { class: "asked" }, make("span", { class: "id" }, question.id), question.question),
      chips(question),
    ),
  );
  // What a question opens to is made when it opens: thousands of them would keep the page from loading.
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(questionParts(question, data));
  });
  return make("li", { "data-id": question.id }, details);
}

/** Show and open the question that the address names, if it names one. */
function followAddress() {
  let id;
  try {
    id = decodeURIComponent(location.hash.slice(1));
  } catch {
    return;
  }
  const question = byId.get(id);
  if (!question) return;
  let at = found.indexOf(question);
  if (at < 0 || at >= rendered) {
    show([question]);
    at = 0;
  }
  const details = list.children[at].firstElementChild;
  details.open = true;
  details.scrollIntoView();
  details.firstElementChild.focus({ preventScroll: true });
}

/** Set the filters to `values`, by name, and all others to any. */
function setFilters(values) {
  words.value = values.words ?? "";
  for (const [name, { select, values: known }] of selects) {
    const number = known.indexOf(values[name]);
    select.value = number < 0 ? "" : number;
  }
  filter();
}

makeFilters();
show(data.questions);
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
clear.addEventListener("click", () => {
  setFilters({});
  words.focus();
});
more.addEventListener("click", () => {
  const first = rendered;
  if (showMore()) list.children[first].querySelector("summary").focus();
});
for (const link of document.querySelectorAll("[data-filter]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    setFilters(JSON.parse(link.dataset.filter));
    heading.scrollIntoView();
    heading.focus({ preventScroll: true });
  });
}
window.addEventListener("hashchange", followAddress);
followAddress();
