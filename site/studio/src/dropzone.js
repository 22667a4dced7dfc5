import { make } from "./dom.js";

/**
 * A place where a file is dropped, or chosen by click or key.
 *
 * @param {string} text
 * @param {string} accept as in a file input.
 * @param {(file: File) => void} got
 */
export function makeDropzone(text, accept, got) {
  const input = make("input", { type: "file", accept });
  const zone = make("label", { class: "dropzone" }, make("span", {}, text), input);
  input.addEventListener("change", () => {
    const [file] = input.files;
    input.value = ""; // so that the same file can be chosen again
    if (file) got(file);
  });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    });
  }
  zone.addEventListener("drop", ({ dataTransfer }) => {
    const [file] = dataTransfer.files;
    if (file) got(file);
  });
  zone.input = input;
  return zone;
}
