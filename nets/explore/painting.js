// The network repainted: what each view shows in a step, numbers, and outlines.

/** What a view shows in a step: its element's part, or null for nothing yet. */
function partShown({ part, place }) {
  const isValue = part === "value";
  const gradient = isValue ? "gradient" : `∂${part}`;
  const isBack = hasGradient(isValue ? "x" : "w", place) && state.shows !== "values";
  const isForced = state.shows === "gradients" || isGradientTime();
  if (isBack && isForced) return gradient;
  return !isValue || place === 0 || hasValue(place) ? part : null;
}

/** Repaint everything. */
function paintDiagram() {
  const colours = palette();
  for (const view of views) {
    const part = partShown(view);
    const isGradient = part !== null && part !== view.part;
    if (view.isImage && !isGradient) paintImageView(view);
    else if (view.isImage) paintImageGradient(view, colours);
    else paint(view, part && numbersShown(part, view.place), isGradient, colours);
  }
  nameColumns();
  paintOutputs();
  for (const group of groups) write(group.note, noteOf(group));
  paintMarks();
}

/** The numbers of a part; after the update step, the weights are the new ones. */
function numbersShown(part, place) {
  const isNew = (part === "w" || part === "b") && isUpdated();
  return isNew ? state.after[place][part] : numbersOf({ part, place });
}

/** The image in its colours, unless it is there already. */
function paintImageView(view) {
  if (view.painted === state.bytes) return;
  view.painted = state.bytes;
  paintImage(view, state.bytes);
  set(view.element, { "data-shows": "value" });
}

/** The gradient of the image: of its three colours, the largest. */
function paintImageGradient(view, colours) {
  const all = state.gradients[0];
  const most = all.slice(0, SIDE * SIDE).map((_, at) => all[strongest("gradient", at)]);
  view.painted = undefined;
  paint(view, most, true, colours);
  view.painted = undefined;
}

/** How large the gradient of a group is, once it is there. */
function noteOf({ name, places }) {
  if (name === "image")
    return hasGradient("x", 0) ? `‖∂E/∂x‖ ${short(norm(state.gradients[0]))}` : "";
  const place = places.find((one) => state.weights[one]);
  if (place === undefined || !hasGradient("w", place)) return "";
  return `‖∂E/∂w‖ ${short(norm(state.weights[place].w))}`;
}

function paintOutputs() {
  const isKnown = hasValue(state.operations.length);
  const output = state.values.at(-1);
  [...byId("outputs").tBodies[0].rows].forEach((row, place) => {
    row.cells[1].replaceChildren(
      isKnown ? figure(output[place], output[place].toFixed(3)) : "",
    );
    const isAim = state.target[place] === 1;
    const aim = row.querySelector("button");
    write(aim, short(state.target[place]));
    set(aim, {
      "aria-pressed": isAim,
      "aria-label": `${aim.textContent}, target of ${data.classes[place]}`,
    });
    set(row, { "data-best": isKnown && place === placeOfLargest(output) ? "" : null });
  });
  byId("error").replaceChildren(hasError() ? figure(state.error) : "");
  const squares = [...output].map(
    (one, place) => `½ (${short(state.target[place])} − ${one.toFixed(3)})²`,
  );
  write(byId("error-sum"), hasError() && squares.length <= 4 ? squares.join(" + ") : "");
}

// --- marks: where the terms of what is looked at come from ------------------------------------

/** Outline the element that is looked at, and all elements it was made of. */
function paintMarks() {
  for (const view of views) view.marks.replaceChildren();
  if (!state.focus) return;
  const terms = termsAt(state.focus);
  const shown = state.focus.part === "value" ? terms : terms.filter((term) => term.product);
  mark(
    shown.flatMap(({ from, by }) => [from, by].filter(Boolean)),
    "source",
  );
  if (isPooled(state.focus)) mark([winnerAmong(terms)], "winner");
  mark([state.focus], "focus");
  markField(state.focus);
}

const isPooled = ({ part, place }) =>
  part === "value" && state.operations[place - 1]?.kind === "max_pool2d";

/** The element that the pooling has taken: its factor is 1. */
const winnerAmong = (terms) => terms.find(({ factors }) => factors[0] === 1).from;

/** Outline the part of the image on which a pixel of a map depends. */
function markField({ part, place, index }) {
  if (part !== "value" || place === 0 || !isMap(state.operations[place - 1].output)) return;
  const { top, left, bottom, right } = fieldOf(state.operations, place, index);
  const corners = [top * SIDE + left, bottom * SIDE + right];
  mark(
    corners.map((at) => element("value", 0, at)),
    "field",
  );
}

/** The place of a value, or of what a value that was only reshaped looked like. */
const shownPlace = (place) =>
  state.operations[place - 1]?.kind === "reshape" ? place - 1 : place;

const viewFor = ({ part, place: at }) => {
  const place = part === "value" || part === "gradient" ? shownPlace(at) : at;
  const own = { gradient: "value", "∂w": "w", "∂b": "b" }[part] ?? part;
  return views.find((view) => view.part === own && view.place === place);
};

/** Outline elements: one rectangle for those in the same tile. */
function mark(elements, kind) {
  const boxes = new Map();
  for (const one of elements) {
    const view = viewFor(one);
    if (!view) continue;
    const index = view.isImage ? one.index % (SIDE * SIDE) : one.index;
    const { tile, x, y, wide, high } = boxOf(view, index);
    const box = boxes.get(tile) ?? { view, left: x, top: y, right: 0, bottom: 0 };
    boxes.set(tile, {
      view,
      left: Math.min(box.left, x),
      top: Math.min(box.top, y),
      right: Math.max(box.right, x + wide),
      bottom: Math.max(box.bottom, y + high),
    });
  }
  for (const { view, left, top, right, bottom } of boxes.values()) {
    const style = `left: ${left}px; top: ${top}px; width: ${right - left}px; height: ${bottom - top}px`;
    view.marks.append(make("i", { class: kind, style }));
  }
}
