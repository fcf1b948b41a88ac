// A step in words and formulas, with its largest number as an example.

const FORWARD = {
  conv2d: [
    "y = w ⋆ x + b",
    "Each filter slides over its input. At every place, the numbers under it are multiplied by its weights and added up, with its bias.",
  ],
  linear: [
    "y = w x + b",
    "Each unit adds up all inputs, each multiplied by a weight, and its bias.",
  ],
  relu: ["y = max(x, 0)", "Positive numbers pass, negative ones become 0."],
  sigmoid: ["y = 1 / (1 + e⁻ˣ)", "Every number is squeezed into 0 to 1."],
  tanh: ["y = tanh x", "Every number is squeezed into −1 to 1."],
  max_pool2d: [
    "y = max of each window",
    "Of each window of 2×2 pixels, only the largest number goes on.",
  ],
  avg_pool2d: [
    "y = mean of each window",
    "Of each window of 2×2 pixels, the mean goes on.",
  ],
  softmax: ["yᵢ = e^xᵢ / Σ e^xⱼ", "Numbers become shares that add up to 1."],
  reshape: ["y = x, as one row", "The pooled maps become one vector."],
};

const percent = (numbers, test) =>
  `${Math.round((100 * numbers.filter(test).length) / numbers.length)} %`;

/** What the gradient meets on its way through an operation. */
const BACKWARD = {
  conv2d: () =>
    "Each pixel gets back the sum, over all maps and all places where it was used, of weight × gradient.",
  linear: () =>
    "Each input gets back, from every unit, that unit's gradient × the weight in between.",
  relu: (place) =>
    `Where x > 0 the gradient passes; elsewhere it is blocked: ${percent(state.values[place], (x) => x <= 0)} of them are.`,
  sigmoid: (place) =>
    `The gradient is multiplied by y (1 − y), at most ¼: on average by ${short(meanSlope(place))}. It vanishes layer by layer.`,
  tanh: (place) =>
    `The gradient is multiplied by 1 − y²: on average by ${short(meanSlope(place))}.`,
  max_pool2d: (place) =>
    `The winner of each window takes its whole gradient; ${percent(state.gradients[place], (g) => g === 0)} of the pixels get 0.`,
  avg_pool2d: () => "The gradient of each window is shared by its pixels.",
  softmax: () =>
    "More of one class means less of the others: each share pulls on every number.",
  reshape: () => "The vector's gradient becomes maps again.",
};

function meanSlope(place) {
  const slope = SLOPES[state.operations[place].kind];
  const slopes = state.values[place].map((x, at) => slope(x, state.values[place + 1][at]));
  return slopes.reduce((sum, one) => sum + one, 0) / slopes.length;
}

/** Heading, sentence, and the element whose numbers are the example, for each chapter. */
const CHAPTER_WORDS = {
  initialise: () => [
    "All weights have values",
    "In the beginning, filters and weights are random numbers. Make them so, and go through the steps: what the gradient changes, it changes here.",
  ],
  forward: ({ place }) => {
    const { group, kind } = state.operations[place];
    return [
      `${group}: ${NAMES[kind]}`,
      FORWARD[kind][1],
      largestElement("value", place + 1),
    ];
  },
  error: () => [
    "How wrong is the output?",
    "The error adds up half of the squared difference to the target, class by class.",
  ],
  backward: (step) => (step.to === "w" ? weightWords(step) : inputWords(step)),
  update: () => ["Every weight takes a step downhill", updateSentence()],
  next: () => [
    "The next image",
    "Steps 2 to 4 are repeated with all images of the training set. The network has its new weights.",
  ],
};

const wordsOf = (step) => CHAPTER_WORDS[step.chapter](step);

function largestElement(part, place) {
  return element(part, place, placeOfLargest(numbersOf({ part, place })));
}

/** The gradient goes back to the input of an operation, or begins at the error. */
function inputWords({ place }) {
  const operation = state.operations[place];
  const [heading, sentence] = operation
    ? [
        `${operation.group}: back through ${NAMES[operation.kind]}`,
        BACKWARD[operation.kind](place),
      ]
    : [
        "The gradient begins at the error",
        "How E changes with each output: output minus target. The gradient ē of E itself is 1, and s is 1 for one picture.",
      ];
  return [heading, sentence, largestElement("gradient", place)];
}

function weightWords({ place }) {
  const operation = state.operations[place];
  const heading = `${operation.group}: the gradient of its weights`;
  return [heading, weightSentence(operation), largestElement("∂w", place)];
}

const weightSentence = ({ kind }) =>
  kind === "conv2d"
    ? "A weight was used at every place of its map: the gradient there × the number it met, added up."
    : "A weight was used once: the gradient of its unit × the input that it met.";

function updateSentence() {
  const [from, to] = [state.error, state.errorAfter].map(short);
  const verdict =
    state.errorAfter > state.error ? "The step is too large: E rises" : "E falls";
  const order = state.isWrongOrder
    ? " Layers have passed gradients on with weights that were already new."
    : "";
  return `Filters, weights and biases go against their gradients. ${verdict} from ${from} to ${to} for this image.${order}`;
}

// --- the card ---------------------------------------------------------------------

/** The formula of a VJP, and the line of tinygraph that it is. */
function vjpOf(step) {
  const operation = state.operations[step.place];
  const known = data.vjps[operation?.kind ?? "mse"];
  const positions = step.to === "w" ? [1, 2] : [0];
  const names = { w: ["w̄ =", "b̄ ="], x: [operation ? "x̄ =" : "ō ="] }[step.to];
  return positions.flatMap((position, n) => {
    const { formula, file, line } = known[position];
    const text = make("div", { class: "formula" }, `${names[n]} `);
    text.insertAdjacentHTML("beforeend", formula);
    return [text, make("p", { class: "source" }, `${file}, line ${line}`)];
  });
}

function paintStep() {
  const step = stepNow();
  const [heading, sentence, example] = wordsOf(step);
  write(byId("step-name"), heading);
  write(byId("step-sentence"), sentence);
  const formulas = step.chapter === "backward" ? vjpOf(step) : forwardFormula(step);
  byId("step-formula").replaceChildren(...formulas);
  const shown = step.chapter === "update" ? updateExample() : example && exampleOf(example);
  byId("step-example").replaceChildren(...(shown ?? []));
  byId("step-beginnings").hidden = step.chapter !== "initialise";
}

const ERROR_FORMULA = "E = Σ ½ (t − o)²";

function forwardFormula({ chapter, place }) {
  const formulas = { error: ERROR_FORMULA, update: "w ← w − η w̄" };
  const text =
    chapter === "forward" ? FORWARD[state.operations[place].kind][0] : formulas[chapter];
  return text ? [make("div", { class: "formula" }, text)] : [];
}

/** The first weight that the update changes much, before and after. */
function updateExample() {
  const place = state.weights.findIndex((one) => one !== null);
  const index = placeOfLargest(state.weights[place].w);
  const wanted = element("w", place, index);
  const [from, gradient] = [numberAt(state, wanted), state.weights[place].w[index]];
  const after = make("b", {}, figure(state.after[place].w[index]));
  const sum = `${short(from)} − ${short(state.lr)} × ${signed(gradient)} = `;
  const look = button(nameOf(wanted), () => lookAt(wanted), { class: "look" });
  return [
    make("p", { class: "quiet" }, "The largest change there: ", look),
    make("p", { class: "sum" }, sum, after),
  ];
}

/** The largest number of the step, with the sum that makes it. */
function exampleOf(wanted) {
  const terms = termsAt(wanted);
  const total = numberAt(state, wanted);
  const look = button(nameOf(wanted), () => lookAt(wanted), { class: "look" });
  const name = make("p", { class: "quiet" }, "The largest: ", look);
  return terms.length && !isSoftmax(wanted)
    ? [name, spelled(terms, total)]
    : [name, make("p", { class: "sum" }, figure(total))];
}
