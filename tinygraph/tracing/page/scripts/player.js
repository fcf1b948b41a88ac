// What the reader does: stepping, the strip of norms, search, theme, address and keys.

// --- stepping --------------------------------------------------------

function paintPlayer(place) {
  const chapter = CHAPTERS[chapterOf(place)];
  const text = `Step ${place + 1} of ${steps.length}, ${chapter}: ${headingOf(steps[place])}`;
  byId("scrubber").value = place;
  set(byId("scrubber"), { "aria-valuetext": text });
  byId("strip").style.setProperty("--now", place);
  write(byId("count"), `${place + 1} / ${steps.length}`);
  document.querySelectorAll(".chapters button").forEach((element, chapter) => {
    set(element, { "aria-current": chapter === chapterOf(place) ? "step" : null });
  });
  markInList(place);
}

/** Mark the step in the list of all steps, which has none until it is opened. */
function markInList(place) {
  const list = byId("all").querySelector("ol");
  list.querySelector("[aria-current]")?.removeAttribute("aria-current");
  const item = list.children[place];
  if (item) set(item.firstChild, { "aria-current": "step" });
}

/** Show a step. */
function show(place, isSmooth = !matchMedia("(prefers-reduced-motion: reduce)").matches) {
  current = Math.max(0, Math.min(LAST, place));
  paintWay(current);
  paintPanel(current);
  paintPlayer(current);
  revealStep(isSmooth);
  set(document.documentElement, { "data-step": current });
  scheduleAddress();
  tellStep(current);
}

// Beside the page of another trace, both show the same step.
const isCompared = window.name === "compared";
let isFollowing = false;

function tellStep(step) {
  if (isCompared && !isFollowing) parent.postMessage({ step }, "*");
}

function followStep({ data: { step, isFirst } }) {
  isFollowing = true;
  if (isFirst) zoomToStart(); // now the frame has its size
  show(step, false);
  isFollowing = false;
}

/** The last step of each run of steps with the same name. */
function endsOf(nameOf) {
  const names = steps.map((step) => `${step.kind} ${nameOf(step)}`);
  return names.flatMap((name, place) => (name === names[place + 1] ? [] : [place]));
}

const ENDS = {
  step: steps.map((step, place) => place),
  operation: endsOf((step) => step.node),
  layer: endsOf((step) => workerOf(step).scope || workerOf(step).id),
};

/** Move by one step, operation or layer. */
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

/** Show the step that completes a box's gradient, or else the one that computes it. */
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
  for (const place of new Set(data.remarks.map(({ step }) => step))) {
    const title = `Step ${place + 1}: ${remarksAt(place).join(" ")}`;
    const attributes = { class: "mark", style: `--at: ${place}`, title, "aria-label": title };
    strip.append(button(attributes, "!", () => show(place)));
  }
  const [low, high] = [lowest, lowest + spread].map((one) => (10 ** one).toExponential(0));
  if (known.length) write(byId("scale"), `gradient norms, ${low} to ${high}, log scale`);
  strip.addEventListener("click", ({ target, clientX }) => {
    const { left, width } = strip.getBoundingClientRect();
    if (!target.matches(".mark")) show(Math.floor(((clientX - left) / width) * steps.length));
  });
}

function listSteps() {
  const item = (place, text) => make("li", {}, button({}, text, () => show(place)));
  const [words, remarked] = [byId("all"), byId("remarked")];
  const fill = () => {
    const list = words.querySelector("ol");
    if (list.children.length) return;
    list.append(...steps.map((step, place) => item(place, step.say)));
    markInList(current);
  };
  words.querySelector("summary").addEventListener("click", fill);
  words.addEventListener("toggle", fill); // opened by a search of the browser
  remarked.querySelector("ul").append(...data.remarks.map(({ step, text }) => item(step, text)));
  write(remarked.querySelector("summary"), plural(data.remarks.length, "remark"));
  remarked.hidden = !data.remarks.length;
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

/** Go to a match, and open the layers that hide it. */
function pick(place) {
  const at = (place + matches.length) % matches.length;
  found = matches[at] ?? null;
  const none = byId("query").value.trim() && "no match";
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

/** Put the step into the address after a pause: browsers allow few changes per second. */
function scheduleAddress() {
  clearTimeout(addressing);
  addressing = setTimeout(() => {
    try {
      history.replaceState(null, "", `#${current + 1}`);
    } catch {
      // A frame in a notebook has no address.
    }
  }, 250);
}

/** The place of the step in the address, which counts from 1, or undefined. */
function addressed() {
  const counted = location.hash.match(/^#(\d+)$/)?.[1];
  return counted === undefined ? undefined : Number(counted) - 1;
}

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
  // A list with the focus would take the arrow keys for itself.
  for (const id of ["unit", "speed"])
    byId(id).addEventListener("change", ({ target }) => target.blur());
  byId("query").addEventListener("input", search);
  byId("query").addEventListener("keydown", onSearchKey);
  document.addEventListener("keydown", onKey);
  graph.addEventListener("wheel", onWheel, { passive: false });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", () => paintPanel(current));
  addEventListener("hashchange", () => addressed() !== undefined && show(addressed()));
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
  zoomToStart();
  isFollowing = true;
  show(addressed() ?? STARTS[1], false);
  isFollowing = false;
  if (isCompared) addEventListener("message", followStep);
  tellStep(null); // where it is to begin is told in return
  // A frame in another page gets its size late.
  new ResizeObserver(() => revealStep(false)).observe(graph);
}

start();
