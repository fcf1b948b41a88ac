// The slides' five steps as a line of small ones, in the order in which they are computed.

const CHAPTERS = {
  initialise: "1 Initialise", forward: "2 Forward", error: "3 Error",
  backward: "4 Backward", update: "4 Update", next: "5 Next image",
};

/** Forward operation by operation, the error, back in reverse order, update, next image.

    In the backward pass, x is an input's gradient and w that of weights and biases. */
function stepsOf(operations, isWrongOrder) {
  const steps = [{ chapter: "initialise" }];
  operations.forEach((_, place) => steps.push({ chapter: "forward", place }));
  steps.push({ chapter: "error" }, { chapter: "backward", to: "x", place: operations.length });
  for (let place = operations.length - 1; place >= 0; place -= 1) {
    const parts = !operations[place].w ? ["x"] : isWrongOrder ? ["w", "x"] : ["x", "w"];
    steps.push(...parts.map((to) => ({ chapter: "backward", to, place })));
  }
  return [...steps, { chapter: "update" }, { chapter: "next" }];
}

let steps = stepsOf(state.operations, false);
let before = null; // what "next image" has replaced

const stepNow = () => steps[state.step];
const chapterNow = () => stepNow().chapter;
const placeOf = (chapter) => steps.findIndex((step) => step.chapter === chapter);
const isPast = (test) => steps.findIndex(test) <= state.step;

const hasValue = (value) =>
  value === 0 || (chapterNow() !== "next"
    && isPast(({ chapter, place }) => chapter === "forward" && place === value - 1));
const hasError = () => chapterNow() !== "next" && state.step >= placeOf("error");
const hasGradient = (part, at) =>
  chapterNow() !== "next" && isPast(({ to, place }) => to === part && place === at);
const isGradientTime = () => chapterNow() === "backward";
const isUpdated = () => chapterNow() === "update";

// --- going ----------------------------------------------------------------------------------

/** Show a step.  On the way to the next image the new weights are taken, and back again. */
function show(wanted) {
  const last = steps.length - 1;
  const to = Math.max(0, Math.min(last, wanted));
  if (to === last && state.step !== last) takeNext();
  else if (state.step === last && to !== last) undoNext();
  state.step = to;
  paintAll();
}

function takeNext() {
  before = { operations: state.operations, picture: state.picture, bytes: state.bytes, target: state.target };
  state.operations = copyOf(state.after);
  remember();
  choosePicture(((state.picture ?? -1) + 1) % data.labels.length);
  compute();
}

function undoNext() {
  if (!before) return;
  Object.assign(state, before);
  forget();
  before = null;
  compute();
}

/** One step on; after the last one, the next image goes forward. */
function stepOn() {
  if (state.step < steps.length - 1) return show(state.step + 1);
  before = null;
  state.step = placeOf("forward");
  paintAll();
}

let player = null;

function playOrPause() {
  if (player !== null) {
    clearTimeout(player);
    player = null;
  } else {
    const next = () => {
      stepOn();
      player = setTimeout(next, 1000 / byId("speed").value);
    };
    player = setTimeout(next, 100);
  }
  write(byId("play"), player === null ? "Play" : "Pause");
}

// --- the line ---------------------------------------------------------------------------------

function buildTimeline() {
  const buttons = Object.entries(CHAPTERS).map(([chapter, name]) =>
    button(name, () => show(placeOf(chapter)), { "data-chapter": chapter }));
  byId("chapters").append(...buttons);
  set(byId("scrubber"), { max: steps.length - 1 });
  byId("scrubber").addEventListener("input", () => show(Number(byId("scrubber").value)));
  byId("back").addEventListener("click", () => show(state.step - 1));
  byId("on").addEventListener("click", stepOn);
  byId("play").addEventListener("click", playOrPause);
}

function paintTimeline() {
  const [heading] = wordsOf(stepNow());
  byId("scrubber").value = state.step;
  set(byId("scrubber"), { "aria-valuetext": `Step ${state.step + 1} of ${steps.length}: ${heading}` });
  byId("scrubber").style.setProperty("--share", `${(100 * state.step) / (steps.length - 1)}%`);
  write(byId("count"), `${state.step + 1} / ${steps.length}`);
  for (const one of byId("chapters").children)
    set(one, { "aria-current": one.dataset.chapter === chapterNow() ? "step" : null });
  set(document.documentElement, { "data-chapter": chapterNow(), "data-step": state.step });
  markWorker();
}

/** Mark the panel and the column that are at work. */
function markWorker() {
  const { place, chapter } = stepNow();
  for (const figure of document.querySelectorAll("figure[data-operation]"))
    set(figure, { "data-works": Number(figure.dataset.operation) === place ? chapter : null });
  const working = groups.find(({ places }) => places.includes(place));
  for (const group of groups) set(group.element, { "data-works": group === working ? "" : null });
  const box = byId("network");
  const element = working?.element ?? (["error", "backward"].includes(chapter) ? lastPanel() : null);
  if (element && box.scrollWidth > box.clientWidth)
    box.scrollTo({ left: element.offsetLeft - box.clientWidth / 3, behavior: isCalm() ? "auto" : "smooth" });
}

const lastPanel = () => groups.find(({ places }) => places.includes(state.operations.length - 1)).element;

const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// --- a step in words -----------------------------------------------------------------------------

const FORWARD = {
  conv2d: ["y = w ⋆ x + b", "Each filter slides over its input. At every place, the numbers under it are multiplied by its weights and added up, with its bias."],
  linear: ["y = w x + b", "Each unit adds up all inputs, each multiplied by a weight, and its bias."],
  relu: ["y = max(x, 0)", "Positive numbers pass, negative ones become 0."],
  sigmoid: ["y = 1 / (1 + e⁻ˣ)", "Every number is squeezed into 0 to 1."],
  tanh: ["y = tanh x", "Every number is squeezed into −1 to 1."],
  max_pool2d: ["y = max of each window", "Of each window of 2×2 pixels, only the largest number goes on."],
  avg_pool2d: ["y = mean of each window", "Of each window of 2×2 pixels, the mean goes on."],
  softmax: ["yᵢ = e^xᵢ / Σ e^xⱼ", "Numbers become shares that add up to 1."],
  reshape: ["y = x, as one row", "The pooled maps become one vector."],
};

const percent = (numbers, test) => `${Math.round((100 * numbers.filter(test).length) / numbers.length)} %`;

/** What the gradient meets on its way through an operation. */
const BACKWARD = {
  conv2d: () => "Each pixel gets back the sum, over all maps and all places where it was used, of weight × gradient.",
  linear: () => "Each input gets back, from every unit, that unit's gradient × the weight in between.",
  relu: (place) => `Where x > 0 the gradient passes; elsewhere it is blocked: ${percent(state.values[place], (x) => x <= 0)} of them are.`,
  sigmoid: (place) => `The gradient is multiplied by y (1 − y), at most ¼: on average by ${short(meanSlope(place))}. It vanishes layer by layer.`,
  tanh: (place) => `The gradient is multiplied by 1 − y²: on average by ${short(meanSlope(place))}.`,
  max_pool2d: (place) => `The winner of each window takes its whole gradient; ${percent(state.gradients[place], (g) => g === 0)} of the pixels get 0.`,
  avg_pool2d: () => "The gradient of each window is shared by its pixels.",
  softmax: () => "More of one class means less of the others: each share pulls on every number.",
  reshape: () => "The vector's gradient becomes maps again.",
};

function meanSlope(place) {
  const slope = SLOPES[state.operations[place].kind];
  const slopes = state.values[place].map((x, at) => slope(x, state.values[place + 1][at]));
  return slopes.reduce((sum, one) => sum + one, 0) / slopes.length;
}

/** Heading, sentence, and the element whose numbers are the example. */
function wordsOf({ chapter, place, to }) {
  const operation = state.operations[place];
  if (chapter === "initialise")
    return ["All weights have values", "Step 1 fills filters and weights with random numbers. These are the trained ones; make them random below, and train them again."];
  if (chapter === "forward")
    return [`${operation.group}: ${NAMES[operation.kind]}`, FORWARD[operation.kind][1],
      element("value", place + 1, placeOfLargest(state.values[place + 1]))];
  if (chapter === "error")
    return ["How wrong is the output?", "The error adds up half of the squared difference to the target, class by class."];
  if (chapter === "update") return ["Every weight takes a step downhill", updateSentence()];
  if (chapter === "next")
    return ["The next image", "Steps 2 to 4 are repeated with all images of the training set. The network has its new weights."];
  if (!operation)
    return ["The gradient begins at the error", "How E changes with each output: output minus target.",
      element("gradient", place, placeOfLargest(state.gradients[place]))];
  if (to === "w")
    return [`${operation.group}: the gradient of its weights`, weightSentence(operation),
      element("∂w", place, placeOfLargest(state.weights[place].w))];
  return [`${operation.group}: back through ${NAMES[operation.kind]}`, BACKWARD[operation.kind](place),
    element("gradient", place, placeOfLargest(state.gradients[place]))];
}

const weightSentence = ({ kind }) => kind === "conv2d"
  ? "A weight was used at every place of its map: the gradient there × the number it met, added up."
  : "A weight was used once: the gradient of its unit × the input that it met.";

function updateSentence() {
  const [from, to] = [state.error, state.errorAfter].map(short);
  const verdict = state.errorAfter > state.error ? "The step is too large: E rises" : "E falls";
  const order = state.isWrongOrder ? " Layers have passed gradients on with weights that were already new." : "";
  return `w ← w − ${short(state.lr)} ∂E/∂w, for filters, weights and biases. ${verdict} from ${from} to ${to} for this image.${order}`;
}
