// Many steps of gradient descent, the curve of the error, and the way back through them.

const MOST_KEPT = 120; // weights that are kept for the way back
const FRAME = 12; // milliseconds of training in each frame

const course = { errors: [], kept: [], every: 1, at: 0, isRunning: false };

const weightsOf = (operations) => operations.map(({ w, b }) => ({ w, b }));

/** Put kept weights into the network. */
function restore(weights) {
  state.operations = state.operations.map((operation, place) =>
    operation.w ? { ...operation, ...weights[place] } : operation,
  );
}

/** Begin a new curve with the weights as they are. */
function beginCourse() {
  Object.assign(course, { errors: [], every: 1, at: 0 });
  course.kept = [{ step: 0, weights: weightsOf(state.operations) }];
}

/** Keep the weights after a step; every second one is dropped when there are too many. */
function keep() {
  course.at = course.errors.length;
  if (course.at % course.every === 0)
    course.kept.push({ step: course.at, weights: weightsOf(state.operations) });
  if (course.kept.length <= MOST_KEPT) return;
  course.every *= 2;
  course.kept = course.kept.filter(({ step }) => step % course.every === 0);
}

/** A step that the timeline has made, and its undoing. */
function remember() {
  cutCourse();
  course.errors.push(state.error);
  keep();
}

function forget() {
  course.errors.pop();
  course.kept = course.kept.filter(({ step }) => step <= course.errors.length);
  course.at = course.errors.length;
}

/** What comes after the step that is shown was another way. */
function cutCourse() {
  course.errors.length = Math.min(course.errors.length, course.at);
  course.kept = course.kept.filter(({ step }) => step <= course.at);
}

/** One step of gradient descent, for this picture or the next one. */
function trainOnce() {
  if (byId("examples").value === "all")
    choosePicture(((state.picture ?? -1) + 1) % data.labels.length);
  const image = standardised(state.bytes, data.standardisation);
  course.errors.push(
    train(state.operations, image, state.target, state.lr, state.isWrongOrder),
  );
  keep();
}

function trainSteps(count) {
  cutCourse();
  for (let step = 0; step < count; step += 1) trainOnce();
  replaced = null;
  compute();
  paintAll();
}

/** Train until the reader stops it, as much as fits into each frame. */
function trainOrStop() {
  course.isRunning = !course.isRunning;
  write(byId("train"), course.isRunning ? "Stop" : "Train");
  if (!course.isRunning) return;
  if (state.step < placeOf("error")) state.step = placeOf("error");
  cutCourse();
  const frame = () => {
    if (!course.isRunning) return;
    const end = performance.now() + FRAME;
    do trainOnce();
    while (performance.now() < end);
    replaced = null;
    compute();
    paintAll();
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** Go back, or forward again, to the weights after a step. */
function goTo(number) {
  if (course.isRunning) trainOrStop();
  const kept = course.kept[number];
  course.at = kept.step;
  restore(kept.weights);
  replaced = null;
  compute();
  paintAll();
}

// --- the curve --------------------------------------------------------------------------------

/** Means over as many steps as there are pictures, or single errors for one picture. */
function smoothed(errors) {
  const window = byId("examples").value === "all" ? data.labels.length : 1;
  let sum = 0;
  return errors.map((one, at) => {
    sum += one - (at >= window ? errors[at - window] : 0);
    return sum / Math.min(window, at + 1);
  });
}

function paintCourse() {
  const points = smoothed(course.errors);
  const most = points.reduce((top, one) => Math.max(top, one), 0) || 1;
  const width = Math.max(points.length - 1, 1);
  const every = Math.max(1, Math.floor(points.length / 300));
  const shown = points.map((value, at) => [at, value]).filter(([at]) => at % every === 0);
  const line = shown
    .map(([at, value]) => `${(300 * at) / width},${62 - (58 * value) / most}`)
    .join(" ");
  const now = (300 * Math.max(course.at - 1, 0)) / width;
  byId("curve").replaceChildren(
    shape("line", { class: "axis", x1: 0, x2: 300, y1: 62, y2: 62 }),
    shape("polyline", { points: line }),
    ...(points.length
      ? [shape("line", { class: "now", x1: now, x2: now, y1: 0, y2: 62 })]
      : []),
  );
  const last = points[course.at - 1];
  write(
    byId("course"),
    points.length
      ? `${plural(course.at, "step")}, E ${short(last)}; highest ${short(most)}`
      : "No step yet.",
  );
  const place = course.kept.findLastIndex(({ step }) => step <= course.at);
  set(byId("past"), {
    max: Math.max(course.kept.length - 1, 1),
    disabled: course.kept.length < 2 ? "" : null,
  });
  byId("past").value = place;
  set(byId("past"), { "aria-valuetext": `after ${plural(course.at, "step")}` });
}
