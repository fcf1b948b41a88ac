// What the reader has chosen, and all values that follow from it.

const data = JSON.parse(byId("data").textContent);
const [CHANNELS, SIDE] = data.shape;
const PICTURES = bytesOf(data.pictures);
const TRAINED = operationsOf(data);

const state = {
  operations: operationsOf(data),
  picture: 0, // its number, or null for the reader's own
  bytes: null, // (3, side, side), from 0 to 255
  target: new Float32Array(data.classes.length),
  lr: data.lr,
  isWrongOrder: false,
  // What follows: see `compute`.
  values: [],
  gradients: [],
  weights: [],
  error: 0,
  after: [],
  errorAfter: 0,
  // What is shown: the step, what is looked at, values or gradients.
  step: 0,
  focus: null,
  shows: "auto",
};

const copyOf = (operations) => operations.map((operation) => ({ ...operation }));

/** Choose one of the pictures, with its class as the target. */
function choosePicture(number) {
  const size = CHANNELS * SIDE * SIDE;
  state.picture = number;
  state.bytes = PICTURES.slice(number * size, (number + 1) * size);
  aimAt(data.labels[number]);
}

/** Make a class the target: 1 for it, 0 for the others. */
function aimAt(label) {
  state.target = state.target.map((_, place) => Number(place === label));
}

/** All values, gradients, and the weights after the update. */
function compute() {
  const { operations, target, lr, isWrongOrder } = state;
  const values = forward(operations, standardised(state.bytes, data.standardisation));
  const after = copyOf(operations);
  const early = (operation, gradient) => descend(operation, gradient, lr);
  const { gradients, weights } = isWrongOrder
    ? backward(after, values, target, early)
    : backward(operations, values, target);
  if (!isWrongOrder)
    after.forEach((one, place) => weights[place] && early(one, weights[place]));
  const output = forward(after, values[0]).at(-1);
  Object.assign(state, {
    values,
    gradients,
    weights,
    after,
    error: errorOf(values.at(-1), target),
    errorAfter: errorOf(output, target),
  });
}

/** The terms of an element; in the wrong order, gradients went through new weights. */
function termsAt(wanted) {
  const isLate = state.isWrongOrder && wanted.part === "gradient";
  return termsOf(isLate ? { ...state, operations: state.after } : state, wanted);
}

/** All numbers of the thing that an element is part of. */
function numbersOf({ part, place }) {
  if (part === "value") return state.values[place];
  if (part === "gradient") return state.gradients[place];
  if (part === "w" || part === "b") return state.operations[place][part];
  return state.weights[place][part.slice(1)];
}
