// How a page shows arrays: the numbers of short ones, a heat map of others.

/** A positive number in some format, with ties rounded to even as in Python. */
function nearest(value, format) {
  const [up, down] = [format(value), format(value * (1 - Number.EPSILON))];
  const isTie = up !== down && Number(up) + Number(down) === 2 * value;
  return isTie && /[02468](e|$)/.test(down) ? down : up;
}

/** A positive number in scientific notation, with two digits in the exponent. */
function power(value) {
  return nearest(value, (x) => x.toExponential(1)).replace(/(?<=e[+-])(?=\d$)/, "0");
}

/** A number as in the boxes: see `number` in drawing/box.py. */
function number(value, dtype = "float") {
  if (typeof value !== "number" || !dtype.startsWith("float")) return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  const isPlain = size >= 0.01 && size < 1000;
  const text = isPlain ? nearest(size, (x) => x.toFixed(3)) : power(size);
  return (value < 0 ? "-" : "+") + text;
}

const figure = (value, text = number(value)) => make("span", { "data-value": value }, text);

function view(tensor, isBrief = false) {
  if (tensor.numbers) return cells(tensor);
  const pictures = tensor.zeros === 1 ? [] : [picture(tensor)];
  return make("div", { class: "large" }, statistics(tensor, isBrief), ...pictures);
}

/** The numbers of a short array, tinted by sign and size; a matrix keeps its rows. */
function cells({ numbers, shape, dtype }) {
  if (!numbers.length) return make("p", { class: "quiet" }, "no elements");
  const sizes = numbers.map((value) => Math.abs(Number(value)));
  const largest = Math.max(...sizes.filter(Number.isFinite), 0) || 1;
  const made = numbers.map((value, place) => {
    const isFinite = Number.isFinite(sizes[place]);
    const cell = figure(value, number(value, dtype));
    cell.className = isFinite ? (value < 0 ? "minus" : "plus") : "none";
    if (isFinite) cell.style.setProperty("--share", `${(50 * sizes[place]) / largest}%`);
    return cell;
  });
  const columns = shape.length > 1 ? shape.at(-1) : "auto-fill";
  return make("div", { class: "cells", style: `--columns: ${columns}` }, ...made);
}

function statistics({ min, max, mean, norm, zeros, nan, inf }, isBrief) {
  const rows = [];
  if (min !== undefined) {
    rows.push(["norm", figure(norm, norm && power(norm))]);
    rows.push(["range", make("span", {}, figure(min), " … ", figure(max))]);
    if (!isBrief) rows.push(["mean", figure(mean)]);
  }
  if (!isBrief) rows.push(["zeros", `${Math.round(100 * zeros)} %`]);
  if (nan) rows.push(["NaN", nan]);
  if (inf) rows.push(["infinite", inf]);
  const made = rows.map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value)),
  );
  return make("dl", {}, ...made);
}

/** The bytes of a picture, which are unpacked only once. */
function unpacked(packed) {
  packed.bytes ??= (async () => {
    const bytes = Uint8Array.from(atob(packed.z), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  })();
  return packed.bytes;
}

/** A function from places to the colours of a heat map, with grey gaps between tiles. */
function heat({ w, tile: [rows, columns], tiles }, bytes) {
  const style = getComputedStyle(document.documentElement);
  const [zero, plus, minus, none] = ["--zero", "--plus", "--minus", "--none"].map((name) =>
    style.getPropertyValue(name).match(/\d+/g).map(Number),
  );
  const across = (w + 1) / (columns + 1);
  return (place) => {
    const [x, y] = [place % w, Math.floor(place / w)];
    const tile = Math.floor(y / (rows + 1)) * across + Math.floor(x / (columns + 1));
    const isGap = y % (rows + 1) === rows || x % (columns + 1) === columns;
    if (tile >= tiles) return [0, 0, 0, 0];
    if (isGap) return [128, 128, 128, 72];
    if (bytes[place] === 0) return [...none, 255];
    const full = bytes[place] > 128 ? plus : minus;
    const share = (Math.abs(bytes[place] - 128) / 127) ** 0.7; // makes small ones visible
    return [...zero.map((from, channel) => from + (full[channel] - from) * share), 255];
  };
}

function picture({ picture: packed, shape, min = 0, max = 0 }) {
  const { w, h, block, tiles, of } = packed;
  const isImage = packed.kind === "image";
  const scale = Math.max(1, Math.floor(Math.min(12, 320 / w, 200 / h)));
  const canvas = make("canvas", { width: w, height: h, style: `width: ${w * scale}px` });
  unpacked(packed).then((bytes) => {
    const colour = isImage
      ? (place) => [...bytes.subarray(3 * place, 3 * place + 3), 255]
      : heat(packed, bytes);
    const image = new ImageData(w, h);
    for (let place = 0; place < w * h; place += 1) image.data.set(colour(place), 4 * place);
    canvas.getContext("2d").putImageData(image, 0, 0);
    set(canvas, { "aria-busy": null });
  });
  const about = isImage
    ? [block > 1 && `1 of ${block}×${block} pixels`, shape[0] > 1 && `1 of ${shape[0]} images`]
    : [
        block > 1 && `each pixel is the largest of ${block}×${block}`,
        of > 1 && (tiles < of ? `${tiles} of ${of} tiles` : `${of} tiles`),
      ];
  const words = about.filter(Boolean).join(", ");
  const label = `${isImage ? "image" : "heat map"} ${words}`;
  set(canvas, { role: "img", "aria-busy": true, "aria-label": label });
  const largest = Math.max(-min, max);
  const caption = make("figcaption", {}, make("span", {}, words));
  if (!isImage && largest > 0)
    caption.prepend(make("span", { class: "bar" }, number(-largest), make("i"), number(largest)));
  return make("figure", {}, canvas, caption);
}
