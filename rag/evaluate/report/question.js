/* One question of a run as elements. Texts of a run become text nodes, never markup. */
// biome-ignore-all lint/correctness/noUnusedVariables: page.js, which follows in the same script, uses them.

/** An element with attributes (those that are null or false are left out) and children (null is left out). */
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const count = (number) => number.toLocaleString("en");
const address = (id) => `#${encodeURIComponent(id)}`;

function seconds(value) {
  return value < 0.9995 ? `${(value * 1000).toFixed(0)} ms` : `${value.toFixed(2)} s`;
}

/** Where something stands: the document in bold, its page, its range of characters. */
function place(name, page, start, end, ...more) {
  const range = `${page ? `, page ${page}` : ""}, characters ${count(start)} to ${count(end)}`;
  return make("p", { class: "place" }, make("b", {}, name), range, ...more);
}

/** What the line of a question shows beside it. */
function chips(question) {
  const made = [];
  if (question.outcome) {
    const rightly = question.outcome === "refused" && !question.answerable;
    made.push(
      make(
        "span",
        { class: `chip ${question.outcome}${rightly ? " rightly" : ""}` },
        rightly ? "refused rightly" : question.outcome,
      ),
    );
    if (question.lost) made.push(make("span", { class: "chip lost" }, question.lost));
  } else {
    made.push(make("span", { class: `chip ${question.rank === 1 ? "correct" : ""}` }, rankText(question)));
  }
  return make("span", { class: "chips" }, ...made);
}

function rankText(question) {
  if (!question.evidence.length) return "no evidence named";
  return question.rank ? `evidence at rank ${question.rank}` : "evidence not found";
}

/**
 * The text of a passage with evidence marked and cited ranges underlined and numbered.
 *
 * Ranges count Unicode characters of the document, so the text is cut as an array of them: one of JavaScript's strings
 * would count an emoji twice.
 */
function markedText([name, start, , text], question) {
  const characters = Array.from(text);
  const inside = (from, to) => [Math.max(0, from - start), Math.min(characters.length, to - start)];
  const evidence = question.evidence
    .filter(([of, , , whole]) => of === name && !whole)
    .map(([, from, to]) => inside(from, to))
    .filter(([from, to]) => from < to);
  const cited = (question.citations ?? [])
    .filter(([, of]) => of === name)
    .map(([number, , , from, to]) => [...inside(from, to), number])
    .filter(([from, to]) => from < to);
  const cuts = [...new Set([0, characters.length, ...[...evidence, ...cited].flatMap((range) => range.slice(0, 2))])];
  cuts.sort((a, b) => a - b);
  const shown = make("div", { class: "text" });
  for (let n = 0; n + 1 < cuts.length; n += 1) {
    const [from, to] = [cuts[n], cuts[n + 1]];
    const covers = (range) => range[0] <= from && to <= range[1];
    let piece = document.createTextNode(characters.slice(from, to).join(""));
    if (cited.some(covers)) piece = make("u", {}, piece);
    for (const [, , number] of cited.filter((range) => range[1] === to)) {
      const label = make("span", { class: "number", "data-label": true }, ` [${number}]`);
      piece = make("span", {}, piece, label);
    }
    shown.append(evidence.some(covers) ? make("mark", {}, piece) : piece);
  }
  return { shown, hasEvidence: evidence.length > 0, cited: cited.map(([, , number]) => number) };
}

function passageItem([rank, number, score, dense, lexical], question, passages) {
  const passage = passages[number];
  const [name, start, end] = passage;
  const { shown, hasEvidence, cited } = markedText(passage, question);
  const whole = question.evidence.some(([of, , , all]) => of === name && all);
  const notes = [
    hasEvidence || whole ? make("span", { class: "chip correct" }, whole ? "document is evidence" : "evidence") : null,
    cited.length ? make("span", { class: "chip" }, `cited ${cited.map((n) => `[${n}]`).join(" ")}`) : null,
  ];
  const figures = `score ${score}, dense rank ${dense ?? "–"}, lexical rank ${lexical ?? "–"}`;
  const heading = make(
    "summary",
    { class: "place" },
    make("b", {}, `${rank}. ${name}`),
    `, characters ${count(start)} to ${count(end)}; ${figures} `,
    ...notes,
  );
  const open = hasEvidence || whole || cited.length > 0 || rank === 1;
  return make("li", { class: "item passage", "data-rank": rank }, make("details", { open }, heading, shown));
}

function answerPart(question) {
  const part = make("div", {}, make("h3", {}, "Answer"));
  if (question.short) part.append(make("p", {}, make("strong", {}, question.short)));
  for (const [text, citations, support] of question.sentences) {
    part.append(
      make(
        "p",
        {},
        text,
        make("span", { class: "number" }, ` ${citations.map((number) => `[${number}]`).join("")}`),
        make("small", {}, ` ${support}`),
      ),
    );
  }
  if (question.answer !== null) part.append(make("p", {}, question.answer));
  if (question.reason) part.append(make("p", { class: "place" }, `Reason: ${question.reason}`));
  const right =
    question.outcome === "refused" && question.answerable
      ? `; the answer held back would have been ${question.right ? "right" : "wrong"}`
      : "";
  part.append(
    make(
      "p",
      { class: "place" },
      `Confidence ${question.confidence.toFixed(2)}; ${question.outcome}` +
        `${question.lost ? `, lost: ${question.lost}` : ""}${right}`,
    ),
  );
  if (question.citations.length) part.append(make("h3", {}, "Citations"));
  part.append(
    make(
      "ol",
      {},
      ...question.citations.map(([number, name, page, start, end, quote]) =>
        make("li", { class: "item" }, place(`[${number}] ${name}`, page, start, end), make("q", {}, quote)),
      ),
    ),
  );
  return part;
}

function expectedPart(question) {
  const part = make("div", {}, make("h3", {}, "Expected"));
  if (!question.answerable) part.append(make("p", {}, "A refusal: the documents do not answer this question."));
  else if (!question.answers.length) part.append(make("p", {}, "Any answer that cites the evidence."));
  part.append(make("ul", {}, ...question.answers.map((answer) => make("li", {}, answer))));
  if (question.evidence.length) part.append(make("h3", {}, "Evidence"));
  part.append(
    make(
      "ul",
      {},
      ...question.evidence.map(([name, start, end, whole, text, relevance]) => {
        const grade = relevance === 1 ? null : `, relevance ${relevance}`;
        const where = whole
          ? make("p", { class: "place" }, make("b", {}, name), ", the whole document", grade)
          : place(name, null, start, end, grade);
        return make("li", { class: "item" }, where, text ? make("q", {}, text) : null);
      }),
    ),
  );
  return part;
}

/** Everything about a question: its answer, what was expected, its passages, its scores. */
function questionParts(question, data) {
  const parts = make("div", { class: "opened" });
  if (question.history.length) {
    parts.append(
      make("h3", {}, "Conversation before"),
      make(
        "ol",
        {},
        ...question.history.map((turn, n) =>
          make("li", {}, make("small", {}, n % 2 ? "Assistant: " : "Person: "), turn),
        ),
      ),
    );
  }
  parts.append(make("div", { class: "pair" }, question.outcome ? answerPart(question) : null, expectedPart(question)));
  parts.append(
    make("h3", {}, "Passages"),
    make(
      "p",
      { class: "place" },
      `${count(question.passageCount)} in the order in which they were found; ${rankText(question)}. `,
      make("mark", {}, "Evidence"),
      " is marked, ",
      make("u", {}, "what is cited"),
      " is underlined.",
    ),
  );
  parts.append(
    make("ol", { class: "passages" }, ...question.passages.map((found) => passageItem(found, question, data.passages))),
  );
  if (question.passages.length < question.passageCount) {
    parts.append(make("p", { class: "place" }, "The other passages are in answers.jsonl."));
  }
  const figures = question.scores.map((value, n) => [data.scores[n], value === null ? "–" : value.toFixed(3)]);
  const stages = ["to retrieve", "to read", "to answer", "in all"];
  figures.push(...stages.map((stage, n) => [stage, seconds(question.seconds[n])]));
  parts.append(
    make("h3", {}, "Scores"),
    make(
      "dl",
      { class: "scores" },
      ...figures.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))),
    ),
  );
  const labels = [question.split ? `split ${question.split}` : "", ...question.tags].filter(Boolean).join(", ");
  parts.append(
    make(
      "p",
      { class: "place" },
      labels ? `${labels}. ` : "",
      make("a", { href: address(question.id) }, "Link to this question"),
    ),
  );
  return parts;
}
