// The view of one file, made when it is opened, and the way between the files.
const single = document.getElementById("main").dataset.single === "true";
const MOST_CHIPS = 12;

function findingsOf(file, sheets) {
  const list = make("ul", { class: "findings" });
  file.mistakes.forEach((words, number) => {
    const own = file.findings.filter((finding) => finding.mistake === number);
    const chip = (finding) => {
      const several = file.sheets.length > 1 ? `${finding.sheet} ` : "";
      const view = sheets.get(finding.sheet), attributes = { title: finding.quantity, disabled: !view };
      return button(`${several}${finding.cells}`, attributes, () => {
        view.element.scrollIntoView({ block: "nearest" });
        view.go(finding.cells.split(":")[0]);
      });
    };
    const chips = make("span", { class: "chips" }, ...own.slice(0, MOST_CHIPS).map(chip));
    if (own.length > MOST_CHIPS) {
      chips.append(button(`${own.length - MOST_CHIPS} more`, {}, (event) => event.target.replaceWith(...own.slice(MOST_CHIPS).map(chip))));
    }
    list.append(make("li", {}, make("span", { class: "words" }, words), chips));
  });
  if (file.more) list.append(make("li", { class: "muted" }, `… and ${counted(file.more, "finding")} more`));
  return list;
}

function legendOf(file) {
  const looks = { formula: "a wrong formula", constant: "a number in place of a formula", value: "a wrong value", missing: "missing, or cannot be right" };
  const used = new Set(file.findings.map((finding) => data.kinds[finding.kind].look));
  const items = Object.entries(looks).filter(([look]) => used.has(look));
  return make("ul", { class: "legend muted" }, ...items.map(([look, words]) => make("li", {}, make("span", { class: `swatch ${look}` }), words)));
}

function sheetOf(file, view) {
  const tables = file.tables.filter((table) => table.sheet === view.sheet.name).map((table) => table.said);
  const left = view.sheet.leftOut ? make("p", { class: "muted" }, `${counted(view.sheet.leftOut, "row")} not in this report; a report of this file alone shows more.`) : null;
  return make("section", {}, make("h3", {}, view.sheet.name), tables.length ? make("p", { class: "muted" }, tables.join("; ")) : null, view.element, left);
}

function fileView(file) {
  const sheets = new Map(file.sheets.map((sheet) => [sheet.name, new SheetView(sheet, file)]));
  const charts = file.courses.flatMap((course) => [errorCurve(course), gradientErrors(course)]).filter(Boolean);
  return [
    make("h1", { id: "name", tabindex: "-1" }, file.name),
    make("p", { class: `said ${file.group}` }, make("span", { class: "sign", "aria-hidden": "true" }, file.sign), " ", file.said),
    ...(file.notes.length ? [make("ul", { class: "notes" }, ...file.notes.map((note) => make("li", {}, note)))] : []),
    ...(file.findings.length ? [make("h2", {}, "What is wrong"), findingsOf(file, sheets)] : []),
    ...(sheets.size ? [make("h2", {}, "Cells"), legendOf(file), ...[...sheets.values()].map((view) => sheetOf(file, view))] : []),
    ...(charts.length ? [make("h2", {}, "Error and gradients"), make("div", { class: "charts" }, ...charts)] : []),
  ];
}

function show() {
  const found = /^#file-(\d+)$/.exec(location.hash), number = found ? Number(found[1]) : single ? 0 : null;
  const file = number === null ? undefined : data.files[number];
  const place = document.getElementById("file"), trail = document.getElementById("trail");
  document.getElementById("overview").hidden = Boolean(file);
  place.hidden = !file;
  trail.hidden = !file || single;
  place.replaceChildren(...(file ? fileView(file) : []));
  if (!file) return;
  document.getElementById("previous").disabled = number === 0;
  document.getElementById("next").disabled = number === data.files.length - 1;
  if (found) {
    document.getElementById("name").focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

const step = (by) => () => {
  location.hash = `#file-${Number(/\d+$/.exec(location.hash)[0]) + by}`;
};

document.getElementById("previous").addEventListener("click", step(-1));
document.getElementById("next").addEventListener("click", step(1));
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !single && location.hash.startsWith("#file-")) location.hash = "#overview";
});
addEventListener("hashchange", () => (/^#(file-\d+|overview)?$/.test(location.hash) ? show() : undefined));
startOverview();
show();
