// The network as it looks, from left to right: one panel for each group of operations,
// in which a row leads from the weights of a filter or unit to what it makes.

const HEIGHT = 360; // pixels for the rows of a panel
const OUTPUT_HEIGHT = 110; // of the last one, which has the error, too
const FEW = 6; // classes
const NAMES = {
  conv2d: "convolution",
  linear: "weighted sum",
  relu: "ReLU",
  sigmoid: "sigmoid",
  tanh: "tanh",
  max_pool2d: "max-pooling",
  avg_pool2d: "mean-pooling",
  softmax: "softmax",
  reshape: "one row",
};
const CAPTIONS = {
  conv2d: "conv",
  linear: "sum",
  relu: "ReLU",
  sigmoid: "σ",
  tanh: "tanh",
  max_pool2d: "pool",
  avg_pool2d: "pool",
  softmax: "softmax",
};
const views = [];
const groups = []; // { name, places, element, note }

const isMap = (shape) => shape.length === 3;

/** The height of a row, with which all maps or units fit below each other. */
function pitchOf(output, height) {
  const [count, rows = 1] = output;
  const [least, most] = isMap(output) ? [8, 2 * rows + 6] : [1, 24];
  return Math.max(least, Math.min(Math.floor(height / count), most));
}

/** The tiles of a value: maps below each other, or bars. */
function valueTiles(shape, pitch) {
  const [count, rows = 1, columns = 1] = shape;
  const high = isMap(shape) ? Math.max(1, Math.floor((pitch - 2) / rows)) : pitch;
  const wide = isMap(shape) ? high : 30;
  return tilesOf({ count, rows, columns, wide, high, pitch });
}

/** The tiles of weights: the channels of a filter beside each other, or one line a unit. */
function weightTiles({ kind, wShape, input }, pitch) {
  if (kind === "conv2d") {
    const [filters, channels, rows, columns] = wShape;
    const side = Math.max(
      1,
      Math.min(Math.floor((pitch - 3) / rows), Math.floor(100 / (channels * columns)), 5),
    );
    return tilesOf({
      count: filters * channels,
      across: channels,
      rows,
      columns,
      wide: side,
      high: side,
      pitch,
    });
  }
  const block = Math.ceil(input[0] / 60);
  return tilesOf({
    count: wShape[0],
    rows: 1,
    columns: input[0],
    wide: 1,
    high: pitch,
    pitch,
    block,
  });
}

/** A view of a thing, with its canvas. */
function viewOf(part, place, tiles, label, options = {}) {
  const ends = tiles.map((tile) => tile.x + acrossOf(tile) * tile.wide);
  const { y, rows, high } = tiles.at(-1);
  const [width, height] = [options.width ?? Math.max(...ends), y + rows * high];
  const canvas = make("canvas", {
    width,
    height,
    style: `width: ${width}px; height: ${height}px`,
    tabindex: 0,
    role: "application",
    "aria-label": label,
    "aria-describedby": "how",
  });
  const marks = make("div", { class: "marks" });
  const attributes = { class: "view", "data-part": part, "data-place": place };
  const element = make("div", attributes, canvas, marks);
  const view = { part, place, tiles, canvas, marks, element, ...options, width, height };
  views.push(view);
  return view;
}

/** A column of a panel: its heading and a view. */
const column = (heading, { element }) =>
  make("figure", {}, make("figcaption", {}, heading), element);

const shapeText = (shape) =>
  shape.length === 1 ? `${shape[0]}` : `${shape[0]} of ${shape[1]}×${shape[2]}`;

/** The columns of one operation: its weights, and its result, unless it only reshapes. */
function columnsOf(operation, place, pitch) {
  if (operation.kind === "reshape") return [];
  const weights = operation.w ? weightColumns(operation, place, pitch) : [];
  return [...weights, resultColumn(operation, place, pitch)];
}

/** The columns of filters or weights, and of biases. */
function weightColumns(operation, place, pitch) {
  const { kind, group, wShape } = operation;
  const [noun, size] =
    kind === "conv2d" ? ["filters", ` ${wShape[2]}×${wShape[3]}`] : ["weights", ""];
  const high = Math.max(1, Math.min(pitch - 1, 5));
  const biases = { count: wShape[0], rows: 1, columns: 1, wide: 5, high, pitch };
  const grey = { isWeight: true };
  const label = `${group}: ${noun} ${wShape.join(" × ")}`;
  const w = viewOf("w", place, weightTiles(operation, pitch), label, grey);
  const b = viewOf("b", place, tilesOf(biases), `${group}: biases ${wShape[0]}`, grey);
  return [column(`${noun}${size}`, w), column("b", b)];
}

/** The column of what an operation computes; `nameColumns` says which that is. */
function resultColumn({ kind, output }, place, pitch) {
  const bars = { isBars: true, width: kind === "softmax" ? 60 : 30 };
  const tiles = valueTiles(output, pitch);
  const view = viewOf("value", place + 1, tiles, "", isMap(output) ? {} : bars);
  const figure = column("", view);
  figure.dataset.operation = place;
  return figure;
}

/** Name the columns by their operations, which the reader may have changed. */
function nameColumns() {
  for (const figure of document.querySelectorAll("figure[data-operation]")) {
    const { kind, group, output } = state.operations[figure.dataset.operation];
    const [caption, canvas] = [figure.firstChild, figure.querySelector("canvas")];
    write(caption, CAPTIONS[kind]);
    set(caption, { title: NAMES[kind] });
    set(canvas, { "aria-label": `${group}: ${NAMES[kind]}, ${shapeText(output)}` });
  }
}

/** A panel: operations of one group side by side. */
function panelOf(name, places) {
  const operations = places.map((place) => state.operations[place]);
  const first = operations.find(({ w }) => w) ?? operations[0];
  const isLast = operations.at(-1) === state.operations.at(-1);
  const pitch = pitchOf(first.output, isLast ? OUTPUT_HEIGHT : HEIGHT);
  const columns = places.flatMap((place, n) => columnsOf(operations[n], place, pitch));
  const note = make("p", { class: "note" });
  const title = make(
    "button",
    { type: "button", class: "name", "aria-expanded": true },
    name,
  );
  const element = make(
    "section",
    { class: "panel", "aria-label": name },
    make("h2", {}, title),
    make("div", { class: "columns" }, ...columns),
    note,
  );
  title.addEventListener("click", () => toggle(element, title));
  groups.push({ name, places, element, note });
  return element;
}

/** Close a panel to its last column, or open it. */
function toggle(element, title) {
  const isOpen = title.getAttribute("aria-expanded") === "true";
  set(title, { "aria-expanded": !isOpen });
  set(element, { "data-closed": isOpen ? "" : null });
}

/** The image, as large as it is worth looking at. */
function imagePanel() {
  const side = Math.max(1, Math.floor(128 / SIDE));
  const one = {
    x: 0,
    y: 0,
    start: 0,
    rows: SIDE,
    columns: SIDE,
    wide: side,
    high: side,
    block: 1,
  };
  const view = viewOf("value", 0, [one], `image, ${SIDE} by ${SIDE} pixels`, {
    isImage: true,
  });
  const element = make(
    "section",
    { class: "panel image", "aria-label": "image" },
    make("h2", {}, "image"),
    column(`${SIDE}×${SIDE}, 3 colours`, view),
    byId("image-tools"),
  );
  const note = make("p", { class: "note" });
  element.append(note);
  groups.push({ name: "image", places: [], element, note });
  return element;
}

/** Output beside target, class by class, and the error below. */
function outputTable() {
  const rows = data.classes.map((name, place) => {
    const aim = button("", () => change(() => aimAt(place)), { class: "aim" });
    return make(
      "tr",
      {},
      make("th", { scope: "row" }, name),
      make("td"),
      make("td", {}, aim),
    );
  });
  const head = make(
    "tr",
    {},
    make("th", { scope: "col" }, "class"),
    make("th", { scope: "col" }, "o"),
    make("th", { scope: "col" }, "t"),
  );
  return make(
    "table",
    { id: "outputs", class: rows.length > FEW ? "many" : "few" },
    make("thead", {}, head),
    make("tbody", {}, ...rows),
  );
}

/** Below the output: the target beside it, and the error. */
const errorParts = () => [
  outputTable(),
  make("p", { class: "error-name" }, "E = Σ ½ (t − o)²"),
  make("p", { id: "error" }),
  make("p", { id: "error-sum" }),
];

const arrow = () => make("span", { class: "arrow", "aria-hidden": true });

/** Build the whole network once; from then on it is repainted. */
function buildDiagram() {
  const names = [...new Set(state.operations.map(({ group }) => group))];
  const panels = names.map((name) =>
    panelOf(
      name,
      state.operations.flatMap((one, place) => (one.group === name ? [place] : [])),
    ),
  );
  panels.at(-1).lastChild.before(...errorParts());
  const all = [imagePanel(), ...panels];
  byId("network").append(...all.flatMap((panel, n) => (n ? [arrow(), panel] : [panel])));
}
