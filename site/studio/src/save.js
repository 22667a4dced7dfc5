/** Pictures that leave the page as files, and say that they are generated. */

import { withTexts } from "./png.js";

const LONG_SIDE = 256; // of a single face that is saved, at least

const escaped = (text) =>
  `"${text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)}"`;

/**
 * The texts of a PNG: as `gan_lessons.export` writes them, in chunks and as XMP.
 *
 * @param {Object<string, string>} about Software, Model, Description and
 *   DigitalSourceType.
 * @param {string} template of the XMP, with these names in braces.
 */
export function provenanceTexts(about, template) {
  const xmp = template.replace(/\{(\w+)\}/g, (_, name) => escaped(about[name]));
  return { ...about, "XML:com.adobe.xmp": xmp };
}

/** Write the visible mark into the lower right corner. */
function mark(canvas, text) {
  const context = canvas.getContext("2d");
  const size = Math.max(9, Math.round(canvas.width / 22));
  context.font = `${size}px sans-serif`;
  const width = context.measureText(text).width + size;
  const [left, top] = [canvas.width - width, canvas.height - 1.6 * size];
  context.fillStyle = "rgb(0 0 0 / 60%)";
  context.fillRect(left, top, width, 1.6 * size);
  context.fillStyle = "white";
  context.fillText(text, left + size / 2, top + 1.15 * size);
}

/**
 * Pictures side by side in one, each pixel as often as makes it large enough.
 *
 * @param {HTMLCanvasElement[]} pictures of one size.
 * @param {number} columns
 * @param {string} words of the visible mark, or "".
 */
export function sheet(pictures, columns, words) {
  const [{ width, height }] = pictures;
  const scale = Math.max(1, Math.round(LONG_SIDE / width / Math.min(columns, 2)));
  const canvas = document.createElement("canvas");
  const rows = Math.ceil(pictures.length / columns);
  const [stepX, stepY] = [width * scale, height * scale];
  canvas.width = stepX * Math.min(columns, pictures.length);
  canvas.height = stepY * rows;
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  pictures.forEach((picture, k) => {
    const [column, row] = [k % columns, Math.floor(k / columns)];
    context.drawImage(picture, column * stepX, row * stepY, stepX, stepY);
  });
  if (words) mark(canvas, words);
  return canvas;
}

/**
 * Offer a picture as a file.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {string} name of the file.
 * @param {Object<string, string>} texts from `provenanceTexts`.
 */
export async function savePng(canvas, name, texts) {
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const png = withTexts(new Uint8Array(await blob.arrayBuffer()), texts);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([png], { type: "image/png" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
