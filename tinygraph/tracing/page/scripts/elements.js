// Making and changing elements, on any page.
//
// The page of a trace is these scripts joined into one module; player.js starts it.  What
// each box, arrow and card shows depends on the number of the step alone, so stepping back
// and forth always gives the same picture.

const byId = (id) => document.getElementById(id);

/** Set attributes; null removes one. Values that are already set are not written. */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
  return element;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function make(tag, attributes = {}, ...children) {
  const element = set(document.createElement(tag), attributes);
  element.append(...children);
  return element;
}

function draw(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(element, attributes).append(...children);
  return element;
}

function button(attributes, text, action) {
  const element = make("button", { type: "button", ...attributes }, text);
  element.addEventListener("click", action);
  return element;
}

const total = (numbers) => numbers.reduce((sum, one) => sum + one, 0);
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
const unlessNone = (items) => items.filter((item) => item !== null);
