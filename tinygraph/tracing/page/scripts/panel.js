// The panel of a step: its sentence, its formulas, and a card for each array.

const LONG = 48; // characters of a formula from which it is set small

function card(kind, title, place, ...more) {
  const tensor = tensors[place];
  const about = make("small", {}, `${tensor.shape.join("×") || "scalar"} ${tensor.dtype}`);
  const heading = make("h3", {}, make("span", {}, title), about);
  return make("section", { class: "card", "data-card": kind }, heading, view(tensor), ...more);
}

function arrivedOf({ arrived }, { expected }) {
  const dots = expected > 12 ? "" : "●".repeat(arrived) + "○".repeat(expected - arrived);
  const shown = make("span", { "aria-hidden": true }, dots);
  return make("p", { class: "arrived" }, shown, ` ${arrived} of ${expected} arrived`);
}

/** The sum of contributions: before this one, this one, after it. */
function sumCard(step, source) {
  const term = (sign, kind, place) => {
    const shown =
      place === null
        ? make("p", { class: "quiet" }, "nothing yet")
        : view(tensors[place], true);
    const words = [make("b", {}, sign), make("span", {}, kind)];
    return make("div", { class: "term", "data-card": kind }, ...words, shown);
  };
  const title = make("span", {}, `sum at ${source.name}`);
  const heading = make("h3", {}, title, arrivedOf(step, source));
  const terms = [term("", "before", step.before), term("+", "this", step.contribution)];
  return make("section", { class: "card" }, heading, ...terms, term("=", "sum", step.total));
}

function backwardCards(step, source) {
  const name = nodes[step.node].name;
  const isSum = source.expected > 1;
  const isWrong = source.correct !== null && step.arrived === source.expected;
  const counted = isSum ? [] : [arrivedOf(step, source)];
  const local = `local derivative of ${name} with respect to ${source.name}`;
  const wrong = `wrong: the gradient of ${source.name} should be`;
  return withReasons(step, unlessNone([
    card("gradient", `gradient of ${name}`, step.gradient),
    step.local === null ? null : card("local", local, step.local),
    card("contribution", `contribution to ${source.name}`, step.contribution, ...counted),
    isSum ? sumCard(step, source) : null,
    isWrong ? card("correct", wrong, source.correct) : null,
  ]));
}

const CARDS = {
  forward: (step, { name, value }) => [card("value", name, value)],
  seed: (step, { name }) => [card("contribution", `gradient of ${name}`, step.contribution)],
  vjp: backwardCards,
  update: (step, { name }) => [
    card("before", `${name} before`, step.before),
    card("gradient", `gradient of ${name}`, step.gradient),
    card("after", `${name} after`, step.after),
  ],
};

function headingOf({ kind, node, source }) {
  if (kind === "seed") return `seed → ${nodes[source].name}`;
  if (kind === "vjp") return `${nodes[node].name} → ${nodes[source].name}`;
  const used = [...new Set(nodes[node].inputs)].map((input) => nodes[input].name);
  const isMade = kind === "forward" && used.length;
  return isMade ? `${used.join(", ")} → ${nodes[node].name}` : nodes[node].name;
}

function remarksAt(place) {
  const texts = data.remarks.filter(({ step }) => step === place).map(({ text }) => text);
  const { early, node } = steps[place];
  if (early && !texts.some((text) => text.startsWith("Too early")))
    texts.unshift(`Too early: the gradient of ${nodes[node].name} is not complete.`);
  return texts;
}

/** A formula of the step.  It is MathML made by page/mathml.py, which escapes names. */
function formula(place, kind) {
  if (place === undefined || place === null) return null;
  const element = make("div", { class: `formula ${kind}` });
  element.innerHTML = data.formulas[place];
  return element;
}

/** The line of the user's code that recorded an operation, or used a leaf first. */
function paintLine({ line, inputs }) {
  const used = line && !inputs.length ? "first used in " : "";
  const code = line?.text ? [make("code", {}, line.text)] : [];
  const where = line ? [make("small", {}, used + line.where)] : [];
  byId("line").replaceChildren(...code, ...where);
  byId("line").hidden = !line;
}

function paintPanel(place) {
  const step = steps[place];
  const chapter = chapterOf(place);
  const remarks = remarksAt(place);
  const formulas = [formula(step.formula, "names"), formula(step.plugged, "numbers")];
  const cards = CARDS[step.kind](step, nodes[step.source ?? step.node]);
  const first = chapter === 1 ? 0 : 1; // step 0 of the backward pass is the seed
  const number = place - STARTS[chapter] + first;
  const last = data.chapters[chapter] - 1 + first;
  write(byId("place"), `${CHAPTERS[chapter]}, step ${number} of ${last}`);
  write(byId("heading"), headingOf(step));
  write(byId("sentence"), step.say);
  paintLine(nodes[step.node ?? step.source]);
  byId("remarks").replaceChildren(...remarks.map((text) => make("p", {}, text)));
  byId("formula").replaceChildren(...unlessNone(formulas));
  for (const line of byId("formula").children)
    set(line, { "data-long": line.textContent.length > LONG ? "" : null });
  byId("cards").replaceChildren(...cards);
  write(byId("live"), [`Step ${place + 1} of ${steps.length}: ${step.say}`, ...remarks].join(" "));
}
