// What the reader does: looking, drawing, dragging, choosing; and the page's keys.

/** Repaint all that depends on the state. */
function paintAll() {
  paintDiagram();
  paintTimeline();
  paintStep();
  paintWhy();
  paintCourse();
  paintChoices();
}

/** Change something, compute all that follows, and show it. */
function change(action) {
  replaced = null;
  action();
  compute();
  paintAll();
}

// --- looking at elements, and dragging weights ---------------------------------------------------

/** The element of a view under the pointer. */
function under(view, { clientX, clientY }) {
  const { left, top, width } = view.canvas.getBoundingClientRect();
  const zoom = width / view.width;
  const part = partShown(view);
  if (part === null) return null;
  const index = elementAt(
    view,
    (clientX - left) / zoom,
    (clientY - top) / zoom,
    numbersOf({ ...view, part }),
  );
  if (index === null) return null;
  return element(part, view.place, view.isImage ? strongest(part, index) : index);
}

/** Of the three colours of a pixel, the one with the largest number. */
function strongest(part, index) {
  const numbers = numbersOf({ part, place: 0 });
  const size = SIDE * SIDE;
  const three = Array.from(
    { length: CHANNELS },
    (_, channel) => channel * size + (index % size),
  );
  return three.reduce((best, at) =>
    Math.abs(numbers[at]) > Math.abs(numbers[best]) ? at : best,
  );
}

const NUDGES = { "+": 1, "=": 1, "-": -1, "−": -1 };

/** Keys on a view: arrows go from element to element, + and − change a weight. */
function walk(view, event) {
  const part = partShown(view);
  if (part === null) return;
  const isHere = state.focus?.part === part && state.focus.place === view.place;
  const from = isHere ? state.focus.index : null;
  const to = placeAfter(view, part, from, event.key);
  if (to !== null) lookAt(element(part, view.place, to));
  else if (event.key in NUDGES && isHere && view.isWeight)
    nudge(view, from, NUDGES[event.key]);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** The element to which an arrow key leads; null for another key. */
function placeAfter(view, part, from, key) {
  const [{ columns }] = view.tiles;
  const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  if (!(key in moves)) return null;
  const last = numbersOf({ part, place: view.place }).length - 1;
  return from === null ? 0 : Math.min(last, Math.max(0, from + moves[key]));
}

/** Change a weight by a share of the largest. */
function nudge(view, index, amount) {
  change(() => {
    const numbers = state.operations[view.place][view.part].slice();
    numbers[index] += amount * 0.1 * (largestOf(numbers) || 1);
    state.operations[view.place][view.part] = numbers;
  });
}

function listenTo(view) {
  const { canvas } = view;
  let drag = null;
  canvas.addEventListener("pointermove", (event) => {
    if (drag) return nudge(view, drag.index, (drag.y - (drag.y = event.clientY)) / 8);
    if (view.isImage && byId("draw").checked)
      return event.buttons ? dab(view, event) : undefined;
    const found = under(view, event);
    if (found && !isSame(found, state.focus)) lookAt(found);
  });
  canvas.addEventListener("pointerdown", (event) => {
    if (view.isImage && byId("draw").checked) return dab(view, event);
    const found = under(view, event);
    if (!found) return;
    lookAt(found);
    if (!view.isWeight || found.part !== view.part) return;
    drag = { index: found.index, y: event.clientY };
    canvas.setPointerCapture(event.pointerId);
    event.preventDefault();
    canvas.focus();
  });
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, () => (drag = null));
  canvas.addEventListener("keydown", (event) => walk(view, event));
}

const isSame = (one, other) =>
  other !== null &&
  one.part === other.part &&
  one.place === other.place &&
  one.index === other.index;

// --- pictures ---------------------------------------------------------------------------------------

/** Paint over the image where the pointer is. */
function dab(view, { clientX, clientY }) {
  const { left, top, width } = view.canvas.getBoundingClientRect();
  const [column, row] = [clientX - left, clientY - top].map((one) =>
    Math.floor((one / width) * SIDE),
  );
  const colour = byId("colour")
    .value.match(/\w\w/g)
    .map((two) => parseInt(two, 16));
  const radius = SIDE / 20;
  change(() => {
    state.bytes = state.bytes.map((level, at) => {
      const [channel, i, j] = placeIn([CHANNELS, SIDE, SIDE], at);
      return Math.hypot(i - row, j - column) <= radius ? colour[channel] : level;
    });
    state.picture = null;
  });
}

/** The reader's own picture: its middle square, as small as the network takes it. */
async function openPicture(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const side = Math.min(bitmap.width, bitmap.height);
    const canvas = make("canvas", { width: SIDE, height: SIDE });
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(
      bitmap,
      (bitmap.width - side) / 2,
      (bitmap.height - side) / 2,
      side,
      side,
      0,
      0,
      SIDE,
      SIDE,
    );
    const pixels = context.getImageData(0, 0, SIDE, SIDE).data;
    const size = SIDE * SIDE;
    change(() => {
      state.picture = null;
      state.bytes = Uint8Array.from(
        { length: CHANNELS * size },
        (_, at) => pixels[4 * (at % size) + Math.floor(at / size)],
      );
    });
    write(byId("said"), "");
  } catch {
    write(byId("said"), `${file.name} is not a picture that this browser can open.`);
  }
}

function buildPictures() {
  const size = CHANNELS * SIDE * SIDE;
  data.labels.forEach((label, number) => {
    const canvas = make("canvas", { width: SIDE, height: SIDE });
    const tiles = [
      { x: 0, y: 0, start: 0, rows: SIDE, columns: SIDE, wide: 1, high: 1, block: 1 },
    ];
    paintImage(
      { canvas, tiles, width: SIDE, height: SIDE },
      PICTURES.subarray(number * size, (number + 1) * size),
    );
    const name = `picture ${number + 1}: ${data.classes[label]}`;
    const chosen = button("", () => change(() => choosePicture(number)), {
      "aria-label": name,
      title: name,
    });
    chosen.append(canvas);
    byId("pictures").append(chosen);
  });
  byId("open").addEventListener(
    "change",
    () => byId("open").files[0] && openPicture(byId("open").files[0]),
  );
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) openPicture(event.dataTransfer.files[0]);
  });
}

// --- choices -------------------------------------------------------------------------------------------

const SQUASHING = ["relu", "sigmoid", "tanh"];

/** All activation functions of one kind; "own" puts back those of the network. */
function activate(kind) {
  state.operations.forEach((operation, place) => {
    if (SQUASHING.includes(TRAINED[place].kind))
      operation.kind = kind === "own" ? TRAINED[place].kind : kind;
  });
}

/** The order of the steps depends on whether the weights change first. */
function reorder(isWrong) {
  state.isWrongOrder = isWrong;
  steps = stepsOf(state.operations, isWrong);
}

/** Everything as it was in the beginning. */
function reset() {
  if (course.isRunning) trainOrStop();
  for (const id of ["wrong-order", "draw"]) byId(id).checked = false;
  byId("activation").value = "own";
  byId("examples").value = "one";
  change(() => {
    state.operations = operationsOf(data);
    state.lr = data.lr;
    state.focus = null;
    state.shows = "auto";
    reorder(false);
    beginCourse();
    choosePicture(data.first);
    state.step = placeOf("error");
  });
}

let seed = 0;

function begin(isRandom) {
  change(() => {
    if (isRandom) initialise(state.operations, (seed += 1));
    else restore(weightsOf(operationsOf(data)));
    beginCourse();
  });
}

function buildChoices() {
  const listen = (id, event, action) =>
    byId(id).addEventListener(event, () => action(byId(id)));
  listen("lr", "input", ({ value }) => change(() => (state.lr = 10 ** Number(value))));
  listen("too-large", "click", () => change(() => (state.lr = 10)));
  listen("wrong-order", "change", ({ checked }) => change(() => reorder(checked)));
  listen("activation", "change", ({ value }) => change(() => activate(value)));
  listen("shows", "change", ({ value }) => change(() => (state.shows = value)));
  for (const id of ["random", "random-now"]) listen(id, "click", () => begin(true));
  for (const id of ["trained", "trained-now"]) listen(id, "click", () => begin(false));
  listen("reset", "click", reset);
  listen("once", "click", () => trainSteps(1));
  listen("train", "click", trainOrStop);
  listen("examples", "change", paintCourse);
  listen("past", "input", ({ value }) => goTo(Number(value)));
  listen("theme", "click", turnTheme);
}

function paintChoices() {
  byId("lr").value = Math.log10(state.lr);
  set(byId("lr"), { "aria-valuetext": short(state.lr) });
  write(byId("lr-number"), short(state.lr));
  byId("shows").value = state.shows;
  for (const [number, one] of [...byId("pictures").children].entries())
    set(one, { "aria-pressed": number === state.picture });
  set(byId("verdict"), { "aria-live": course.isRunning ? "off" : "polite" });
  write(byId("verdict"), verdict());
}

/** What the network says, in one sentence, for everybody who cannot see the bars. */
function verdict() {
  const output = state.values.at(-1);
  const best = placeOfLargest(output);
  const aim = data.classes[state.target.indexOf(1)];
  return `${data.classes[best]}, ${Math.round(100 * output[best])} % sure; target ${aim}; E = ${short(state.error)}`;
}

function turnTheme() {
  const root = document.documentElement;
  const next = { auto: "light", light: "dark", dark: "auto" }[root.dataset.theme ?? "auto"];
  set(root, { "data-theme": next === "auto" ? null : next });
  write(byId("theme"), `Theme: ${next}`);
  recolour();
}

/** Paint with the colours of another theme. */
function recolour() {
  tables = null;
  paintAll();
}

/** Paper is white, whatever the theme. */
function listenToPrinting() {
  const root = document.documentElement;
  let theme = null;
  addEventListener("beforeprint", () => {
    theme = root.getAttribute("data-theme");
    set(root, { "data-theme": "light" });
    recolour();
  });
  addEventListener("afterprint", () => {
    set(root, { "data-theme": theme });
    recolour();
  });
}

// --- keys ------------------------------------------------------------------------------------------------

const KEYS = {
  ArrowRight: stepOn,
  ArrowLeft: () => show(state.step - 1),
  " ": playOrPause,
  Home: () => show(0),
  End: () => show(steps.length - 1),
  Escape: () => lookAt(null),
  t: turnTheme,
};

function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    const isBusy = event.target.closest("input, select, button, summary, canvas");
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!(event.key in KEYS) || !isPlain || (isBusy && event.key !== "Escape")) return;
    event.preventDefault();
    KEYS[event.key]();
  });
}

/** As large as the window lets the network be. */
function fit() {
  const network = byId("network");
  network.style.setProperty("--zoom", 1);
  const widths = [...network.children].map(
    (child) => child.getBoundingClientRect().width + 3,
  );
  const room = (network.clientWidth - 36) / widths.reduce((sum, one) => sum + one, 0);
  const zoom = Math.min(2, room, (0.66 * innerHeight) / network.clientHeight);
  network.style.setProperty("--zoom", Math.max(1, zoom).toFixed(3));
}

set(document.documentElement, { class: "live" });
choosePicture(data.first);
compute();
buildDiagram();
buildTimeline();
buildPictures();
buildChoices();
views.forEach(listenTo);
listenToKeys();
listenToPrinting();
beginCourse();
state.step = placeOf("error");
paintAll();
fit();
addEventListener("resize", fit);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
