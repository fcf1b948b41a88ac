// For some elements of everything: how far the sum of their terms is from them.

({ data, image, isRemoved }) => {
  const operations = operationsOf(data);
  if (isRemoved) operations.find(({ kind }) => kind === "conv2d")?.removed.add(1);
  const target = Float32Array.from(data.classes, (_, place) => Number(place === 2));
  const values = forward(
    operations,
    standardised(Uint8Array.from(image), data.standardisation),
  );
  const state = { operations, values, ...backward(operations, values, target) };
  const random = chance(3);
  const some = (array) =>
    Array.from({ length: 40 }, () => Math.floor(random() * array.length));
  const checked = [];
  const check = (part, place, array) => {
    const scale = array.reduce((most, one) => Math.max(most, Math.abs(one)), 1e-12);
    for (const index of some(array)) {
      const terms = termsOf(state, element(part, place, index));
      const sum = terms.reduce((so_far, term) => so_far + term.product, 0);
      const found = terms.every(
        (term) => !term.by || Number.isFinite(numberAt(state, term.by)),
      );
      const error = Math.abs(sum - array[index]) / scale;
      checked.push({ part, place, index, error, count: terms.length, found });
    }
  };
  values.forEach((array, place) => {
    const kind = operations[place - 1]?.kind;
    if (["conv2d", "linear", "max_pool2d", "avg_pool2d", "reshape"].includes(kind))
      check("value", place, array);
    if (place < operations.length) check("gradient", place, state.gradients[place]);
  });
  state.weights.forEach((weights, place) => {
    if (weights) for (const name of ["w", "b"]) check("∂" + name, place, weights[name]);
  });
  return checked;
};
