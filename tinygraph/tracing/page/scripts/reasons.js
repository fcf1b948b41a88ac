// Single elements of a step: which made one, and which it made, with numbers.

const HINT = "Touch an element to see where it comes from, or where it goes.";

/** The index of an element, as in Python, by its place in memory. */
function indexOf(place, shape) {
  const index = [];
  for (const size of [...shape].reverse()) {
    index.unshift(place % size);
    place = Math.floor(place / size);
  }
  return index.length ? `[${index.join(", ")}]` : "";
}

/** A sentence for an element of the contribution, or of the gradient that arrived. */
function reasonOf(step, place, isContribution) {
  const { slopes } = step;
  const [gradient, contribution] = [tensors[step.gradient], tensors[step.contribution]];
  const above = (j) => nodes[step.node].name + indexOf(j, gradient.shape);
  const below = (i) => nodes[step.source].name + indexOf(i, contribution.shape);
  const product = (j, i) => `${number(gradient.numbers[j])} · ${number(slopes[j][i])}`;
  const places = (some) => some.flatMap((one, at) => (one === 0 ? [] : [at]));
  if (isContribution) {
    const linked = places(slopes.map((row) => row[place]));
    const terms = linked.map((j) => `${product(j, place)} from ${above(j)}`);
    const none = `${below(place)} makes no element of ${nodes[step.node].name}`;
    const first = `${below(place)} gets ${number(contribution.numbers[place])}:`;
    return { linked, text: terms.length ? [first, ...terms].join("\n") : none };
  }
  const linked = places(slopes[place]);
  const terms = linked.map((i) => `${product(place, i)} to ${below(i)}`);
  const none = `${above(place)} depends on no element of ${nodes[step.source].name}`;
  const first = `${above(place)} has ${number(gradient.numbers[place])} and sends:`;
  return { linked, text: terms.length ? [first, ...terms].join("\n") : none };
}

/** Elements in the cards of a step tell where they come from, and where they go. */
function withReasons(step, cards) {
  if (!step.slopes) return cards;
  const [gradient, contribution] = ["gradient", "contribution"].map((kind) =>
    cards.find((one) => one.dataset.card === kind));
  const sides = [gradient, contribution].map((one) => [...one.querySelectorAll(".cells > span")]);
  const reason = make("p", { class: "reason", role: "status" }, HINT);
  const clear = () => {
    write(reason, HINT);
    for (const cell of sides.flat()) set(cell, { "data-linked": null });
  };
  const listen = (cell, place, side) => {
    const tell = () => {
      clear();
      const { linked, text } = reasonOf(step, place, side === 1);
      for (const one of [cell, ...linked.map((at) => sides[1 - side][at])])
        set(one, { "data-linked": "" });
      write(reason, text);
    };
    set(cell, { tabindex: 0, role: "button" });
    for (const kind of ["pointerenter", "focus", "click"]) cell.addEventListener(kind, tell);
    for (const kind of ["pointerleave", "blur"]) cell.addEventListener(kind, clear);
  };
  sides.forEach((cells, side) => cells.forEach((cell, place) => listen(cell, place, side)));
  return cards.flatMap((one) => (one === contribution ? [one, reason] : [one]));
}
