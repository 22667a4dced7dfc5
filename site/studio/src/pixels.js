/** From numbers to pixels: pictures, maps of blue and orange, canvases. */

/** From -1…1 to 0…255, as `gan_lessons.data.to_uint8` does it. */
export function toByte(value) {
  return Math.round(Math.min(255, Math.max(0, (value + 1) * 127.5)));
}

/**
 * A picture as the browser draws it.
 *
 * @param {Float32Array} image size × size × channels, -1 to 1.
 * @param {number} channels 1 or 3.
 * @returns {ImageData}
 */
export function toImageData(image, channels) {
  const size = Math.round(Math.sqrt(image.length / channels));
  const data = new ImageData(size, size);
  for (let k = 0; k < size * size; k++) {
    for (let c = 0; c < 3; c++) {
      data.data[4 * k + c] = toByte(image[channels * k + Math.min(c, channels - 1)]);
    }
    data.data[4 * k + 3] = 255;
  }
  return data;
}

/** The other way: what a network reads, -1 to 1. */
export function fromImageData(data, channels) {
  const pixels = data.width * data.height;
  const image = new Float32Array(pixels * channels);
  for (let k = 0; k < pixels; k++) {
    const rgb = data.data.subarray(4 * k, 4 * k + 3);
    if (channels === 3) rgb.forEach((v, c) => (image[3 * k + c] = v / 127.5 - 1));
    else image[k] = (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]) / 127.5 - 1;
  }
  return image;
}

/** Draw a picture into a canvas, which takes its size. */
export function draw(canvas, image, channels) {
  const data = toImageData(image, channels);
  Object.assign(canvas, { width: data.width, height: data.height });
  canvas.getContext("2d").putImageData(data, 0, 0);
}

const ENDS = { low: [230, 97, 1], middle: [247, 247, 247], high: [33, 102, 172] };

/**
 * A colour of the diverging map: orange at -1, white at 0, blue at 1.
 *
 * @param {number} value
 * @returns {number[]} red, green, blue.
 */
export function diverging(value) {
  const end = value < 0 ? ENDS.low : ENDS.high;
  const share = Math.min(1, Math.abs(value));
  return ENDS.middle.map((from, c) => Math.round(from + share * (end[c] - from)));
}

/**
 * Lay a map of values over a picture that has lost its colours.
 *
 * @param {ImageData} picture is changed.
 * @param {Float32Array} values one per pixel, -1 to 1.
 * @param {number} strength from 0, the picture alone, to 1.
 */
export function layOver(picture, values, strength) {
  const { data } = picture;
  values.forEach((value, k) => {
    const grey = 0.3 * data[4 * k] + 0.59 * data[4 * k + 1] + 0.11 * data[4 * k + 2];
    const colour = diverging(value);
    const share = strength * Math.min(1, Math.abs(value) ** 0.7);
    for (let c = 0; c < 3; c++) {
      const under = (1 - strength) * data[4 * k + c] + strength * grey;
      data[4 * k + c] = (1 - share) * under + share * colour[c];
    }
  });
  return picture;
}

/** A latent as a strip of colours, one field per number. */
export function drawLatent(canvas, latent) {
  const context = Object.assign(canvas, { width: latent.length, height: 1 });
  const data = new ImageData(latent.length, 1);
  latent.forEach((value, k) => data.data.set([...diverging(value / 2.5), 255], 4 * k));
  context.getContext("2d").putImageData(data, 0, 0);
}
