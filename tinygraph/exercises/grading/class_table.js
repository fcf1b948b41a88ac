// Buttons in the head of the table sort its lines; without this script it is as it was.
const table = document.querySelector("table"), lines = table.tBodies[0];
const heads = [...table.tHead.rows[0].cells];
const value = (line, column) => Number(line.cells[column].dataset.value);

function sort(column) {
  const falls = heads[column].getAttribute("aria-sort") === "ascending";
  const sign = falls ? -1 : 1;
  for (const head of heads) head.removeAttribute("aria-sort");
  heads[column].setAttribute("aria-sort", falls ? "descending" : "ascending");
  const order = (a, b) =>
    sign * (value(a, column) - value(b, column)) || value(a, 0) - value(b, 0);
  lines.append(...[...lines.rows].sort(order));
}

heads.forEach((head, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-label", `${table.dataset.sort} ${head.textContent}`);
  button.addEventListener("click", () => sort(column));
  head.append(button);
});
heads[0].setAttribute("aria-sort", "ascending");
