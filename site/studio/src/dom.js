/**
 * Make an element.
 *
 * @param {string} tag
 * @param {object} [attributes] `onclick` and its like are listened to, others are set.
 * @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** A button with a text. */
export function button(text, onclick, attributes = {}) {
  return make("button", { type: "button", onclick, ...attributes }, text);
}

let sliders = 0;

/**
 * A slider with its label and its value in words.
 *
 * @param {string} text the label.
 * @param {{min: number, max: number, step: number, value: number}} range
 * @param {(value: number) => void} moved
 * @param {(value: number) => string} [words]
 * @returns {HTMLElement & {input: HTMLInputElement, set: (value: number) => void}}
 */
export function slider(text, range, moved, words = String) {
  const id = `slider-${(sliders += 1)}`;
  const output = make("output", { for: id });
  const input = make("input", { type: "range", id, ...range });
  const tell = () => {
    output.textContent = words(input.valueAsNumber);
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", () => {
    tell();
    moved(input.valueAsNumber);
  });
  tell();
  const row = make("div", { class: "slider" });
  row.append(make("label", { for: id }, text), input, output);
  row.input = input;
  row.set = (value) => {
    input.value = value;
    tell();
  };
  return row;
}

/** A tick box with its label. */
export function tickbox(text, checked, changed) {
  const input = make("input", { type: "checkbox" });
  input.checked = checked;
  input.addEventListener("change", () => changed(input.checked));
  const label = make("label", { class: "tickbox" }, input, text);
  label.input = input;
  return label;
}

/** One of a few choices, as a group of radio buttons. */
export function choice(legend, options, chosen, changed) {
  const name = `choice-${(sliders += 1)}`;
  const group = make("fieldset", { class: "choice" }, make("legend", {}, legend));
  for (const option of options) {
    const input = make("input", { type: "radio", name, value: option });
    input.checked = option === chosen;
    input.addEventListener("change", () => changed(option));
    group.append(make("label", {}, input, option));
  }
  return group;
}

/** Let the browser draw and answer before the work goes on. */
export function breathe() {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
