// The network of the slides, over typed arrays: forward, backward, gradient descent.
//
// An operation is { kind, input, output, w, b, ... }: its name in tinygraph, the shapes
// of one example before and after it, its weights and biases.  A network is a list of
// operations; the result of a forward pass is the list of all values, the image first.
// Sums are in double precision and rounded to float32 once, so that they equal
// tinygraph's.  This file knows nothing of the page.

const sizeOf = (shape) => shape.reduce((product, side) => product * side, 1);

// --- convolution -------------------------------------------------------------------

/** Call `visit` for each number of each filter that is not removed, with the offsets of
    the rows of the map and of the channel under it. */
function slide({ wShape: [filters, channels, rows, columns], removed }, visit) {
  for (let f = 0, place = 0; f < filters; f += 1) {
    if (removed.has(f)) place += channels * rows * columns;
    else
      for (let c = 0; c < channels; c += 1)
        for (let p = 0; p < rows; p += 1)
          for (let q = 0; q < columns; q += 1, place += 1) visit(place, f, c, p, q);
  }
}

const conv2d = {
  /** y = w ⋆ x + b. A filter that is removed makes a map of zeros. */
  forward(operation, x) {
    const {
      w,
      b,
      input: [, height, width],
      output: [filters, rows, columns],
    } = operation;
    const y = new Float64Array(filters * rows * columns);
    for (let f = 0; f < filters; f += 1)
      if (!operation.removed.has(f))
        y.fill(b[f], f * rows * columns, (f + 1) * rows * columns);
    slide(operation, (place, f, c, p, q) => {
      const weight = w[place];
      for (let i = 0; i < rows; i += 1) {
        const to = (f * rows + i) * columns;
        const from = (c * height + i + p) * width + q;
        for (let j = 0; j < columns; j += 1) y[to + j] += weight * x[from + j];
      }
    });
    return new Float32Array(y);
  },

  /** The gradient of x: each pixel of a map gives its share to all pixels it was made of. */
  x(operation, x, y, gradient) {
    const {
      w,
      input: [, height, width],
      output: [, rows, columns],
    } = operation;
    const result = new Float64Array(x.length);
    slide(operation, (place, f, c, p, q) => {
      const weight = w[place];
      for (let i = 0; i < rows; i += 1) {
        const from = (f * rows + i) * columns;
        const to = (c * height + i + p) * width + q;
        for (let j = 0; j < columns; j += 1) result[to + j] += weight * gradient[from + j];
      }
    });
    return new Float32Array(result);
  },

  /** The gradient of w: a sum over all places at which the weight was used. */
  w(operation, x, y, gradient) {
    const {
      input: [, height, width],
      output: [, rows, columns],
    } = operation;
    const result = new Float32Array(operation.w.length);
    slide(operation, (place, f, c, p, q) => {
      let sum = 0;
      for (let i = 0; i < rows; i += 1) {
        const at = (f * rows + i) * columns;
        const under = (c * height + i + p) * width + q;
        for (let j = 0; j < columns; j += 1) sum += gradient[at + j] * x[under + j];
      }
      result[place] = sum;
    });
    return result;
  },

  /** The gradient of b: the sum over the map. */
  b({ output: [filters, rows, columns], removed }, x, y, gradient) {
    return Float32Array.from({ length: filters }, (_, f) => {
      const map = gradient.subarray(f * rows * columns, (f + 1) * rows * columns);
      return removed.has(f) ? 0 : map.reduce((sum, one) => sum + one, 0);
    });
  },
};

// --- fully connected layers -----------------------------------------------------------

const linear = {
  /** y = w x + b. */
  forward({ w, b }, x) {
    return Float32Array.from(b, (bias, o) => {
      let sum = bias;
      for (let i = 0, at = o * x.length; i < x.length; i += 1) sum += w[at + i] * x[i];
      return sum;
    });
  },

  /** The gradient of x: what each unit gives back, by the weight that it used. */
  x({ w }, x, y, gradient) {
    const result = new Float64Array(x.length);
    gradient.forEach((one, o) => {
      for (let i = 0, at = o * x.length; i < x.length; i += 1) result[i] += w[at + i] * one;
    });
    return new Float32Array(result);
  },

  /** The gradient of w: a single product for each weight. */
  w({ w }, x, y, gradient) {
    return w.map(
      (_, place) => gradient[Math.floor(place / x.length)] * x[place % x.length],
    );
  },

  /** The gradient of b. */
  b: (operation, x, y, gradient) => gradient.slice(),
};

// --- activation functions: each has a slope at every element ----------------------------

const SLOPES = {
  relu: (x) => (x > 0 ? 1 : 0),
  sigmoid: (x, y) => y * (1 - y),
  tanh: (x, y) => 1 - y * y,
};

const elementwise = (kind, apply) => ({
  forward: (operation, x) => x.map(apply),
  x: (operation, x, y, gradient) =>
    gradient.map((one, place) => one * SLOPES[kind](x[place], y[place])),
});

const relu = elementwise("relu", (x) => (x > 0 ? x : 0));
const sigmoid = elementwise("sigmoid", (x) => 1 / (1 + Math.exp(-x)));
const tanh = elementwise("tanh", Math.tanh);

// --- pooling --------------------------------------------------------------------------

/** The places in x of the window that makes element `place` of y, row by row. */
function windowOf({ kernel, input: [, height, width], output: [, rows, columns] }, place) {
  const column = place % columns;
  const row = Math.floor(place / columns) % rows;
  const map = Math.floor(place / (rows * columns));
  const start = (map * height + row * kernel) * width + column * kernel;
  return Array.from(
    { length: kernel * kernel },
    (_, n) => start + Math.floor(n / kernel) * width + (n % kernel),
  );
}

/** The place in x of the largest element of a window; the first of equals. */
function winnerOf(operation, x, place) {
  return windowOf(operation, place).reduce((best, one) => (x[one] > x[best] ? one : best));
}

const max_pool2d = {
  /** The largest element of each window. */
  forward(operation, x) {
    const y = new Float32Array(sizeOf(operation.output));
    return y.map((_, place) => x[winnerOf(operation, x, place)]);
  },

  /** The whole gradient of a window goes to its winner. */
  x(operation, x, y, gradient) {
    const result = new Float32Array(x.length);
    gradient.forEach((one, place) => (result[winnerOf(operation, x, place)] += one));
    return result;
  },
};

const avg_pool2d = {
  /** The mean of each window. */
  forward(operation, x) {
    const y = new Float32Array(sizeOf(operation.output));
    const sum = (places) => places.reduce((so_far, place) => so_far + x[place], 0);
    return y.map((_, place) => sum(windowOf(operation, place)) / operation.kernel ** 2);
  },

  /** Equal shares to all elements of a window. */
  x(operation, x, y, gradient) {
    const result = new Float32Array(x.length);
    gradient.forEach((one, place) => {
      for (const at of windowOf(operation, place))
        result[at] += one / operation.kernel ** 2;
    });
    return result;
  },
};

// --- softmax, and the error -------------------------------------------------------------

const softmax = {
  /** yᵢ = e^xᵢ / Σ e^xⱼ. */
  forward(operation, x) {
    const largest = x.reduce((most, one) => Math.max(most, one), -Infinity);
    const powers = Float64Array.from(x, (one) => Math.exp(one - largest));
    const sum = powers.reduce((so_far, one) => so_far + one, 0);
    return Float32Array.from(powers, (one) => one / sum);
  },

  /** The gradient of x: y (ȳ − Σ ȳ y). */
  x(operation, x, y, gradient) {
    const mean = y.reduce((sum, one, place) => sum + one * gradient[place], 0);
    return y.map((one, place) => one * (gradient[place] - mean));
  },
};

/** E = Σ ½ (t − o)², the slides' error. */
const errorOf = (output, target) =>
  output.reduce((sum, one, place) => sum + 0.5 * (target[place] - one) ** 2, 0);

/** The gradient of E with respect to the output: o − t. */
const errorGradient = (output, target) => output.map((one, place) => one - target[place]);

// --- the network ------------------------------------------------------------------------

const reshape = {
  forward: (operation, x) => x,
  x: (operation, x, y, gradient) => gradient,
};

const KINDS = {
  conv2d,
  linear,
  relu,
  sigmoid,
  tanh,
  max_pool2d,
  avg_pool2d,
  softmax,
  reshape,
};

/** All values of a forward pass: the image, and the result of each operation. */
function forward(operations, image) {
  const values = [image];
  for (const operation of operations)
    values.push(KINDS[operation.kind].forward(operation, values.at(-1)));
  return values;
}

/** All gradients: of the values, in their order, and of the weights of each operation.

    `beforePassingOn` is called with each operation that has weights and their gradients,
    before the gradient goes on to its input. */
function backward(operations, values, target, beforePassingOn = () => {}) {
  const gradients = [errorGradient(values.at(-1), target)];
  const weights = [];
  for (let place = operations.length - 1; place >= 0; place -= 1) {
    const operation = operations[place];
    const vjps = KINDS[operation.kind];
    const seen = [operation, values[place], values[place + 1], gradients[0]];
    weights[place] = vjps.w ? { w: vjps.w(...seen), b: vjps.b(...seen) } : null;
    if (vjps.w) beforePassingOn(operation, weights[place]);
    gradients.unshift(vjps.x(...seen));
  }
  return { gradients, weights };
}

/** w ← w − η ∂E/∂w, for the weights and biases of one operation. */
function descend(operation, gradient, lr) {
  for (const name of ["w", "b"])
    operation[name] = operation[name].map((one, place) => one - lr * gradient[name][place]);
}

/** One step of gradient descent for one image; the error before it.

    In the wrong order, a layer changes its weights before it has passed the gradient on. */
function train(operations, image, target, lr, isWrongOrder = false) {
  const values = forward(operations, image);
  const early = (operation, gradient) => descend(operation, gradient, lr);
  const { weights } = backward(
    operations,
    values,
    target,
    isWrongOrder ? early : undefined,
  );
  if (!isWrongOrder)
    operations.forEach((operation, place) => {
      if (weights[place]) descend(operation, weights[place], lr);
    });
  return errorOf(values.at(-1), target);
}

// --- beginnings -------------------------------------------------------------------------

/** Random numbers from 0 to 1 that depend on a seed alone (mulberry32). */
function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Step 1 of the slides: random weights as in nets, and biases of 0.

    The deviation is √(2 / inputs), and for the last layer √(2 / (inputs + outputs)). */
function initialise(operations, seed) {
  const random = chance(seed);
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const layers = operations.filter(({ w }) => w);
  for (const operation of layers) {
    const inputs = operation.w.length / operation.b.length;
    const outputs = operation === layers.at(-1) ? operation.b.length : 0;
    const deviation = Math.sqrt(2 / (inputs + outputs));
    operation.w = operation.w.map(() => deviation * normal());
    operation.b = operation.b.map(() => 0);
  }
}

/** A picture (C, H, W) of bytes as the network takes it: (x − mean) / deviation. */
function standardised(bytes, { mean, deviation }) {
  const [middle, wide] = [Float32Array.from(mean), Float32Array.from(deviation)];
  const size = bytes.length / mean.length;
  return Float32Array.from(bytes, (level, place) => {
    const channel = Math.floor(place / size);
    return Math.fround(level - middle[channel]) / wide[channel];
  });
}

// --- what Python has packed ---------------------------------------------------------------

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const floatsOf = (text) => new Float32Array(bytesOf(text).buffer);

/** The operations of the page's data, with their weights as numbers. */
const operationsOf = ({ operations }) =>
  operations.map((operation) => ({
    ...operation,
    removed: new Set(),
    ...(operation.w && { w: floatsOf(operation.w), b: floatsOf(operation.b) }),
  }));
