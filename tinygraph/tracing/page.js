// The page of a trace.  Graphviz has laid the graph out.  What every box, arrow and card
// shows follows from the number of the step alone, so going back and forth cannot drift.
// page.py joins this and page_*.js into one module.

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const { nodes, steps, tensors } = data;
const CHAPTERS = ["forward", "backward", "update"];
const STARTS = [0, data.chapters[0], data.chapters[0] + data.chapters[1]];
const LAST = steps.length - 1;

const GRADIENT = "#b84a00"; // the colour of gradients in the drawing
const LETTER = 5.4; // the width of a letter of a number there
const EDGE = 16; // pixels around the drawing
const PIXELS = 4 / 3; // for one point of the drawing at full size
const SMALLEST = 0.7; // to which the page itself zooms: smaller letters cannot be read

const graph = byId("graph");
const svg = graph.querySelector("svg");
const drawing = svg.querySelector("g");
const origin = drawing.transform.baseVal.consolidate().matrix;
const { width, height } = svg.viewBox.baseVal;
const size = { width, height, drawn: height };
let zoom = 1;
let current = 0;
let found = null;

// --- elements -----------------------------------------------------------------------

/** Set attributes; null removes one, and what is so already costs nothing. */
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
const lastUpTo = (places, place) => places.findLast((at) => at <= place);
const isInside = (path, outer) => `${path}/`.startsWith(`${outer}/`);

// --- what is drawn, and which steps concern it --------------------------------------

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

/** The numbers in a box, with the room that each has before the next or the frame. */
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
    ...{ id, scope, group, node, ...place },
    count: inside.length,
    name: node?.name ?? title.textContent,
    values: title ? numbersIn(group, false, place.right) : [], // a bare number stays
    gradients: numbersIn(group, true, place.right),
    ...{ computed: 0, arrivals: [], updates: [], shift: 0, cover: null },
  };
  if (node?.expected > 1) box.counter = addBadge(box, "counter", box.left + 4, 24);
  if (node && node.correct !== null) box.wrong = addBadge(box, "wrong", box.left + 32, 36);
  set(group, { role: "button", tabindex: 0 });
  drawing.append(group); // above all arrows, and for the Tab key in recording order
  return [id, box];
}

function readArrow(group) {
  const [node, position] = group.id.slice(1).split("_").map(Number);
  const path = group.querySelector("path");
  const points = pointsOf(path);
  const texts = [...group.querySelectorAll("text")];
  group.querySelector("title")?.remove();
  const arrow = {
    ...{ group, path, node },
    from: boxes.get(nodes[nodes[node].inputs[position]].box),
    to: boxes.get(nodes[node].box),
    drawn: group.classList.contains("reversed") ? turned(points) : points,
    labels: texts.map((text) => [text, Number(text.getAttribute("y"))]),
    steps: [],
  };
  return [group.id, arrow];
}

function readLayer({ path, id }) {
  const [frame, label] = byId(id).querySelectorAll("path, polygon, text");
  const name = label.textContent;
  const inside = [...boxes.values()].filter(({ scope }) => isInside(scope, path));
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
    ...{ path, frame, label, cover, inside, points, ...around(points) },
    y: Number(label.getAttribute("y")),
    width: 6.5 * name.length + 5 * count.length + 40,
    arrivals: inside.flatMap((box) => box.arrivals).sort((a, b) => a - b),
    computed: Math.min(...inside.map((box) => box.computed)),
    isClosed: data.closed,
  };
}

/** Tell box and arrow which steps concern them. */
function readStep(step, place) {
  const box = boxOf(step);
  if (step.kind === "forward") box.computed = place;
  else if (step.kind === "update") box.updates.push(place);
  else {
    box.arrivals.push(place);
    arrows.get(step.arrow)?.steps.push(place);
  }
}

/** The box whose value or gradient a step is about, and the one that is at work. */
const boxOf = (step) => boxes.get(nodes[step.source ?? step.node].box);
const workerOf = (step) => boxes.get(nodes[step.node ?? step.source].box);
const chapterOf = (place) => STARTS.findLastIndex((start) => place >= start);

for (const title of svg.querySelectorAll(".graph > title, .cluster > title")) title.remove();
const boxes = new Map(Object.entries(data.boxes).map(readBox));
const arrows = new Map([...svg.querySelectorAll(".edge")].map(readArrow));
steps.forEach(readStep);
const layers = data.layers.filter(({ id }) => byId(id)).map(readLayer); // some have no frame

/** How large a gradient is, by the logarithm of its norm: 0 for the smallest, 1. */
const logarithms = steps.map(({ norm }) => (norm > 0 ? Math.log10(norm) : null));
const known = logarithms.filter((one) => one !== null);
const lowest = Math.min(...known);
const spread = Math.max(...known) - lowest || 1;
const shareOf = (place) =>
  logarithms[place] === null ? 0 : (logarithms[place] - lowest) / spread;

// --- the graph ----------------------------------------------------------------------

/** Fill a row of numbers; one that is longer than the drawing allows is squeezed. */
function fill(row, texts) {
  row.forEach(({ element, room }, place) => {
    const text = texts[place] ?? "";
    const isLong = text.length * LETTER > room;
    write(element, text);
    set(element, { textLength: isLong ? room : null });
    set(element, { lengthAdjust: isLong ? "spacingAndGlyphs" : null });
  });
}

function paintBadge(badge, text) {
  if (!badge) return;
  write(badge.lastChild, text);
  set(badge, { display: text ? null : "none" });
}

function valuesAt(box, place) {
  const updated = lastUpTo(box.updates, place);
  const after = updated === undefined ? null : tensors[steps[updated].after];
  if (after?.numbers) return after.numbers.map((one) => number(one, after.dtype));
  return box.values.map((text) => text.drawn);
}

function paintBox(box, place) {
  const latest = steps[lastUpTo(box.arrivals, place)];
  const isComputed = place >= box.computed;
  const values = isComputed ? valuesAt(box, place) : [];
  const gradients = latest?.texts ?? [];
  const [count, expected] = [latest?.arrived ?? 0, box.node?.expected];
  const isCounted = box.counter && chapterOf(place) === 1;
  const isWrong = box.wrong && count === expected;
  fill(box.values, values);
  fill(box.gradients, gradients);
  paintBadge(box.counter, isCounted ? `${count}/${expected}` : "");
  paintBadge(box.wrong, isWrong ? "wrong" : "");
  const words = [
    box.name,
    box.node?.op ?? "layer",
    isComputed ? values.join(" ") : "not computed yet",
    gradients.length && `gradient ${gradients.join(" ")}`,
    isCounted && `${count} of ${expected} arrived`,
    isWrong && "wrong",
  ];
  const label = words.filter(Boolean).join(", ");
  set(box.group, { "aria-label": label, "data-state": stateOf([box], isComputed, place) });
}

/** The words by which the style sheet knows what goes on at a box, or inside a layer. */
function stateOf(inside, isComputed, place) {
  const step = steps[place];
  const isFlow = chapterOf(place) === 1;
  const isActive = inside.includes(boxOf(step)) || (isFlow && inside.includes(workerOf(step)));
  const words = [
    !isComputed && "faint",
    isActive && (isFlow ? "flow" : "made"),
    inside.includes(found) && "found",
  ];
  return words.filter(Boolean).join(" ");
}

function paintArrow(arrow, place) {
  const latest = lastUpTo(arrow.steps, place);
  const hasFlowed = latest !== undefined;
  const isMaking = steps[place].kind === "forward" && steps[place].node === arrow.node;
  const words = hasFlowed
    ? [latest === place ? "now" : "back", latest === arrow.steps.at(-1) && "whole"]
    : [isMaking && "making", place < arrow.to.computed && "faint"];
  set(arrow.group, { "data-state": words.filter(Boolean).join(" ") });
  const width = hasFlowed ? (1.4 + 2.6 * shareOf(latest)).toFixed(2) : isMaking ? 2.2 : 1.2;
  const path = hasFlowed ? arrow.gradientPath : arrow.valuePath;
  set(arrow.path, { d: path, "stroke-width": width });
}

function paintLayer(layer, place) {
  if (layer.coveredBy !== layer) return;
  const latest = steps[lastUpTo(layer.arrivals, place)];
  const norm = latest?.norm ? power(latest.norm) : (latest?.norm ?? "nan");
  write(layer.cover.lastChild, latest ? `norm ${norm}` : "");
  set(layer.cover, { "data-state": stateOf(layer.covered, place >= layer.computed, place) });
}

function paintGraph(place) {
  for (const box of boxes.values()) paintBox(box, place);
  for (const arrow of arrows.values()) paintArrow(arrow, place);
  for (const layer of layers) paintLayer(layer, place);
}

/** Close or open some layers; the first one stays where it is on the screen. */
function toggle(some, isClosed) {
  const topOf = ({ coveredBy, label }) =>
    (coveredBy?.spot.top ?? Number(label.getAttribute("y"))) * zoom * PIXELS;
  const before = topOf(some[0]);
  for (const layer of some) layer.isClosed = isClosed;
  layOut();
  resize();
  paintGraph(current);
  graph.scrollBy({ top: topOf(some[0]) - before, behavior: "instant" });
}

function toggleAll() {
  if (!layers.length) return;
  toggle(layers, !layers.every((layer) => layer.isClosed));
  reveal([workerOf(steps[current]), boxOf(steps[current])], false);
}

// --- zoom and scrolling -------------------------------------------------------------

function resize() {
  const scale = zoom * PIXELS;
  const pixels = { width: size.width * scale, height: size.height * scale };
  set(svg, { viewBox: `0 0 ${size.width} ${size.height}`, ...pixels });
  write(byId("zoom"), `${Math.round(100 * zoom)} %`);
}

/** Zoom, with what was in the middle still there. */
function zoomTo(value) {
  const middle = [graph.clientWidth / 2, graph.clientHeight / 2];
  const [x, y] = [graph.scrollLeft + middle[0], graph.scrollTop + middle[1]];
  const factor = Math.min(4, Math.max(0.05, value)) / zoom;
  zoom *= factor;
  resize();
  const [left, top] = [x * factor - middle[0], y * factor - middle[1]];
  graph.scrollTo({ left, top, behavior: "instant" });
}

const acrossFit = () => (graph.clientWidth - 2 * EDGE) / (size.width * PIXELS);
const downFit = () => (graph.clientHeight - 2 * EDGE) / (size.height * PIXELS);

/** Where to scroll to along one axis, so that a part is in the middle, if it is not seen. */
function scrolled(now, extent, low, high) {
  const isSeen = low >= now + EDGE && high <= now + extent - EDGE;
  return isSeen ? now : (low + high - extent) / 2;
}

function reveal(some, isSmooth) {
  const spots = some.map(({ cover, left, right, top, bottom, shift }) =>
    cover ? cover.spot : { left, right, top: top + shift, bottom: bottom + shift },
  );
  const corners = spots.flatMap((spot) => [[spot.left, spot.top], [spot.right, spot.bottom]]);
  const part = around(corners);
  const scale = zoom * PIXELS;
  const aside = Math.max(EDGE, (graph.clientWidth - size.width * scale) / 2);
  const x = (value) => aside + (value + origin.e) * scale;
  const y = (value) => EDGE + (value + origin.f) * scale;
  graph.scrollTo({
    left: scrolled(graph.scrollLeft, graph.clientWidth, x(part.left), x(part.right)),
    top: scrolled(graph.scrollTop, graph.clientHeight, y(part.top), y(part.bottom)),
    behavior: isSmooth ? "smooth" : "instant",
  });
}

// --- going through the steps --------------------------------------------------------

function paintPlayer(place) {
  const chapter = CHAPTERS[chapterOf(place)];
  const text = `Step ${place} of ${LAST}, ${chapter}: ${headingOf(steps[place])}`;
  byId("scrubber").value = place;
  set(byId("scrubber"), { "aria-valuetext": text });
  byId("strip").style.setProperty("--now", place);
  write(byId("count"), `${place} / ${LAST}`);
  document.querySelectorAll(".chapters button").forEach((element, chapter) => {
    set(element, { "aria-current": chapter === chapterOf(place) ? "step" : null });
  });
  const list = byId("all").querySelector("ol");
  list.querySelector("[aria-current]")?.removeAttribute("aria-current");
  set(list.children[place].firstChild, { "aria-current": "step" });
}

/** Show a step. */
function show(place, isSmooth = !matchMedia("(prefers-reduced-motion: reduce)").matches) {
  current = Math.max(0, Math.min(LAST, place));
  paintGraph(current);
  paintPanel(current);
  paintPlayer(current);
  reveal([workerOf(steps[current]), boxOf(steps[current])], isSmooth);
  set(document.documentElement, { "data-step": current });
  scheduleAddress();
}

/** The last step of each run of steps that have the same name. */
function endsOf(nameOf) {
  const names = steps.map((step) => `${step.kind} ${nameOf(step)}`);
  return names.flatMap((name, place) => (name === names[place + 1] ? [] : [place]));
}

const ENDS = {
  step: steps.map((step, place) => place),
  operation: endsOf((step) => step.node),
  layer: endsOf((step) => workerOf(step).scope || workerOf(step).id),
};

/** One step, operation or layer on or back. */
function go(direction, unit = byId("unit").value) {
  const later = ENDS[unit].find((place) => place > current) ?? LAST;
  const earlier = ENDS[unit].findLast((place) => place < current) ?? 0;
  show(direction > 0 ? later : earlier);
}

let player = null;

function playOrPause() {
  const isPlaying = player !== null;
  clearTimeout(player);
  player = null;
  write(byId("play"), isPlaying ? "Play" : "Pause");
  if (isPlaying) return;
  if (current === LAST) show(0);
  const next = () => {
    if (current === LAST) return playOrPause();
    go(1);
    player = setTimeout(next, 1000 / byId("speed").value);
  };
  player = setTimeout(next, 1000 / byId("speed").value);
}

/** To the step that completes a box's gradient, or else to the one that computes it. */
function visit(box) {
  const last = box.arrivals.at(-1);
  show(last === undefined || last === current ? box.computed : last);
}

// --- the strip above the scrubber, the lists below the panel ------------------------

function barOf({ norm }, place) {
  const height = norm === null ? 1 : norm === 0 ? 0.03 : 0.15 + 0.85 * shareOf(place);
  return `M${place + 0.1} 1v${-height}h.8v${height}z`;
}

function drawStrip() {
  const strip = byId("strip");
  const chart = strip.querySelector("svg");
  const places = ENDS.step.filter((place) => chapterOf(place) === 1);
  const bars = (isFinite) =>
    places.filter((place) => (steps[place].norm !== null) === isFinite)
      .map((place) => barOf(steps[place], place)).join("");
  set(chart, { viewBox: `0 0 ${steps.length} 1` });
  chart.append(draw("path", { d: bars(true) }), draw("path", { class: "none", d: bars(false) }));
  const past = set(chart.cloneNode(true), { class: "past" });
  chart.after(past, make("i"));
  strip.parentElement.style.setProperty("--count", steps.length);
  strip.append(...STARTS.slice(1).map((start) => make("b", { style: `--at: ${start}` })));
  for (const place of new Set(data.notes.map((note) => note.step))) {
    const title = `Step ${place}: ${remarksAt(place).join(" ")}`;
    const attributes = { class: "mark", style: `--at: ${place}`, title, "aria-label": title };
    strip.append(button(attributes, "!", () => show(place)));
  }
  const [low, high] = [lowest, lowest + spread].map((one) => (10 ** one).toExponential(0));
  if (known.length) write(byId("scale"), `norms of gradients, ${low} to ${high}, log scale`);
  strip.addEventListener("click", ({ target, clientX }) => {
    const { left, width } = strip.getBoundingClientRect();
    if (!target.matches(".mark")) show(Math.floor(((clientX - left) / width) * steps.length));
  });
}

function listSteps() {
  const item = (place, text) => make("li", {}, button({}, text, () => show(place)));
  const [words, noted] = [byId("all"), byId("noted")];
  words.querySelector("ol").append(...steps.map((step, place) => item(place, step.say)));
  noted.querySelector("ul").append(...data.notes.map(({ step, text }) => item(step, text)));
  write(noted.querySelector("summary"), `${plural(data.notes.length, "thing")} to look at`);
  noted.hidden = !data.notes.length;
}

// --- search, theme, address ---------------------------------------------------------

let matches = [];

function search() {
  const wanted = byId("query").value.trim().toLowerCase();
  const has = ({ name, op }) => `${name} ${op}`.toLowerCase().includes(wanted);
  const values = wanted ? nodes.filter(has) : [];
  matches = [...new Set(values.map((node) => boxes.get(node.box)))];
  pick(0);
}

/** Go to a match; layers that hide it are opened. */
function pick(place) {
  const at = (place + matches.length) % matches.length;
  found = matches[at] ?? null;
  const none = byId("query").value.trim() && "none";
  write(byId("found"), found ? `${at + 1} of ${matches.length}` : none);
  if (found?.cover) toggle(layers.filter(({ path }) => isInside(found.scope, path)), false);
  paintGraph(current);
  if (found) reveal([found], false);
}

function onSearchKey(event) {
  if (event.key === "Enter" && matches.length)
    pick(matches.indexOf(found) + (event.shiftKey ? -1 : 1));
  if (event.key === "Escape") {
    byId("query").value = "";
    byId("query").blur();
    search();
  }
  if (event.key === "Enter") event.preventDefault();
}

function nextTheme() {
  const root = document.documentElement;
  const following = { light: "dark", dark: "auto" };
  const theme = following[root.dataset.theme] ?? "light";
  root.dataset.theme = theme;
  write(byId("theme"), `Theme: ${theme}`);
  paintPanel(current);
}

let addressing = null;

/** Put the step into the address once it rests: browsers allow few changes a second. */
function scheduleAddress() {
  clearTimeout(addressing);
  addressing = setTimeout(() => {
    try {
      history.replaceState(null, "", `#${current}`);
    } catch {
      // A frame in a notebook has no address of its own.
    }
  }, 250);
}

/** The step in the address, or none. */
const addressed = () => location.hash.match(/^#(\d+)$/)?.[1];

// --- keys and buttons ---------------------------------------------------------------

const KEYS = {
  Home: () => show(0),
  End: () => show(LAST),
  " ": playOrPause,
  "+": () => zoomTo(zoom * 1.25),
  "=": () => zoomTo(zoom * 1.25),
  "-": () => zoomTo(zoom / 1.25),
  0: () => zoomTo(1),
  f: () => zoomTo(Math.min(acrossFit(), downFit(), 2)),
  c: toggleAll,
  t: nextTheme,
  "/": () => byId("query").focus(),
  "?": () => byId("help").showModal(),
};

function onKey(event) {
  const { key, target, ctrlKey, shiftKey } = event;
  const isTyping = target.matches("input[type=search], select");
  if (isTyping || byId("help").open || event.altKey || event.metaKey) return;
  const direction = { ArrowLeft: -1, ArrowRight: 1 }[key];
  const isButton = target.matches("button, summary, [role=button]");
  const isPress = isButton && (key === " " || key === "Enter");
  if (isPress && target instanceof HTMLElement) return; // the browser presses it
  if (isPress) target.dispatchEvent(new MouseEvent("click"));
  else if (direction) go(direction, ctrlKey ? "layer" : shiftKey ? "operation" : "step");
  else if (KEYS[key] && !ctrlKey) KEYS[key]();
  else return;
  event.preventDefault();
}

function onWheel(event) {
  if (!event.ctrlKey) return;
  event.preventDefault();
  zoomTo(zoom * 0.998 ** event.deltaY);
}

function listen() {
  const clicks = { back: () => go(-1), play: playOrPause, on: () => go(1), larger: KEYS["+"] };
  Object.assign(clicks, { smaller: KEYS["-"], fit: KEYS.f, layers: KEYS.c });
  Object.assign(clicks, { theme: nextTheme, keys: KEYS["?"] });
  for (const [id, action] of Object.entries(clicks)) byId(id).addEventListener("click", action);
  document.querySelectorAll(".chapters button").forEach((element, chapter) => {
    element.disabled = !data.chapters[chapter];
    element.addEventListener("click", () => show(STARTS[chapter]));
  });
  for (const box of boxes.values()) box.group.addEventListener("click", () => visit(box));
  for (const layer of layers) {
    const { label, cover } = layer;
    for (const [from, to] of [[label, cover], [cover, label]])
      from.addEventListener("click", () => {
        toggle([layer], from === label);
        to.focus({ preventScroll: true });
      });
  }
  byId("scrubber").addEventListener("input", ({ target }) => show(Number(target.value), false));
  byId("query").addEventListener("input", search);
  byId("query").addEventListener("keydown", onSearchKey);
  document.addEventListener("keydown", onKey);
  graph.addEventListener("wheel", onWheel, { passive: false });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", () => paintPanel(current));
  addEventListener("hashchange", () => addressed() && show(Number(addressed())));
  let before = 0;
  addEventListener("beforeprint", () => {
    before = current;
    show(STARTS[2] - 1, false);
  });
  addEventListener("afterprint", () => show(before, false));
}

function start() {
  document.documentElement.classList.add("live");
  const { name, value } = nodes[data.output];
  const numbers = tensors[value].numbers ?? [];
  const result = numbers.length === 1 ? ` = ${number(numbers[0])}` : "";
  const order = data.order === "topological" ? "" : `, ${data.order.replace("_", "-")} order`;
  write(byId("result"), name + result + order);
  set(byId("scrubber"), { max: LAST });
  set(svg, { role: "group", "aria-label": "Values and operations" });
  byId("layers").hidden = !layers.length;
  drawStrip();
  listSteps();
  listen();
  layOut();
  zoomTo(Math.max(SMALLEST, Math.min(acrossFit(), 1)));
  show(Number(addressed() ?? STARTS[1]), false);
}

start();
