// The error's course as found and as it should be, and the gradients' relative errors.
const WIDTH = 560, HEIGHT = 240, LEFT = 62, RIGHT = 84, TOP = 12, BOTTOM = 26;

const short = (number) => (number === 0 ? "0" : Number(number.toPrecision(3)).toString());

function scaled(values) {
  const known = values.filter((value) => value !== null);
  let [low, high] = [Math.min(...known), Math.max(...known)];
  const logarithmic = low > 0 && high / low > 20;
  const turn = logarithmic ? Math.log10 : (value) => value;
  if (!logarithmic) low = Math.min(low, 0);
  if (low === high) high = low + 1;
  const [start, end] = [turn(low), turn(high)];
  const place = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - (turn(value) - start) / (end - start));
  const middle = logarithmic ? 10 ** ((start + end) / 2) : (low + high) / 2;
  return { place, ticks: [low, middle, high] };
}

function lineOf(values, across, up, name) {
  let path = "", begun = false;
  values.forEach((value, at) => {
    if (value !== null) path += `${begun ? "L" : "M"}${across(at).toFixed(1)} ${up(value).toFixed(1)}`;
    begun = value !== null;
  });
  return draw("path", { class: `line ${name}`, d: path });
}

function nameOf(values, up, name, words, other) {
  const last = values.findLast((value) => value !== null);
  let height = up(last) + 4;
  const near = other !== null && Math.abs(up(other) - up(last)) < 14;
  if (near) height += (up(last) < up(other) || (up(last) === up(other) && name === "found")) ? -8 : 8;
  return draw("text", { class: `name ${name}`, x: WIDTH - RIGHT + 6, y: height }, words);
}

function errorCurve(course) {
  const right = course.known && !course.expected.length, expected = right ? course.found : course.expected;
  const known = [...course.found, ...expected].filter((value) => value !== null);
  if (!known.length) return null;
  const { place, ticks } = scaled(known);
  const across = (at) => LEFT + ((WIDTH - LEFT - RIGHT) * at) / Math.max(course.rows.length - 1, 1);
  const ends = [course.found, expected].map((values) => values.findLast((value) => value !== null) ?? null);
  const should = right ? ", as it should" : ends[1] !== null ? `; it should end at ${short(ends[1])}` : "";
  const said = `E_total goes from ${short(known[0])} to ${ends[0] === null ? "no number" : short(ends[0])}${should}.`;
  const chart = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": said });
  for (const tick of ticks) {
    chart.append(draw("text", { class: "tick", x: LEFT - 6, y: place(tick) + 4, "text-anchor": "end" }, short(tick)));
  }
  const floor = HEIGHT - BOTTOM;
  chart.append(draw("path", { class: "axis", fill: "none", d: `M${LEFT} ${TOP}V${floor}H${WIDTH - RIGHT}` }));
  for (const at of [0, course.rows.length - 1]) {
    const words = `row ${course.rows[at]}`;
    chart.append(draw("text", { class: "tick", x: across(at), y: HEIGHT - 8, "text-anchor": at ? "end" : "start" }, words));
  }
  if (ends[1] !== null) chart.append(lineOf(expected, across, place, "expected"), nameOf(expected, place, "expected", "as it should", ends[0]));
  if (ends[0] !== null) chart.append(lineOf(course.found, across, place, "found"), nameOf(course.found, place, "found", "as found", ends[1]));
  return make("figure", {}, make("figcaption", {}, `E_total, ${course.sheet}`), chart, make("p", { class: "muted" }, said));
}

const SMALLEST = 1e-16, TOLERATED = 1e-6;

function gradientErrors(course) {
  if (!course.gradients.length) return null;
  const rows = course.gradients.map(([weight, , largest]) => {
    const share = Math.max(Math.log10(Math.max(largest, SMALLEST) / SMALLEST) / 16, 0.005);
    const off = largest > TOLERATED;
    const bar = draw("svg", { width: "100%", height: "10", "aria-hidden": "true" },
      draw("rect", { class: "rail", width: "100%", height: "10" }),
      draw("rect", { class: off ? "off" : "fine", width: `${(100 * Math.min(share, 1)).toFixed(1)}%`, height: "10" }));
    return make("tr", {}, make("th", { scope: "row" }, `${off ? "✗" : "✓"} ∂E/∂${weight}`),
      make("td", {}, largest.toPrecision(2)), make("td", {}, bar));
  });
  const table = make("table", { class: "gradients" },
    make("thead", {}, make("tr", {}, ...["gradient", "relative error", "from 1e-16 to 1"].map((words) => make("th", { scope: "col", class: "muted" }, words)))),
    make("tbody", {}, ...rows));
  return make("figure", {}, make("figcaption", {}, `Gradients, ${course.sheet}: how far off at most`), table);
}
