// The panel that says where a number comes from, for whatever is looked at.

const MOST_TERMS = 6;

/** What a part is called, and where its element is. */
function nameOf({ part, place: at, index }) {
  const place = part === "value" || part === "gradient" ? shownPlace(at) : at;
  const bare = part.replace("∂", "");
  if (bare === "w" || bare === "b") {
    const operation = state.operations[place];
    const name = `${operation.group} ${weightName(operation, bare, index)}`;
    return part === bare ? name : `∂E/∂ ${name}`;
  }
  const name =
    place === 0
      ? "image"
      : `${state.operations[place - 1].group} ${NAMES[state.operations[place - 1].kind]}`;
  const text = `${name} ${positionName(place === 0 ? data.shape : state.operations[place - 1].output, index, place)}`;
  return part === "gradient" ? `∂E/∂ ${text}` : text;
}

function positionName(shape, index, place) {
  if (!isMap(shape))
    return place >= state.operations.length - 1 ? data.classes[index] : `unit ${index + 1}`;
  const [map, row, column] = placeIn(shape, index);
  const name = place === 0 ? ["red", "green", "blue"][map] : `map ${map + 1}`;
  return `${name}, row ${row + 1}, column ${column + 1}`;
}

function weightName({ kind, wShape }, part, index) {
  if (part === "b") return `bias ${index + 1}`;
  if (kind === "linear")
    return `weight of unit ${Math.floor(index / wShape[1]) + 1}, input ${(index % wShape[1]) + 1}`;
  const [, channels, rows, columns] = wShape;
  const each = channels * rows * columns;
  const [c, p, q] = placeIn([channels, rows, columns], index % each);
  return `filter ${Math.floor(index / each) + 1}, channel ${c + 1}, row ${p + 1}, column ${q + 1}`;
}

// --- why, in words ------------------------------------------------------------------------------

/** Why an element has its value, in one or two sentences. */
function reasonOf(wanted, terms) {
  const { part, place, index } = wanted;
  const kind =
    part === "value" ? state.operations[place - 1]?.kind : state.operations[place]?.kind;
  if (part === "value")
    return place === 0 ? pixelReason(index) : VALUE_REASONS[kind](wanted, terms);
  if (part === "gradient")
    return kind
      ? gradientReason(kind, terms)
      : "Output minus target: what is too much is positive.";
  if (part === "∂w")
    return `${plural(terms.length, "place")} at which the weight was used, each: gradient × what it met.${zeroReason(terms)}`;
  if (part === "∂b") return "The sum of the gradients of all that it was added to.";
  const gradient = numbersOf({ ...wanted, part: `∂${part}` })[index];
  return `Its gradient is ${short(gradient)}: the next step makes it ${short(numbersOf(wanted)[index] - state.lr * gradient)}. Drag it up or down, or press + and −.`;
}

/** Why the gradient of a weight is 0, if it is. */
function zeroReason(terms) {
  const areAllZero = (place) =>
    terms.length && terms.every(({ factors }) => !factors[place]);
  if (areAllZero(1))
    return " The gradient is 0 at all of them, so the weight does not change.";
  return areAllZero(0) ? " It met only zeros, so it does not change." : "";
}

const pixelReason = (index) =>
  `Level ${state.bytes[index]} of 255, standardised: (x − mean) / deviation. Draw on the image to change it.`;

const weightedReason = ({ place, index }, terms) => {
  const next = state.operations[place]?.kind;
  const after =
    next === "relu" && state.values[place][index] <= 0
      ? " It is not positive, so ReLU makes it 0."
      : "";
  return `${plural(terms.length - 1, "product")} of weight × input, and the bias.${after}`;
};

const VALUE_REASONS = {
  conv2d: (wanted, terms) =>
    terms.length
      ? weightedReason(wanted, terms)
      : "This filter has been removed: its map is 0.",
  linear: weightedReason,
  max_pool2d: (wanted, terms) =>
    `The largest of ${terms.length} numbers: it is the winner, and takes the gradient on the way back.`,
  avg_pool2d: (wanted, terms) => `The mean of ${terms.length} numbers.`,
  relu: (wanted, [{ factors }]) =>
    factors[1] > 0
      ? "Positive: it passes unchanged."
      : "Not positive: ReLU makes it 0, and blocks the gradient.",
  sigmoid: () => "1 / (1 + e⁻ˣ) of the sum.",
  tanh: () => "tanh of the sum.",
  softmax: ({ place, index }) =>
    `e^${short(state.values[place - 1][index])}, divided by the sum of all e^xⱼ.`,
  reshape: () => "The same number as in the pooled map.",
};

function gradientReason(kind, terms) {
  if (!terms.length) return "No window has this pixel, so no gradient reaches it.";
  const [local] = terms[0].factors;
  if (kind === "relu")
    return local
      ? "x > 0: the gradient passes unchanged."
      : "x ≤ 0: ReLU blocks the gradient.";
  if (kind === "max_pool2d")
    return local
      ? "It won its window, and takes the whole gradient."
      : "Another pixel won the window: this one gets nothing.";
  if (kind === "sigmoid" || kind === "tanh")
    return `The arriving gradient × the slope of ${kind}, ${short(local)}.`;
  if (kind === "reshape") return "The same number as in the vector.";
  return `${plural(terms.length, "contribution")}: one from each place where it was used.`;
}

// --- the terms -------------------------------------------------------------------------------------

/** A row for a term: factors, product, and the element that it came from, to look at. */
function termRow({ factors, product: value, from, by }) {
  const text = factors.map(signed).join(" × ");
  const source = from ?? by;
  const look = button(nameOf(source), () => lookAt(source));
  return make(
    "tr",
    {},
    make("td", {}, text),
    make("td", {}, figure(value)),
    make("td", {}, look),
  );
}

/** The largest terms, the rest, and the sum. */
function termTable(terms, total) {
  const { largest, others, rest } = ranked(terms, MOST_TERMS);
  const rows = largest.map(termRow);
  const line = (name, value) =>
    make(
      "tr",
      { class: name },
      make("td", {}, name),
      make("td", {}, figure(value)),
      make("td"),
    );
  if (others) {
    rows.push(line("rest", rest));
    write(rows.at(-1).firstChild, `${others} more`);
  }
  rows.push(line("sum", total));
  const body = make("tbody", {}, ...rows);
  const head = ["product", "is", "from"].map((name) => make("th", { scope: "col" }, name));
  return make(
    "table",
    { class: "terms" },
    make("thead", {}, make("tr", {}, ...head)),
    body,
  );
}

/** A small picture of numbers in a grid. */
function miniature(numbers, rows, columns, isGradient, caption) {
  const side = Math.max(2, Math.min(14, Math.floor(84 / columns)));
  const canvas = make("canvas", {
    width: columns * side,
    height: rows * side,
    role: "img",
    "aria-label": caption,
  });
  const tiles = [{ x: 0, y: 0, start: 0, rows, columns, wide: side, high: side, block: 1 }];
  const view = {
    canvas,
    element: canvas,
    tiles,
    width: columns * side,
    height: rows * side,
    isWeight: true,
  };
  paint(view, Float32Array.from(numbers), isGradient, palette());
  return make("figure", {}, canvas, make("figcaption", {}, caption));
}

/** What lies under a filter × the filter = products, for each channel. */
function windowPictures({ place }, terms) {
  const operation = state.operations[place - 1];
  const [, channels, rows, columns] = operation.wShape;
  const each = rows * columns;
  const pictures = [];
  for (let c = 0; c < Math.min(channels, 3); c += 1) {
    const part = terms.slice(c * each, (c + 1) * each);
    const pick = (number, isGradient, name) =>
      miniature(
        part.map(number),
        rows,
        columns,
        isGradient,
        channels > 1 ? `${name} ${c + 1}` : name,
      );
    pictures.push(
      make(
        "div",
        { class: "equation" },
        pick(({ factors }) => factors[1], false, "input"),
        "×",
        pick(({ factors }) => factors[0], false, "filter"),
        "=",
        pick(({ product: value }) => value, true, "products"),
      ),
    );
  }
  if (channels > 3)
    pictures.push(make("p", { class: "quiet" }, `and ${channels - 3} more channels`));
  return pictures;
}

/** Pictures for an element, where its terms are a grid. */
function picturesFor(wanted, terms) {
  const { part, place } = wanted;
  if (part === "value" && state.operations[place - 1]?.kind === "conv2d" && terms.length)
    return windowPictures(wanted, terms);
  if (part === "∂w" && state.operations[place].kind === "conv2d" && terms.length) {
    const [, rows, columns] = state.operations[place].output;
    const pick = (number, isGradient, name) =>
      miniature(terms.map(number), rows, columns, isGradient, name);
    return [
      make(
        "div",
        { class: "equation" },
        pick(({ factors }) => factors[1], true, "gradient"),
        "×",
        pick(({ factors }) => factors[0], false, "what it met"),
        "=",
        pick(({ product: value }) => value, true, "products"),
      ),
    ];
  }
  return [];
}

// --- the panel -----------------------------------------------------------------------------------------

/** The other number of an element: the gradient of a value, the value of a gradient. */
function otherOf({ part, place, index }) {
  const pairs = {
    value: "gradient",
    gradient: "value",
    w: "∂w",
    "∂w": "w",
    b: "∂b",
    "∂b": "b",
  };
  return { part: pairs[part], place, index };
}

function paintWhy() {
  const wanted = state.focus;
  byId("why-hint").hidden = wanted !== null;
  byId("why-body").hidden = wanted === null;
  if (!wanted) return;
  const terms = termsAt(wanted);
  const total = numberAt(state, wanted);
  const other = otherOf(wanted);
  write(byId("why-name"), nameOf(wanted));
  byId("why-number").replaceChildren(figure(total));
  write(byId("why-reason"), reasonOf(wanted, terms));
  byId("why-pictures").replaceChildren(...picturesFor(wanted, terms));
  const isSum = terms.length > 0 && !isSoftmax(wanted);
  byId("why-terms").replaceChildren(...(isSum ? [termTable(terms, total)] : []));
  byId("why-other").replaceChildren(
    button(`${nameOf(other)}: ${short(numberAt(state, other))}`, () => lookAt(other)),
  );
  paintRemoval(wanted);
}

const isSoftmax = ({ part, place }) =>
  part === "value" && state.operations[place - 1]?.kind === "softmax";

/** The filter that an element belongs to, as { place, filter }; null where there is none. */
function filterOf({ part, place, index }) {
  const at = part === "value" || part === "gradient" ? place - 1 : place;
  const operation = state.operations[at];
  if (operation?.kind !== "conv2d") return null;
  const size = {
    value: operation.output,
    gradient: operation.output,
    w: operation.wShape,
    "∂w": operation.wShape,
  };
  const each = sizeOf((size[part] ?? [1]).slice(1));
  return { place: at, filter: Math.floor(index / each) };
}

function paintRemoval(wanted) {
  const found = filterOf(wanted);
  byId("removal").replaceChildren();
  if (!found) return;
  const { removed } = state.operations[found.place];
  const isGone = removed.has(found.filter);
  const text = isGone
    ? `Put filter ${found.filter + 1} back`
    : `What if filter ${found.filter + 1} were not there?`;
  byId("removal").append(
    button(text, () =>
      change(() => {
        const others = new Set(removed);
        if (isGone) others.delete(found.filter);
        else others.add(found.filter);
        state.operations[found.place].removed = others;
      }),
    ),
  );
}

/** Look at an element: mark it, and say why it is what it is. */
function lookAt(wanted) {
  state.focus = wanted;
  paintMarks();
  paintWhy();
}
