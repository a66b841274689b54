// Making elements. Texts of files are always set as text, never as markup.
const data = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const make = (name, attributes = {}, ...children) => filled(document.createElement(name), attributes, children);

const draw = (name, attributes = {}, ...children) => filled(document.createElementNS(SVG, name), attributes, children);

function button(words, attributes, act) {
  const made = make("button", { type: "button", ...attributes }, words);
  made.addEventListener("click", act);
  return made;
}

const counted = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;

// A formula is a list of texts and of distances to the rows that it refers to.
const written = (parts, row) => parts.map((part) => (typeof part === "number" ? row + part : part)).join("");
