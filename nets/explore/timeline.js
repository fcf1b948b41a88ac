// The slides' five steps as a line of small ones, in the order in which they are computed.

const CHAPTERS = {
  initialise: "1 Initialise",
  forward: "2 Forward",
  error: "3 Error",
  backward: "4 Backward",
  update: "4 Update",
  next: "5 Next image",
};

/** Forward operation by operation, the error, back in reverse order, update, next image.

    In the backward pass, x is an input's gradient and w that of weights and biases. */
function stepsOf(operations, isWrongOrder) {
  const steps = [{ chapter: "initialise" }];
  operations.forEach((_, place) => steps.push({ chapter: "forward", place }));
  steps.push(
    { chapter: "error" },
    { chapter: "backward", to: "x", place: operations.length },
  );
  for (let place = operations.length - 1; place >= 0; place -= 1) {
    const parts = !operations[place].w ? ["x"] : isWrongOrder ? ["w", "x"] : ["x", "w"];
    steps.push(...parts.map((to) => ({ chapter: "backward", to, place })));
  }
  return [...steps, { chapter: "update" }, { chapter: "next" }];
}

let steps = stepsOf(state.operations, false);
let replaced = null; // what "next image" has replaced

const stepNow = () => steps[state.step];
const chapterNow = () => stepNow().chapter;
const placeOf = (chapter) => steps.findIndex((step) => step.chapter === chapter);
const isPast = (test) => steps.findIndex(test) <= state.step;

const hasValue = (value) =>
  value === 0 ||
  (chapterNow() !== "next" &&
    isPast(({ chapter, place }) => chapter === "forward" && place === value - 1));
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
  replaced = {
    operations: state.operations,
    picture: state.picture,
    bytes: state.bytes,
    target: state.target,
  };
  state.operations = copyOf(state.after);
  remember();
  choosePicture(((state.picture ?? -1) + 1) % data.labels.length);
  compute();
}

function undoNext() {
  if (!replaced) return;
  Object.assign(state, replaced);
  forget();
  replaced = null;
  compute();
}

/** One step on; after the last one, the next image goes forward. */
function stepOn() {
  if (state.step < steps.length - 1) return show(state.step + 1);
  replaced = null;
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
    button(name, () => show(placeOf(chapter)), { "data-chapter": chapter }),
  );
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
  set(byId("scrubber"), {
    "aria-valuetext": `Step ${state.step + 1} of ${steps.length}: ${heading}`,
  });
  byId("scrubber").style.setProperty(
    "--share",
    `${(100 * state.step) / (steps.length - 1)}%`,
  );
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
    set(figure, {
      "data-works": Number(figure.dataset.operation) === place ? chapter : null,
    });
  const working = groups.find(({ places }) => places.includes(place));
  for (const group of groups)
    set(group.element, { "data-works": group === working ? "" : null });
  const box = byId("network");
  const element =
    working?.element ?? (["error", "backward"].includes(chapter) ? lastPanel() : null);
  if (element && box.scrollWidth > box.clientWidth)
    box.scrollTo({
      left: element.offsetLeft - box.clientWidth / 3,
      behavior: isCalm() ? "auto" : "smooth",
    });
}

const lastPanel = () =>
  groups.find(({ places }) => places.includes(state.operations.length - 1)).element;

const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
