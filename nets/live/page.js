"use strict";
// Asks for news of the run, draws them, and asks again until the run has ended.

const PAUSE = 300;  // milliseconds between two drawings at least
const BOX = { left: 44, right: 470, top: 10, bottom: 210 };
const find = (id) => document.getElementById(id);

function shape(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// Round numbers on an axis from 0 to at least `most`.
function steps(most) {
  const rough = most / 4, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, n) => n * step);
}

function draw(id, epochs, lines, most) {
  const marks = steps(most > 0 ? most : 1), top = marks[marks.length - 1];
  const x = (epoch) => BOX.left + (BOX.right - BOX.left) * epoch / epochs;
  const y = (value) => BOX.bottom - (BOX.bottom - BOX.top) * Math.min(value, top) / top;
  const shapes = marks.flatMap((mark) => [
    shape("line", { class: "grid", x1: BOX.left, x2: BOX.right, y1: y(mark), y2: y(mark) }),
    shape("text", { x: BOX.left - 6, y: y(mark) + 4, "text-anchor": "end" }, +mark.toPrecision(3)),
  ]);
  const every = Math.ceil(epochs / 10);
  for (let epoch = 0; epoch <= epochs; epoch += every) {
    shapes.push(shape("text", { x: x(epoch), y: BOX.bottom + 18, "text-anchor": "middle" }, epoch));
  }
  for (const [kind, points, dots] of lines) {
    const places = points.map(([epoch, value]) => `${x(epoch)},${y(value)}`).join(" ");
    shapes.push(shape("polyline", { class: kind, points: places }));
    if (dots) {
      for (const [epoch, value] of points) {
        shapes.push(shape("circle", { class: kind, cx: x(epoch), cy: y(value), r: 3 }));
      }
    }
  }
  find(id).replaceChildren(...shapes);
}

// Points (epochs so far, value): the end of each epoch, and the batches of this one.
function lines(state, quantity, place, scale, perEpoch) {
  const ended = (kind) => state.history.map(
    (record) => [record.epoch, scale * record[`${kind}_${quantity}`]]);
  const begun = state.history.length;
  const batches = state.batches.map((batch) => [
    begun + batch[0] / perEpoch, scale * batch[place]]);
  return [["train", ended("train"), true], ["train", batches], ["test", ended("test"), true]];
}

function drawFilters(id, filters) {
  const [height, width] = filters.size;
  const bytes = Uint8ClampedArray.from(atob(filters.pixels), (c) => c.charCodeAt(0));
  const each = height * width * 4;
  find(id).replaceChildren(...Array.from({ length: filters.count }, (_, number) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const part = bytes.slice(number * each, (number + 1) * each);
    canvas.getContext("2d").putImageData(new ImageData(part, width, height), 0, 0);
    return canvas;
  }));
}

function hits(state, share) {
  return state.hits ? `, accuracy ${(100 * share).toFixed(1)} %` : "";
}

function sentence(state) {
  const last = state.history[state.history.length - 1];
  const said = [];
  if (state.finished) said.push("The training has ended.");
  else said.push(`Epoch ${Math.min(state.history.length + 1, state.epochs)} of ${state.epochs}.`);
  const batch = state.batches[state.batches.length - 1];
  if (!state.finished && batch) said.push(`Loss ${batch[1].toFixed(4)}${hits(state, batch[2])}.`);
  if (last) said.push(`Test after epoch ${last.epoch}: loss ${last.test_loss.toFixed(4)}${hits(state, last.test_accuracy)}.`);
  return said.join(" ");
}

function show(state) {
  const perEpoch = state.batches_per_epoch;
  const loss = lines(state, "loss", 1, 1, perEpoch);
  const accuracy = lines(state, "accuracy", 2, 100, perEpoch);
  const most = loss.flatMap((line) => line[1]).reduce((top, point) => Math.max(top, point[1]), 0);
  draw("loss", state.epochs, loss, most);
  draw("accuracy", state.epochs, accuracy, 100);
  find("hits").hidden = !state.hits;
  find("network").textContent = state.network;
  find("status").textContent = sentence(state);
  const last = state.batches[state.batches.length - 1];
  find("progress").value = (state.history.length + (last ? last[0] / perEpoch : 0)) / state.epochs;
  const [before, now] = [state.filters[0], state.filters[state.filters.length - 1]];
  find("filters").hidden = !before;
  if (before) {
    drawFilters("before", before);
    drawFilters("now", now);
  }
}

async function follow() {
  let seen = 0;
  for (;;) {
    try {
      const answer = await fetch(`state?seen=${seen}`);
      if (!answer.ok) throw new Error(answer.statusText);
      const state = await answer.json();
      if (state.version > seen || seen === 0) show(state);
      seen = state.version;
      if (state.finished) return;
    } catch {
      find("status").textContent += " The training does not answer any more.";
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

follow();
