// Numbers as pictures: values in grey, gradients in vermillion and blue, vectors as bars.
//
// A view is one canvas with the elements of one thing, say all maps of a layer.  Its
// tiles say where they are: a tile has its elements from `start` on, in rows and
// columns of `wide` by `high` pixels; with `block`, a pixel stands for that many
// columns and shows the largest of them.

const packedColour = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
const asText = (colour) =>
  `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;
const mixed = (from, to, share) =>
  from.map((one, channel) => one + (to[channel] - one) * share);

let tables = null;

/** The page's colours in tables, until the theme changes: greys, gradients by 255ths. */
function palette() {
  return (tables ??= paletteOf());
}

function paletteOf() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) =>
    style
      .getPropertyValue(name)
      .match(/[\d.]+/g)
      .slice(0, 3)
      .map(Number);
  const [zero, plus, minus] = ["--zero", "--plus", "--minus"].map(read);
  // Small gradients are made visible.
  const signed = (n) => mixed(zero, n < 0 ? minus : plus, (Math.abs(n) / 255) ** 0.7);
  return {
    greys: Uint32Array.from({ length: 256 }, (_, n) => packedColour([n, n, n])),
    signed: Uint32Array.from({ length: 511 }, (_, n) => packedColour(signed(n - 255))),
    bar: packedColour(read("--bar")),
    none: packedColour(read("--none")),
  };
}

/** A function from a gradient to its colour. */
const signedColours =
  ({ signed, none }, scale) =>
  (value) =>
    Number.isFinite(value) ? signed[255 + Math.round((255 * value) / (scale || 1))] : none;

/** A function from a value to its grey, between the darkest and the brightest. */
const greyColours =
  ({ greys, none }, [low, high]) =>
  (value) =>
    Number.isFinite(value)
      ? greys[Math.round((255 * (value - low)) / (high - low || 1))]
      : none;

/** The smallest and the largest finite number, and 0 at least. */
function extentOf(numbers) {
  let [low, high] = [0, 0];
  for (const one of numbers)
    if (Number.isFinite(one)) {
      if (one < low) low = one;
      if (one > high) high = one;
    }
  return [low, high];
}

/** A function from a number of a view to its colour: greys of weights have 0 in the middle. */
function coloursOf(view, numbers, isGradient, colours) {
  const [low, high] = extentOf(numbers);
  const most = Math.max(-low, high);
  if (isGradient) return signedColours(colours, most);
  if (view.isBars) return () => colours.bar;
  return greyColours(colours, view.isWeight ? [-most, most] : [low, high]);
}

/** The place of the element that pixel (row, column) of a tile shows. */
function shownAt({ start, columns, block = 1 }, row, column, numbers) {
  let best = start + row * columns + column * block;
  const end = start + row * columns + Math.min((column + 1) * block, columns);
  for (let at = best + 1; at < end; at += 1)
    if (Math.abs(numbers[at]) > Math.abs(numbers[best])) best = at;
  return best;
}

const acrossOf = ({ columns, block = 1 }) => Math.ceil(columns / block);

/** Paint each pixel of all tiles with a colour. */
function paintTiles(view, numbers, colourOf) {
  const image = new ImageData(view.width, view.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (const tile of view.tiles)
    for (let row = 0; row < tile.rows; row += 1)
      for (let column = 0; column < acrossOf(tile); column += 1) {
        const colour = colourOf(shownAt(tile, row, column, numbers));
        fillBox(pixels, view.width, tile, row, column, colour);
      }
  view.canvas.getContext("2d").putImageData(image, 0, 0);
}

function fillBox(pixels, width, { x, y, wide, high }, row, column, colour) {
  for (let down = 0; down < high; down += 1) {
    const from = (y + row * high + down) * width + x + column * wide;
    pixels.fill(colour, from, from + wide);
  }
}

/** Paint each element as a bar from 0 to the right, or to the left if it is negative. */
function paintBars(view, numbers, colourOf) {
  const context = view.canvas.getContext("2d");
  context.clearRect(0, 0, view.width, view.height);
  const [low, high] = extentOf(numbers);
  const unit = (view.width - 1) / (high - low || 1);
  for (const { start, y, high: tall } of view.tiles) {
    const length = Number.isFinite(numbers[start]) ? numbers[start] * unit : view.width;
    context.fillStyle = asText(colourOf(start));
    context.fillRect(-low * unit, y, length || 0.5, Math.max(1, tall - (tall > 2 ? 1 : 0)));
  }
}

/** The image itself, in its colours. */
function paintImage(view, bytes) {
  const size = bytes.length / 3;
  paintTiles(view, bytes, (at) =>
    packedColour([bytes[at], bytes[size + at], bytes[2 * size + at]]),
  );
}

/** Paint a view, unless it shows the same already: values, gradients, or nothing yet. */
function paint(view, numbers, isGradient, colours) {
  const wanted = [numbers, isGradient, colours];
  if (view.painted?.every((one, place) => one === wanted[place])) return;
  view.painted = wanted;
  const shows = numbers === null ? "nothing" : isGradient ? "gradient" : "value";
  set(view.element, { "data-shows": shows });
  if (numbers === null) {
    view.canvas.getContext("2d").clearRect(0, 0, view.width, view.height);
    return;
  }
  const colour = coloursOf(view, numbers, isGradient, colours);
  (view.isBars ? paintBars : paintTiles)(view, numbers, (at) => colour(numbers[at]));
}

// --- tiles --------------------------------------------------------------------------------

/** Tiles below each other, or some beside each other in each row. */
function tilesOf({
  count,
  across = 1,
  rows,
  columns,
  wide,
  high,
  pitch,
  gap = 2,
  block = 1,
}) {
  const step = Math.ceil(columns / block) * wide + gap;
  return Array.from({ length: count }, (_, n) => ({
    x: (n % across) * step,
    y: Math.floor(n / across) * pitch,
    start: n * rows * columns,
    rows,
    columns,
    wide,
    high,
    block,
  }));
}

/** The tile and the place of an element in it, in pixels of the view. */
function boxOf(view, index) {
  const tile =
    view.tiles.find(
      ({ start, rows, columns }) => index >= start && index < start + rows * columns,
    ) ?? view.tiles[0];
  const [row, column] = [
    Math.floor((index - tile.start) / tile.columns),
    (index - tile.start) % tile.columns,
  ];
  const [wide, high] = view.isBars ? [view.width, tile.high] : [tile.wide, tile.high];
  const x = tile.x + Math.floor(column / tile.block) * wide;
  return { tile, x, y: tile.y + row * high, wide, high };
}

/** The element at a point of a view; null between the tiles. */
function elementAt(view, x, y, numbers) {
  for (const tile of view.tiles) {
    const row = Math.floor((y - tile.y) / tile.high);
    const column = view.isBars ? 0 : Math.floor((x - tile.x) / tile.wide);
    if (row >= 0 && row < tile.rows && column >= 0 && column < acrossOf(tile))
      return shownAt(tile, row, column, numbers);
  }
  return null;
}
