// How the page closes layers: the drawing is pushed together, without a new layout.

const COVER = 40; // the height of a closed layer
const MARGIN = 9; // between its frame and its contents, which leaves room for an arrow
const HEAD = 8; // the length of a gradient's arrowhead

/** A map of heights that shrinks closed layers, while what is visible keeps its size. */
function squeezing(closed, seen) {
  const marks = [...closed, ...seen].flatMap(({ top, bottom }) => [top, bottom]);
  const sorted = [...new Set(marks)].sort((a, b) => a - b);
  const spans = sorted.slice(1).map((bottom, place) => ({ top: sorted[place], bottom }));
  const length = (some) => total(some.map(({ top, bottom }) => bottom - top));
  const isIn = (span, one) => one.top <= span.top && one.bottom >= span.bottom;
  for (const span of spans) span.isSeen = seen.some((one) => isIn(span, one));
  for (const layer of closed) {
    const own = spans.filter((span) => isIn(span, layer));
    const kept = length(own.filter((span) => span.isSeen));
    layer.scale = Math.max(0, COVER + 2 * MARGIN - kept) / (length(own) - kept || 1);
  }
  const knots = [[sorted[0], sorted[0]]];
  for (const span of spans) {
    const scales = closed.filter((layer) => isIn(span, layer)).map((layer) => layer.scale);
    const scale = span.isSeen || !scales.length ? 1 : Math.max(...scales);
    knots.push([span.bottom, knots.at(-1)[1] + (span.bottom - span.top) * scale]);
  }
  return (at) => interpolated(knots, at);
}

/** A piecewise linear function through knots, with slope 1 beyond them. */
function interpolated(knots, at) {
  const next = knots.findIndex(([from]) => from >= at);
  if (next === 0) return at;
  const [high, highTo] = knots.at(next);
  if (next < 0) return at + highTo - high;
  const [low, lowTo] = knots[next - 1];
  return lowTo + ((at - low) / (high - low)) * (highTo - lowTo);
}

const between = (a, b, share) => a.map((from, axis) => from + (b[axis] - from) * share);

/** The part of a Bézier curve after `share`, by De Casteljau's algorithm. */
function remainder([a, b, c, d], share) {
  const [ab, bc, cd] = [between(a, b, share), between(b, c, share), between(c, d, share)];
  const [abc, bcd] = [between(ab, bc, share), between(bc, cd, share)];
  return [between(abc, bcd, share), bcd, cd, d];
}

/** The remainder of a curve after the last of its points inside. */
function leaving(points, isInside) {
  const parts = 64; // the number of points that are tried on each curve
  for (let start = points.length - 4; start >= 0; start -= 3) {
    const piece = points.slice(start, start + 4);
    for (let part = parts; part >= 0; part -= 1) {
      if (!isInside(remainder(piece, part / parts)[0])) continue;
      if (part === parts) return points; // it ends inside
      return [...remainder(piece, (part + 1) / parts), ...points.slice(start + 4)];
    }
  }
  return points;
}

const turned = (points) => [...points].reverse();
const pathOf = ([first, ...others]) => `M${first}C${others.join(" ")}`;
const within =
  ({ left, right, top, bottom }) =>
  ([x, y]) =>
    x > left && x < right && y > top && y < bottom;

/** The visible paths of an arrow: for a value, and for a gradient with its larger head. */
function bend(arrow) {
  const { from, to, group } = arrow;
  const isInside = from.cover !== null && from.cover === to.cover;
  set(group, { display: isInside ? "none" : null });
  let { points } = arrow;
  if (from.cover) points = leaving(points, within(from.cover.spot));
  if (to.cover) points = turned(leaving(turned(points), within(to.cover.spot)));
  const [startX, startY] = points[0];
  const isAtHead = ([x, y]) => Math.hypot(x - startX, y - startY) < HEAD;
  arrow.valuePath = pathOf(points);
  arrow.gradientPath = pathOf(turned(leaving(points, isAtHead)));
}

/** The place of a closed layer: low, and as wide as its texts and arrows need. */
function spotOf(layer, moved) {
  const ends = [(layer.left + layer.right) / 2];
  for (const { from, to, points } of arrows.values()) {
    if (from.cover === to.cover) continue;
    if (from.cover === layer) ends.push(points[0][0]);
    if (to.cover === layer) ends.push(points.at(-1)[0]);
  }
  if (ends.length > 1) ends.shift();
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const frame = layer.right - layer.left;
  const width = Math.min(frame, Math.max(layer.width, high - low + 48));
  const centred = (low + high - width) / 2;
  const left = Math.max(layer.left, Math.min(centred, layer.right - width));
  const [top, bottom] = [moved(layer.top + MARGIN), moved(layer.bottom - MARGIN)];
  return { left, right: left + width, top, bottom };
}

function placeLayer(layer, moved) {
  const { frame, label, cover } = layer;
  for (const part of [frame, label]) set(part, { display: layer.coveredBy ? "none" : null });
  set(cover, { display: layer.coveredBy === layer ? null : "none" });
  if (layer.coveredBy === null) {
    const points = layer.points.map(([x, y]) => [x, moved(y)]);
    const isPath = frame.localName === "path";
    set(frame, isPath ? { d: pathOf(points) } : { points: points.join(" ") });
    set(label, { y: moved(layer.y) });
  }
  if (layer.coveredBy !== layer) return;
  layer.spot = spotOf(layer, moved);
  const { left, right, top, bottom } = layer.spot;
  const [rectangle, name, count, norm] = cover.children;
  const isNarrow = right - left < layer.width;
  set(rectangle, { x: left, y: top, width: right - left, height: bottom - top });
  set(name, { x: left + 8, y: top + 15 });
  set(count, { x: right - 8, y: top + 15, display: isNarrow ? "none" : null });
  set(norm, { x: left + 8, y: top + 31 });
}

/** Move everything to its place while some layers are closed. */
function layOut() {
  const coverOf = (path) =>
    layers.find((layer) => layer.isClosed && isInside(path, layer.path)) ?? null;
  for (const box of boxes.values()) box.cover = coverOf(box.scope);
  for (const layer of layers) {
    layer.coveredBy = coverOf(layer.path); // the outermost closed one
    layer.covered = layer.inside.filter((box) => box.cover === layer);
  }
  const closed = layers.filter((layer) => layer.coveredBy === layer);
  const open = layers.filter((layer) => layer.coveredBy === null);
  const seen = [...boxes.values()].filter((box) => box.cover === null);
  seen.push(...open.map(({ y }) => ({ top: y - 12, bottom: y + 4 }))); // their titles
  for (const { top, bottom } of closed)
    seen.push({ top, bottom: top + MARGIN }, { top: bottom - MARGIN, bottom });
  const moved = closed.length ? squeezing(closed, seen) : (y) => y;
  for (const box of boxes.values()) {
    box.shift = moved(box.top) - box.top;
    const display = box.cover ? "none" : null;
    set(box.group, { transform: `translate(0 ${box.shift})`, display });
  }
  for (const arrow of arrows.values()) {
    arrow.points = arrow.drawn.map(([x, y]) => [x, moved(y)]);
    for (const [text, y] of arrow.labels) set(text, { y: moved(y) });
  }
  for (const layer of layers) placeLayer(layer, moved);
  for (const arrow of arrows.values()) bend(arrow);
  size.height = size.drawn + moved(0);
  const isAll = layers.every((layer) => layer.isClosed);
  write(byId("layers"), isAll ? "Open layers" : "Close layers");
}
