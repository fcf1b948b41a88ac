// Where a number comes from: the products whose sum is one element of anything.
//
// An element is { part, place, index }.  The parts "value" and "gradient" are of value
// number `place`, the image being 0; "w", "b" and their gradients "∂w", "∂b" belong to
// operation number `place`.  A term is { factors, product, from, by }: `from` is the
// element that it came from, `by` the weight that it was multiplied by, if any.

const element = (part, place, index) => ({ part, place, index });

/** The number that an element is. */
function numberAt({ operations, values, gradients, weights }, { part, place, index }) {
  if (part === "value") return values[place][index];
  if (part === "gradient") return gradients[place][index];
  if (part === "w" || part === "b") return operations[place][part][index];
  return weights[place][part.slice(1)][index];
}

/** One term: the product of the elements `from` and `by`. */
function product(state, from, by) {
  const factors = [numberAt(state, by), numberAt(state, from)];
  return { factors, product: factors[0] * factors[1], from, by };
}

/** One term: an arriving gradient times a derivative. */
function pulled(state, from, derivative) {
  const factors = [derivative, numberAt(state, from)];
  return { factors, product: factors[0] * factors[1], from, by: null };
}

/** The map, row and column of an element of a value of shape (maps, rows, columns). */
function placeIn([, rows, columns], index) {
  const map = Math.floor(index / (rows * columns));
  return [map, Math.floor(index / columns) % rows, index % columns];
}

/** All indices of a filter: its channels, rows and columns, with the place in w. */
function positions({ wShape: [, channels, rows, columns] }, f) {
  return Array.from({ length: channels * rows * columns }, (_, n) => ({
    at: f * channels * rows * columns + n,
    c: Math.floor(n / (rows * columns)),
    p: Math.floor(n / columns) % rows,
    q: n % columns,
  }));
}

// --- what made a value ------------------------------------------------------------------

const MAKERS = {
  conv2d(state, operation, place, index) {
    const [f, i, j] = placeIn(operation.output, index);
    if (operation.removed.has(f)) return [];
    const [, height, width] = operation.input;
    const terms = positions(operation, f).map(({ at, c, p, q }) => {
      const from = element("value", place - 1, (c * height + i + p) * width + j + q);
      return product(state, from, element("w", place - 1, at));
    });
    return [...terms, bias(state, place - 1, f)];
  },

  linear(state, operation, place, index) {
    const [inputs] = operation.input;
    const terms = Array.from({ length: inputs }, (_, i) =>
      product(
        state,
        element("value", place - 1, i),
        element("w", place - 1, index * inputs + i),
      ),
    );
    return [...terms, bias(state, place - 1, index)];
  },

  max_pool2d: (state, operation, place, index) => {
    const winner = winnerOf(operation, state.values[place - 1], index);
    return windowOf(operation, index).map((at) =>
      chosen(state, place, at, Number(at === winner)),
    );
  },

  avg_pool2d: (state, operation, place, index) =>
    windowOf(operation, index).map((at) =>
      chosen(state, place, at, 1 / operation.kernel ** 2),
    ),

  softmax: (state, operation, place) =>
    Array.from(state.values[place - 1], (_, at) => chosen(state, place, at, 1)),
};

const bias = (state, place, index) => {
  const by = element("b", place, index);
  return { factors: [numberAt(state, by)], product: numberAt(state, by), from: null, by };
};

const chosen = (state, place, at, share) =>
  pulled(state, element("value", place - 1, at), share);

/** The terms of a value; the image has none. */
function makersOf(state, { place, index }) {
  if (place === 0) return [];
  const operation = state.operations[place - 1];
  const make = MAKERS[operation.kind];
  return make ? make(state, operation, place, index) : [chosen(state, place, index, 1)];
}

// --- what made a gradient: through the operation that uses the value ------------------------

const USERS = {
  conv2d(state, operation, place, index) {
    const [channel, row, column] = placeIn(operation.input, index);
    const [filters, rows, columns] = operation.output;
    const terms = [];
    for (let f = 0; f < filters; f += 1)
      for (const { at, c, p, q } of operation.removed.has(f)
        ? []
        : positions(operation, f)) {
        const [i, j] = [row - p, column - q];
        if (c !== channel || i < 0 || j < 0 || i >= rows || j >= columns) continue;
        const from = element("gradient", place + 1, (f * rows + i) * columns + j);
        terms.push(product(state, from, element("w", place, at)));
      }
    return terms;
  },

  linear(state, { input: [inputs], output: [outputs] }, place, index) {
    return Array.from({ length: outputs }, (_, o) =>
      product(
        state,
        element("gradient", place + 1, o),
        element("w", place, o * inputs + index),
      ),
    );
  },

  max_pool2d(state, operation, place, index) {
    const at = windowWith(operation, index);
    if (at === null) return [];
    const won = winnerOf(operation, state.values[place], at) === index;
    return [pulled(state, element("gradient", place + 1, at), Number(won))];
  },

  avg_pool2d(state, operation, place, index) {
    const at = windowWith(operation, index);
    const share = 1 / operation.kernel ** 2;
    return at === null ? [] : [pulled(state, element("gradient", place + 1, at), share)];
  },

  softmax(state, operation, place, index) {
    const y = state.values[place + 1];
    return Array.from(y, (other, o) =>
      pulled(
        state,
        element("gradient", place + 1, o),
        y[index] * (Number(o === index) - other),
      ),
    );
  },

  reshape: (state, operation, place, index) => [
    pulled(state, element("gradient", place + 1, index), 1),
  ],
};

/** The place in the result of the window with an element; null at a border without one. */
function windowWith({ kernel, input, output: [, rows, columns] }, index) {
  const [map, row, column] = placeIn(input, index);
  const [i, j] = [Math.floor(row / kernel), Math.floor(column / kernel)];
  return i < rows && j < columns ? (map * rows + i) * columns + j : null;
}

/** The terms of the gradient of a value; the output has the error's, o − t. */
function usersOf(state, { place, index }) {
  if (place === state.operations.length) return [];
  const operation = state.operations[place];
  const use = USERS[operation.kind];
  if (use) return use(state, operation, place, index);
  const slope = SLOPES[operation.kind](
    state.values[place][index],
    state.values[place + 1][index],
  );
  return [pulled(state, element("gradient", place + 1, index), slope)];
}

// --- what made the gradient of a weight ------------------------------------------------------

/** The terms of the gradient of a weight: one for each place at which it was used. */
function usesOf(state, { place, index }) {
  const operation = state.operations[place];
  if (operation.kind === "linear") {
    const [inputs] = operation.input;
    const from = element("gradient", place + 1, Math.floor(index / inputs));
    return [product(state, from, element("value", place, index % inputs))];
  }
  const [, channels, ...sides] = operation.wShape;
  const [c, p, q] = placeIn([channels, ...sides], index % (channels * sides[0] * sides[1]));
  const f = Math.floor(index / (channels * sides[0] * sides[1]));
  const [, height, width] = operation.input;
  const [, rows, columns] = operation.output;
  return operation.removed.has(f)
    ? []
    : Array.from({ length: rows * columns }, (_, n) => {
        const [i, j] = [Math.floor(n / columns), n % columns];
        const from = element("gradient", place + 1, f * rows * columns + n);
        return product(
          state,
          from,
          element("value", place, (c * height + i + p) * width + j + q),
        );
      });
}

/** The terms of the gradient of a bias: all of its map, or its unit. */
function sharesOf(state, { place, index }) {
  const { output, removed = new Set() } = state.operations[place];
  const each = sizeOf(output) / output[0];
  const count = removed.has(index) ? 0 : each;
  return Array.from({ length: count }, (_, n) =>
    pulled(state, element("gradient", place + 1, index * each + n), 1),
  );
}

/** The terms of any element; none for what was given. */
function termsOf(state, wanted) {
  const find = { value: makersOf, gradient: usersOf, "∂w": usesOf, "∂b": sharesOf };
  return find[wanted.part]?.(state, wanted) ?? [];
}

/** The part of the image on which a pixel of a map depends: its receptive field. */
function fieldOf(operations, place, index) {
  const [, row, column] = placeIn(operations[place - 1].output, index);
  let field = { top: row, left: column, bottom: row, right: column };
  for (let at = place - 1; at >= 0; at -= 1) field = before(operations[at], field);
  return field;
}

/** What an operation needs for a part of its result. */
function before({ kind, kernel, wShape }, { top, left, bottom, right }) {
  if (kind === "conv2d")
    return { top, left, bottom: bottom + wShape[2] - 1, right: right + wShape[3] - 1 };
  if (!kernel) return { top, left, bottom, right };
  const [low, high] = [(one) => kernel * one, (one) => kernel * one + kernel - 1];
  return { top: low(top), left: low(left), bottom: high(bottom), right: high(right) };
}
