// What is said of a cell: what stands there, what belongs there, why, and which cells contradict each other.
const ADDRESS = /^\$?([A-Z]{1,3})\$?([0-9]+)$/;
const MENTIONED = /\(([A-Z]{1,3}[0-9]+)\)/g;

function formula(stretches, row, name) {
  const code = make("code");
  stretches.forEach((parts, at) => {
    const text = written(parts, row);
    if (text) code.append(at % 2 ? make("mark", { class: name }, text) : text);
  });
  return code;
}

function addressesIn(stretches, row) {
  const found = stretches.filter((_, at) => at % 2).flatMap((parts) => written(parts, row).split(/[^$A-Z0-9!]+/));
  return [...new Set(found.map((text) => ADDRESS.exec(text)).filter(Boolean).map((match) => match[1] + match[2]))];
}

// Whether a cell has the same formula as the first of its finding, so that what is said of that holds for it.
function isCopy(view, finding, row) {
  const first = view.template(row, finding.box[0]), own = view.template(finding.box[1], finding.box[0]);
  return row === finding.box[1] || (first >= 0 && first === own);
}

function contradiction(view, finding, row) {
  const takes = addressesIn(finding.found, row), belongs = addressesIn(finding.expected, row);
  if (takes.length || belongs.length) return { takes, belongs, label: null };
  const mentioned = [...finding.why.matchAll(MENTIONED)].map((match) => match[1]);
  if (mentioned.length && row === finding.box[1]) return { takes: mentioned.slice(0, 1), belongs: mentioned.slice(1, 2), label: null };
  return { takes: [], belongs: [], label: view.labelOf(finding.box[0], row) };
}

function link(view, address, words) {
  const label = view.nameOf(address);
  return button(`${address}${label ? ` (${label})` : ""}${words}`, {}, () => view.go(address));
}

function pairOf(view, { takes, belongs, label }) {
  const links = [...takes.map((each) => link(view, each, ": taken")), ...belongs.map((each) => link(view, each, ": belongs there"))];
  if (label) links.push(link(view, label, ": its label"));
  return links.length ? [make("dt", {}, "What contradicts it"), make("dd", { class: "pair" }, ...links)] : [];
}

function sideOf(title, stretches, row, name, value) {
  const has = stretches.some((parts) => parts.length);
  if (!has && !value) return [];
  const gives = value ? `${has ? " gives " : ""}${value}` : null;
  return [make("dt", {}, title), make("dd", {}, has ? formula(stretches, row, name) : null, gives)];
}

function explainFinding(view, finding, row) {
  const kind = data.kinds[finding.kind];
  const copy = isCopy(view, finding, row), at = copy ? row : finding.box[1];
  const values = at === finding.box[1] ? finding.values : ["", ""];
  const parts = [
    make("p", {}, make("span", { class: `badge ${kind.look}` }, finding.kind), " ", make("strong", {}, finding.why)),
    make("dl", {},
      ...sideOf("What stands there", finding.found, at, "bad", values[0]),
      ...sideOf("What belongs there", finding.expected, at, "good", values[1]),
      ...pairOf(view, contradiction(view, finding, at))),
  ];
  const whole = finding.count > 1 ? `One of ${counted(finding.count, "cell")}, ${finding.cells}. ` : "";
  const first = copy ? "" : `The formulas are those of the first cell. `;
  const affected = finding.affected ? `${counted(finding.affected, "other cell")} ${finding.affected === 1 ? "is" : "are"} off because of this.` : "";
  parts.push(make("p", { class: "muted" }, `${whole}${first}${affected}`), make("p", { class: "muted" }, `${finding.kind}: ${kind.meaning}.`));
  return parts;
}

function explainCell(view, row, column) {
  const text = view.formulaAt(row, column), value = view.valueAt(row, column);
  return [
    make("dl", {},
      ...(text ? [make("dt", {}, "Formula"), make("dd", {}, make("code", {}, text))] : []),
      ...(value !== "" ? [make("dt", {}, text ? "Value" : "Typed"), make("dd", {}, String(value))] : [])),
    make("p", { class: "muted" }, text || value !== "" ? "Nothing was found wrong with this cell." : "An empty cell."),
  ];
}
