// Making and changing elements; numbers and sums as text.

const byId = (id) => document.getElementById(id);

/** Set attributes; null removes one. */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value))
      element.setAttribute(name, value);
  }
  return element;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function make(tag, attributes = {}, ...children) {
  const made = set(document.createElement(tag), attributes);
  made.append(...children);
  return made;
}

function button(text, action, attributes = {}) {
  const made = make("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", action);
  return made;
}

function shape(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(made, attributes).append(...children);
  return made;
}

// --- numbers --------------------------------------------------------------------------

/** A number with four digits that say something, and a true minus sign. */
function short(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  const isPlain = size >= 0.001 && size < 10000;
  const text = isPlain ? String(+size.toPrecision(3)) : size.toExponential(1);
  return (value < 0 ? "−" : "") + text;
}

const norm = (numbers) => Math.sqrt(numbers.reduce((sum, one) => sum + one * one, 0));

const largestOf = (numbers) =>
  numbers.reduce((most, one) => (Math.abs(one) > most ? Math.abs(one) : most), 0);

const placeOfLargest = (numbers) =>
  numbers.reduce(
    (best, one, at) => (Math.abs(one) > Math.abs(numbers[best]) ? at : best),
    0,
  );

/** A number that tests and copies can read to the last digit. */
const figure = (value, text = short(value)) => make("span", { "data-value": value }, text);

const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

// --- sums, spelled out ----------------------------------------------------------------

/** The terms with the largest products, and what the others add up to. */
function ranked(terms, count) {
  const sorted = [...terms].sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
  const rest = sorted.slice(count);
  return {
    largest: sorted.slice(0, count),
    others: rest.length,
    rest: rest.reduce((sum, term) => sum + term.product, 0),
  };
}

const signed = (value) => (value < 0 ? `(${short(value)})` : short(value));

/** A sum of products with its largest terms in numbers: a × b + c × d + … = e. */
function spelled(terms, total, count = 3) {
  const { largest, others, rest } = ranked(terms, count);
  const written = largest.map(({ factors }) => factors.map(signed).join(" × "));
  if (others) written.push(`${signed(rest)} from ${others} more`);
  const sum = written.join(" + ") || "0";
  return make("p", { class: "sum" }, `${sum} = `, make("b", {}, figure(total)));
}
