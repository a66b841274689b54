// One sheet: its cells as a grid that the arrow keys walk through, with the explanation of the current one beside it.
const LETTERS = (number) => (number > 26 ? LETTERS(Math.floor((number - 1) / 26)) : "") + String.fromCharCode(65 + ((number - 1) % 26));
const NUMBER = (letters) => [...letters].reduce((sum, sign) => 26 * sum + sign.charCodeAt(0) - 64, 0);
const GROUPS = [[/^(iteration|#|n|step)$/i, "iteration"], [/^(∂|δ|d)/, "gradients"], [/^[itx]\d/, "data"], [/^(w|b)\d?/, "weights"], [/^(a_|h|o)/, "forward"], [/^E/, "error"]];

class SheetView {
  constructor(sheet, file) {
    this.sheet = sheet;
    this.numbers = sheet.columns.map(NUMBER);
    this.rows = new Map(sheet.rows.map((row) => [row[0], row]));
    this.findings = file.findings.filter((finding) => finding.sheet === sheet.name);
    this.heads = file.tables.filter((table) => table.sheet === sheet.name);
    this.cells = new Map();
    this.current = null;
    this.body = make("table", { role: "grid", "aria-label": `Cells of ${sheet.name}` });
    this.panel = make("aside", { class: "panel", "aria-live": "polite", "aria-label": "The chosen cell", tabindex: "0" },
      make("p", { class: "muted" }, "Choose a cell, or go there with the arrow keys; n and p lead to the next finding and the one before."));
    this.fill();
    this.element = make("div", { class: "sheet" }, make("div", { class: "grid" }, this.body), this.panel);
    this.body.addEventListener("keydown", (event) => this.onKey(event));
    this.body.addEventListener("click", (event) => this.onCell(event, (cell) => this.choose(cell)));
    this.body.addEventListener("focusin", (event) => this.onCell(event, (cell) => this.choose(cell)));
    this.body.addEventListener("mouseover", (event) => this.onCell(event, (cell) => this.explain(cell)));
    this.body.addEventListener("mouseleave", () => this.current && this.explain(this.current));
  }

  template(row, column) {
    const found = this.rows.get(row), at = this.numbers.indexOf(column);
    return found && at >= 0 ? this.sheet.patterns[found[2]][at] : -1;
  }

  formulaAt(row, column) {
    const template = this.template(row, column);
    return template < 0 ? "" : written(this.sheet.formulas[template], row);
  }

  valueAt(row, column) {
    const found = this.rows.get(row), at = this.numbers.indexOf(column);
    return found && at >= 0 ? found[3][at] : "";
  }

  labelOf(column, row) {
    const table = this.heads.find((each) => each.head < row && row <= each.last);
    return table && this.valueAt(table.head, column) !== "" ? LETTERS(column) + table.head : null;
  }

  nameOf(address) {
    const [, letters, row] = ADDRESS.exec(address), label = this.labelOf(NUMBER(letters), Number(row));
    return label === null ? "" : String(this.valueAt(Number(ADDRESS.exec(label)[2]), NUMBER(letters)));
  }

  findingsAt(row, column) {
    return this.findings.filter(({ box }) => box[0] <= column && column <= box[2] && box[1] <= row && row <= box[3]);
  }

  fill() {
    const heads = this.sheet.columns.map((letters) => make("th", { scope: "col" }, letters));
    this.body.append(make("thead", {}, make("tr", {}, make("th", { scope: "col" }, make("span", { class: "muted" }, "row")), ...heads)));
    let folded = [];
    const fold = () => {
      if (folded.length > 1) this.body.append(this.foldOf(folded));
      else if (folded.length) this.body.append(make("tbody", {}, ...folded.map((row) => this.rowOf(row))));
      folded = [];
    };
    let open = make("tbody");
    for (const row of this.sheet.rows) {
      if (row[1]) {
        if (open.children.length) this.body.append(open);
        open = make("tbody");
        folded.push(row);
      } else {
        fold();
        open.append(this.rowOf(row));
      }
    }
    fold();
    if (open.children.length) this.body.append(open);
    const first = this.cells.values().next().value;
    if (first) first.tabIndex = 0;
  }

  foldOf(rows) {
    const [first, last] = [rows[0][0], rows[rows.length - 1][0]];
    const wrong = new Set(rows.flatMap((row) => this.numbers.flatMap((column) => this.findingsAt(row[0], column))));
    const goesOn = wrong.size ? `, where ${counted(wrong.size, "finding")} go${wrong.size === 1 ? "es" : ""} on` : "";
    const words = `⋯ ${rows.length.toLocaleString("en")} rows, ${first} to ${last}${goesOn}`;
    const group = make("tbody", { class: "fold" });
    const unfold = () => {
      group.replaceChildren(...rows.map((row) => this.rowOf(row)));
      group.classList.remove("fold");
    };
    const toggle = button(words, { "aria-expanded": "false" }, () => {
      unfold();
      this.focusOn(this.cells.get(`${first}:${this.numbers[0]}`));
    });
    group.append(make("tr", {}, make("td", { colspan: this.numbers.length + 1 }, toggle)));
    group.unfold = unfold;
    for (const row of rows) this.folds = (this.folds ?? new Map()).set(row[0], group);
    return group;
  }

  rowOf([number, , , values]) {
    this.folds?.delete(number);
    const head = this.heads.some((table) => table.head === number);
    const cells = values.map((value, at) => this.cellOf(number, this.numbers[at], value, head));
    return make("tr", {}, make("th", { scope: "row" }, String(number)), ...cells);
  }

  cellOf(row, column, value, head) {
    const wrong = this.findingsAt(row, column), names = [];
    if (typeof value === "string") names.push("text");
    if (head && value !== "") names.push("label", GROUPS.find(([pattern]) => pattern.test(value))?.[1] ?? "plain");
    if (wrong.length) names.push(data.kinds[wrong[0].kind].look);
    const said = wrong.length ? `${LETTERS(column)}${row}, ${wrong[0].kind}: ${value}` : null;
    const cell = make("td", { class: names.join(" ") || null, tabindex: "-1", "aria-label": said }, String(value));
    cell.place = [row, column];
    this.cells.set(`${row}:${column}`, cell);
    return cell;
  }

  onCell(event, act) {
    const cell = event.target.closest("td");
    if (cell?.place) act(cell);
  }

  onKey(event) {
    const cell = event.target.closest("td");
    if (!cell?.place || event.ctrlKey || event.altKey || event.metaKey) return;
    const order = [...cell.parentNode.children].filter((each) => each.place), at = order.indexOf(cell);
    const lines = [...this.body.querySelectorAll("tbody tr")].filter((line) => !line.parentNode.classList.contains("fold"));
    const line = lines.indexOf(cell.parentNode), [, column] = cell.place;
    const below = (step) => lines[line + step] && [...lines[line + step].children].find((each) => each.place?.[1] === column);
    const moves = {
      ArrowLeft: () => order[at - 1], ArrowRight: () => order[at + 1], ArrowUp: () => below(-1), ArrowDown: () => below(1),
      Home: () => order[0], End: () => order[order.length - 1], n: () => this.wrongCell(cell, 1), p: () => this.wrongCell(cell, -1),
    };
    const target = moves[event.key]?.();
    if (moves[event.key]) event.preventDefault();
    if (target) this.focusOn(target);
  }

  // The first cell of the next finding, or of the one before.
  wrongCell(cell, step) {
    const here = this.findingsAt(...cell.place)[0];
    const at = here ? this.findings.indexOf(here) + step : step > 0 ? 0 : this.findings.length - 1;
    const finding = this.findings[at];
    return finding && this.cellAt(finding.box[1], finding.box[0]);
  }

  cellAt(row, column) {
    this.folds?.get(row)?.unfold();
    return this.cells.get(`${row}:${column}`);
  }

  go(address) {
    const [, letters, row] = ADDRESS.exec(address);
    const cell = this.cellAt(Number(row), NUMBER(letters));
    if (cell) this.focusOn(cell);
    else this.panel.append(make("p", { role: "status" }, `${address} is not among the rows and columns of this report.`));
  }

  focusOn(cell) {
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "center" });
  }

  choose(cell) {
    if (this.current === cell) return;
    if (this.current) {
      this.current.removeAttribute("aria-selected");
      this.current.tabIndex = -1;
    }
    for (const each of this.body.querySelectorAll("td[tabindex='0']")) each.tabIndex = -1;
    this.current = cell;
    this.panel.classList.add("chosen");
    cell.setAttribute("aria-selected", "true");
    cell.tabIndex = 0;
    this.explain(cell);
  }

  explain(cell) {
    if (this.explained === cell) return;
    this.explained = cell;
    const [row, column] = cell.place, wrong = this.findingsAt(row, column), address = LETTERS(column) + row;
    const label = this.nameOf(address);
    this.panel.replaceChildren(make("h4", {}, label ? `${address} · ${label}` : address),
      ...(wrong.length ? wrong.flatMap((finding) => explainFinding(this, finding, row)) : explainCell(this, row, column)));
    for (const name of ["takes", "belongs"]) for (const each of this.body.querySelectorAll(`.${name}`)) each.classList.remove(name);
    if (!wrong.length) return;
    const pair = contradiction(this, wrong[0], isCopy(this, wrong[0], row) ? row : wrong[0].box[1]);
    for (const name of ["takes", "belongs"]) for (const each of pair[name]) this.outline(each, name);
  }

  outline(address, name) {
    const [, letters, row] = ADDRESS.exec(address);
    this.cells.get(`${Number(row)}:${NUMBER(letters)}`)?.classList.add(name);
  }
}
