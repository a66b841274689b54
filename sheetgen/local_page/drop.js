// Sends workbooks to the program, one after another, waits for the verdict, and goes to the report.
const of = (id) => document.getElementById(id);
const given = document.body.dataset;
const judged = given.judged.split(" "), leftOut = given.leftOut.split(" ");
const MOST_FILES = Number(given.mostFiles), MOST_BYTES = Number(given.mostBytes);
const MOMENT = 250, MOST_NAMED = 10;
const GONE = "The program does not answer. Was it ended? Start sheetgen page again.";
const counted = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
let busy = false;

async function ask(address, settings = {}) {
  const answer = await fetch(address, { ...settings, headers: { "X-Sheetgen-Token": given.token } });
  if (answer.ok) return answer.status === 202 ? {} : answer.json();
  if (answer.status === 422) return answer.json();
  throw new Error(await answer.text());
}

function line(words) {
  const item = document.createElement("li");
  item.textContent = words;
  of("lines").append(item);
  of("left").hidden = false;
}

function say(words, done = null, total = 0) {
  of("said").textContent = words;
  if (done === null) of("bar").removeAttribute("value");
  else [of("bar").max, of("bar").value] = [Math.max(total, 1), done];
}

// What the program would not take either; hidden files are passed over, as in a folder on the command line.
function taken(files) {
  const fits = ({ name }) => judged.some((ending) => name.toLowerCase().endsWith(ending));
  const seen = files.filter(({ name }) => !leftOut.some((start) => name.split("/").pop().startsWith(start)));
  const others = seen.filter((each) => !fits(each)).map(({ name }) => name);
  const more = others.length > MOST_NAMED ? ` and ${(others.length - MOST_NAMED).toLocaleString("en")} more` : "";
  if (others.length) line(`Not workbooks by their endings: ${others.slice(0, MOST_NAMED).join(", ")}${more}`);
  return seen.filter(fits);
}

async function send(files) {
  const { batch } = await ask("/batches", { method: "POST" });
  let size = 0, received = 0;
  for (const [number, { name, file }] of files.entries()) {
    say(`Taking ${number + 1} of ${counted(files.length, "workbook")}`, number, files.length);
    if (number >= MOST_FILES) {
      line(`${counted(files.length - number, "file")} left out: more than ${MOST_FILES.toLocaleString("en")} at once; drop fewer at a time`);
      break;
    }
    if (size + file.size > MOST_BYTES) {
      line(`${name}: more than ${Math.floor(MOST_BYTES / 1e6).toLocaleString("en")} MB at once; drop fewer at a time, or raise --max-size`);
      continue;
    }
    const address = `/batches/${batch}/files?name=${encodeURIComponent(name.toWellFormed?.() ?? name)}`;
    const said = await ask(address, { method: "POST", body: file });
    if (said.refused) line(said.refused);
    else [size, received] = [size + file.size, received + 1];
  }
  return received ? batch : null;
}

const WORDS = {
  waiting: () => "Waiting for the workbooks before these",
  judging: ({ done, total }) => `Judged ${done} of ${counted(total, "workbook")}`,
  marking: ({ done, total }) => `Marked ${done} of ${counted(total, "workbook")}`,
};

async function finished(batch) {
  await ask(`/batches/${batch}/judge`, { method: "POST" });
  for (;;) {
    const progress = await ask(`/batches/${batch}`);
    if (progress.stage === "failed") throw new Error(progress.why);
    if (progress.stage === "ready") return;
    say(WORDS[progress.stage](progress), progress.done || null, progress.total);
    await new Promise((done) => setTimeout(done, MOMENT));
  }
}

function showReport(batch) {
  const address = `/batches/${batch}/report`;
  if (of("left").hidden) {
    location.assign(address);
    return;
  }
  say("The others are judged.");
  of("report").href = address;
  of("ready").hidden = false;
  of("report").focus();
}

async function judge(found) {
  if (busy) return;
  busy = true;
  of("lines").replaceChildren();
  of("failed").textContent = "";
  of("left").hidden = of("ready").hidden = true;
  of("work").hidden = false;
  say("Looking through what was dropped");
  try {
    const files = taken(await found);
    const batch = files.length ? await send(files) : null;
    if (batch) await finished(batch);
    if (batch) showReport(batch);
    else say("There is no workbook to judge.");
  } catch (error) {
    say("");
    of("failed").textContent = error instanceof TypeError || !error.message ? GONE : error.message;
  }
  of("work").hidden = true;
  busy = false;
}

for (const id of ["files", "folder"]) {
  of(id).addEventListener("change", () => {
    if (of(id).files.length) judge(chosen(of(id)));
    of(id).value = "";  // so that the same file can be chosen again
  });
}
// Anywhere on the page, for a browser would open what misses.
addEventListener("dragover", (event) => {
  event.preventDefault();
  of("drop").classList.add("over");
});
addEventListener("dragleave", () => of("drop").classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  of("drop").classList.remove("over");
  judge(dropped(event.dataTransfer));
});
