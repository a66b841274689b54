// The files of a drop, with those of dropped folders; each with its name, folders included.
const readSome = (reader) => new Promise((done, failed) => reader.readEntries(done, failed));

const readFile = (entry) => new Promise((done, failed) => entry.file(done, failed));

async function inFolder(entry) {
  const reader = entry.createReader(), found = [];
  for (let some = await readSome(reader); some.length; some = await readSome(reader)) found.push(...some);
  return (await Promise.all(found.map(inEntry))).flat();
}

async function inEntry(entry) {
  if (entry.isDirectory) return inFolder(entry);
  return [{ name: entry.fullPath.replace(/^\//, ""), file: await readFile(entry) }];
}

// The items are gone once the event is over, so all of them are asked before anything is awaited.
async function dropped(transfer) {
  const files = [...transfer.items].filter((item) => item.kind === "file");
  const asked = files.map((item) => [item.webkitGetAsEntry(), item.getAsFile()]);
  const found = asked.map(([entry, file]) => (entry ? inEntry(entry) : file ? [{ name: file.name, file }] : []));
  return (await Promise.all(found)).flat();
}

const chosen = (input) => [...input.files].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
