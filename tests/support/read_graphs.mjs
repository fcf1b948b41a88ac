// What graphology and cytoscape.js read: node read_graphs.mjs MODULES FOLDER COUNT
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [modules, folder, count] = process.argv.slice(2);
const require = createRequire(modules === "" ? import.meta.url : `${modules}/`);
const Graph = require("graphology");
const graphml = require("graphology-graphml");
const cytoscape = require("cytoscape");

const read = [];
for (let place = 0; place < Number(count); place++) {
  const text = (ending) => readFileSync(`${folder}/${place}.${ending}`, "utf8");
  const graph = graphml.parse(Graph, text("graphml"));
  const shown = cytoscape({ headless: true, elements: JSON.parse(text("json")).elements });
  read.push({
    type: graph.type,
    nodes: graph.mapNodes((_, attributes) => attributes),
    edges: graph.mapEdges((key, { position }, from, to) => [+from, +to, key, position]),
    shown: shown.nodes().map((node) => node.data()),
    arrows: shown.edges().map((edge) => [
      +edge.source().id(),
      +edge.target().id(),
      edge.data("key"),
      edge.data("position"),
    ]),
  });
}
console.log(JSON.stringify(read));
