// The drawing that Graphviz has laid out, and which steps concern each part of it.

const data = JSON.parse(byId("data").textContent);
const { nodes, steps, tensors } = data;
const CHAPTERS = ["forward", "backward", "update"];
const STARTS = [0, data.chapters[0], data.chapters[0] + data.chapters[1]];
const LAST = steps.length - 1;

const GRADIENT = "#b84a00"; // the colour of gradients in the drawing
const CHARACTER = 5.4; // the width of a character of a number there
const EDGE = 16; // pixels around the drawing
const PIXELS = 4 / 3; // per point of the drawing at full size
const SMALLEST = 0.7; // the page itself zooms no further out: texts would be illegible

const graph = byId("graph");
const svg = graph.querySelector("svg");
const drawing = svg.querySelector("g");
const origin = drawing.transform.baseVal.consolidate().matrix;
const { width, height } = svg.viewBox.baseVal;
const size = { width, height, drawn: height };
let zoom = 1;
let current = 0;
let found = null;

const lastUpTo = (places, place) => places.findLast((at) => at <= place);
const isInside = (path, outer) => `${path}/`.startsWith(`${outer}/`);

// --- parts of the drawing, and the steps that concern them --------------------------------------

/** The coordinates of a path or a polygon, as points. */
function pointsOf(shape) {
  const text = shape.getAttribute("d") ?? shape.getAttribute("points");
  const numbers = text.match(/-?[\d.]+/g).map(Number);
  return numbers.flatMap((x, place) => (place % 2 ? [] : [[x, numbers[place + 1]]]));
}

function around(points) {
  const [x, y] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const [left, right] = [Math.min(...x), Math.max(...x)];
  return { left, right, top: Math.min(...y), bottom: Math.max(...y) };
}

/** The numbers in a box, with the room that each has up to the next one or the frame. */
function numbersIn(group, isGradient, right) {
  const texts = [...group.querySelectorAll("text")].map((element) => ({
    element,
    x: Number(element.getAttribute("x")),
    y: element.getAttribute("y"),
    drawn: element.textContent,
  }));
  for (const text of texts) {
    const after = texts.filter(({ x, y }) => y === text.y && x > text.x).map(({ x }) => x);
    text.room = Math.min(right, ...after) - text.x - 4;
  }
  return texts.filter(
    ({ element }) =>
      element.getAttribute("font-family").startsWith("Courier") &&
      (element.getAttribute("fill") === GRADIENT) === isGradient,
  );
}

/** A small text on the lower edge of a box. */
function addBadge(box, kind, left, width) {
  const frame = draw("rect", { x: left, y: box.bottom - 3, width, height: 11, rx: 5.5 });
  const text = draw("text", { x: left + width / 2, y: box.bottom + 5.5 });
  const badge = draw("g", { class: `badge ${kind}`, display: "none" }, frame, text);
  box.group.append(badge);
  return badge;
}

function readBox([id, scope]) {
  const group = byId(id);
  const place = around([...group.querySelectorAll("path, polygon")].flatMap(pointsOf));
  const inside = nodes.filter((node) => node.box === id);
  const node = inside.length === 1 ? inside[0] : null; // the box of a whole layer has none
  const title = group.querySelector('[font-weight="bold"]');
  const box = {
    id, scope, group, node,
    ...place,
    count: inside.length,
    name: node?.name ?? title.textContent,
    values: title ? numbersIn(group, false, place.right) : [], // a constant number stays
    gradients: numbersIn(group, true, place.right),
    computed: 0, arrivals: [], updates: [], entering: [], shift: 0, cover: null,
  };
  if (node?.expected > 1) box.counter = addBadge(box, "counter", box.left + 4, 24);
  if (node && node.correct !== null) box.wrong = addBadge(box, "wrong", box.left + 32, 36);
  set(group, { role: "button", tabindex: 0 });
  drawing.append(group); // above all arrows, and in recording order for the Tab key
  return [id, box];
}

function readArrow(group) {
  const [node, position] = group.id.slice(1).split("_").map(Number);
  const path = group.querySelector("path");
  const points = pointsOf(path);
  const texts = [...group.querySelectorAll("text")];
  group.querySelector("title")?.remove();
  const arrow = {
    group, path, node,
    from: boxes.get(nodes[nodes[node].inputs[position]].box),
    to: boxes.get(nodes[node].box),
    drawn: group.classList.contains("reversed") ? turned(points) : points,
    labels: texts.map((text) => [text, Number(text.getAttribute("y"))]),
    steps: [],
  };
  arrow.to.entering.push(arrow);
  return [group.id, arrow];
}

function readLayer({ path, id }) {
  const [frame, label] = byId(id).querySelectorAll("path, polygon, text");
  const name = label.textContent;
  const inside = [...boxes.values()].filter(({ scope }) => isInside(scope, path));
  const isRead = (box) => [...arrows.values()].some(({ from, to }) =>
    from === box && !inside.includes(to));
  const results = inside.filter(isRead); // what later layers use
  const ends = results.length ? results : inside.slice(-1);
  const count = plural(total(inside.map((box) => box.count)), "value");
  const points = pointsOf(frame);
  const isButton = { role: "button", tabindex: 0 };
  const cover = draw(
    "g",
    { class: "cover", ...isButton, "aria-label": `layer ${path}`, "aria-expanded": false },
    draw("rect", { rx: 8 }),
    draw("text", { class: "name" }, `▸ ${name}`),
    draw("text", { class: "count" }, count),
    draw("text", { class: "norm" }),
  );
  write(label, `▾ ${name}`);
  set(label, { ...isButton, "aria-label": `layer ${path}`, "aria-expanded": true });
  set(label, { x: around(points).left + 8, "text-anchor": "start" });
  drawing.append(cover);
  return {
    path, frame, label, cover, inside, points,
    ...around(points),
    y: Number(label.getAttribute("y")),
    width: 6.5 * name.length + 5 * count.length + 40,
    arrivals: ends.flatMap((box) => box.arrivals).sort((a, b) => a - b),
    computed: Math.min(...inside.map((box) => box.computed)),
    isClosed: data.closed,
  };
}

/** Enter a step at its box and its arrow. */
function enterStep(step, place) {
  const box = boxOf(step);
  if (step.kind === "forward") box.computed = place;
  else if (step.kind === "update") box.updates.push(place);
  else {
    box.arrivals.push(place);
    arrows.get(step.arrow)?.steps.push(place);
  }
}

/** The box whose value or gradient a step changes, and that of the operation at work. */
const boxOf = (step) => boxes.get(nodes[step.source ?? step.node].box);
const workerOf = (step) => boxes.get(nodes[step.node ?? step.source].box);
const chapterOf = (place) => STARTS.findLastIndex((start) => place >= start);

for (const title of svg.querySelectorAll(".graph > title, .cluster > title")) title.remove();
const boxes = new Map(Object.entries(data.boxes).map(readBox));
const arrows = new Map([...svg.querySelectorAll(".edge")].map(readArrow));
steps.forEach(enterStep);
const layers = data.layers.filter(({ id }) => byId(id)).map(readLayer); // some have no frame

/** The size of a gradient by the logarithm of its norm, from 0 to 1. */
const logarithms = steps.map(({ norm }) => (norm > 0 ? Math.log10(norm) : null));
const known = logarithms.filter((one) => one !== null);
const lowest = Math.min(...known);
const spread = Math.max(...known) - lowest || 1;
const shareOf = (place) =>
  logarithms[place] === null ? 0 : (logarithms[place] - lowest) / spread;
