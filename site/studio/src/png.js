/** Text chunks in a PNG, which say where the picture comes from. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  return rest;
});

/** The check sum that ends each chunk: CRC-32. */
export function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

/** An iTXt chunk: a keyword and a text in UTF-8, not packed, in no language. */
export function textChunk(keyword, text) {
  const encode = (string) => new TextEncoder().encode(string);
  const content = [
    ...encode("iTXt"),
    ...encode(keyword),
    0,
    0,
    0,
    0,
    0,
    ...encode(text),
  ];
  const chunk = new Uint8Array(content.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, content.length - 4);
  chunk.set(content, 4);
  view.setUint32(chunk.length - 4, crc32(chunk.subarray(4, -4)));
  return chunk;
}

const BEGINNING = 8 + 25; // the signature and the first chunk, the header

/**
 * Put texts into a PNG.
 *
 * @param {Uint8Array} png a whole file.
 * @param {Object<string, string>} texts by keyword.
 * @returns {Uint8Array}
 */
export function withTexts(png, texts) {
  const chunks = Object.entries(texts).map(([key, text]) => textChunk(key, text));
  const parts = [png.subarray(0, BEGINNING), ...chunks, png.subarray(BEGINNING)];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
