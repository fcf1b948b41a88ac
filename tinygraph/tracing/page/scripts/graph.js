// The graph: boxes, arrows and layers after a step, zooming and scrolling.

const FAR = 50; // steps from which on everything is painted

/** Fill a row with numbers; one that is too long for its place is condensed. */
function fill(row, texts) {
  row.forEach(({ element, room }, place) => {
    const text = texts[place] ?? "";
    const isLong = text.length * CHARACTER > room;
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

/** The state of a box or a layer, in words that the style sheet refers to. */
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
  // The gradient at the layer's result, not one inside the layer.
  const latest = steps[lastUpTo(layer.arrivals, place)];
  const norm = latest?.norm ? power(latest.norm) : (latest?.norm ?? "nan");
  write(layer.cover.lastChild, latest ? `norm ${norm}` : "");
  set(layer.cover, { "data-state": stateOf(layer.covered, place >= layer.computed, place) });
}

let painted = null; // the place that the graph shows

/** Everything after a step. */
function paintGraph(place) {
  for (const box of boxes.values()) paintBox(box, place);
  for (const arrow of arrows.values()) paintArrow(arrow, place);
  for (const layer of layers) paintLayer(layer, place);
  painted = place;
}

/** What the steps on the way from the painted place concern, and nothing else. */
function paintWay(place) {
  const isFar = painted === null || Math.abs(place - painted) > FAR;
  if (isFar || chapterOf(place) !== chapterOf(painted)) return paintGraph(place);
  const way = steps.slice(Math.min(place, painted), Math.max(place, painted) + 1);
  const some = new Set(way.flatMap((step) => [boxOf(step), workerOf(step)]));
  for (const box of some) {
    paintBox(box, place);
    for (const arrow of box.entering) paintArrow(arrow, place);
  }
  for (const layer of new Set([...some].map(({ cover }) => cover)))
    if (layer) paintLayer(layer, place);
  painted = place;
}

/** Close or open some layers; the first one keeps its place on the screen. */
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
  revealStep(false);
}

// --- zoom and scrolling -------------------------------------------------------------

function resize() {
  const scale = zoom * PIXELS;
  const pixels = { width: size.width * scale, height: size.height * scale };
  set(svg, { viewBox: `0 0 ${size.width} ${size.height}`, ...pixels });
  write(byId("zoom"), `${Math.round(100 * zoom)} %`);
}

/** Zoom around the middle of what is visible. */
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

const zoomToStart = () => zoomTo(Math.max(SMALLEST, Math.min(acrossFit(), 1)));

/** Where to scroll along one axis to centre a part, if it is not visible. */
function scrolled(now, extent, low, high) {
  const isSeen = low >= now + EDGE && high <= now + extent - EDGE;
  return isSeen ? now : (low + high - extent) / 2;
}

/** Scroll to the operation at work and to the box that it changes. */
function revealStep(isSmooth) {
  reveal([workerOf(steps[current]), boxOf(steps[current])], isSmooth);
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

