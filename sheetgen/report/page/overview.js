// The table of files: sorted by a click on a heading, filtered by words and by verdict.
function sortBy(heading, column) {
  const table = document.getElementById("table");
  const numbers = heading.dataset.kind === "number";
  const down = heading.getAttribute("aria-sort") === (numbers ? "none" : "ascending")
    || (numbers && heading.getAttribute("aria-sort") === "ascending");
  for (const each of heading.parentNode.children) each.setAttribute("aria-sort", "none");
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  const key = (row) => (numbers ? Number(row.children[column].dataset.value) : row.children[column].textContent);
  const order = numbers ? (a, b) => a - b : new Intl.Collator("en", { numeric: true }).compare;
  const rows = [...table.tBodies[0].rows].map((row) => [key(row), row]);
  rows.sort((one, other) => (down ? -1 : 1) * order(one[0], other[0]));
  table.tBodies[0].append(...rows.map(([, row]) => row));
}

function filterRows() {
  const words = document.getElementById("find").value.toLocaleLowerCase().trim();
  const verdict = document.getElementById("verdict").value;
  const rows = document.getElementById("table").tBodies[0].rows;
  let shown = 0;
  for (const row of rows) {
    const fits = (!verdict || row.classList.contains(verdict)) && row.textContent.toLocaleLowerCase().includes(words);
    row.hidden = !fits;
    shown += fits;
  }
  document.getElementById("shown").textContent = `${shown.toLocaleString("en")} of ${counted(rows.length, "file")}`;
}

function startOverview() {
  [...document.querySelectorAll("#table thead th")].forEach((heading, column) => {
    const words = heading.textContent;
    heading.replaceChildren(button(words, {}, () => sortBy(heading, column)));
  });
  document.getElementById("controls").hidden = false;
  document.getElementById("find").addEventListener("input", filterRows);
  document.getElementById("verdict").addEventListener("change", filterRows);
  filterRows();
  addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("details")) each.open = true;
  });
}
