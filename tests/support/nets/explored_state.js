// All numbers of a state of the network, and its weights after 20 steps.

({ data, state, image }) => {
  const operations = operationsOf(data);
  if (state.edited)
    for (const operation of operations)
      if (operation.w) operation.w = operation.w.map((one, n) => one + 0.05 * Math.sin(n));
  const convolution = operations.find(({ kind }) => kind === "conv2d");
  if (state.without !== null) convolution?.removed.add(state.without);
  if (state.sigmoid)
    for (const operation of operations)
      if (operation.kind === "relu") operation.kind = "sigmoid";
  const target = Float32Array.from(data.classes, (_, place) =>
    Number(place === state.target),
  );
  const x = standardised(Uint8Array.from(image), data.standardisation);
  const values = forward(operations, x);
  const { gradients, weights } = backward(operations, values, target);
  const error = errorOf(values.at(-1), target);
  for (let step = 0; step < 20; step += 1)
    train(operations, x, target, state.lr, state.wrongOrder);
  const letters = (bytes) => Array.from(bytes, (one) => String.fromCharCode(one)).join("");
  const packed = (array) => btoa(letters(new Uint8Array(Float32Array.from(array).buffer)));
  const lists = (arrays) => arrays.map(packed);
  const all = (list) => list.filter((one) => one).flatMap(({ w, b }) => lists([w, b]));
  const trained = all(operations.filter(({ w }) => w));
  return {
    error,
    values: lists(values),
    gradients: lists(gradients),
    weights: all(weights),
    trained,
  };
};
