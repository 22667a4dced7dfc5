import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";

import { crc32, textChunk, withTexts } from "../src/png.js";
import { provenanceTexts } from "../src/save.js";

const bytes = (text) => new TextEncoder().encode(text);

/** The chunks of a PNG: [name, content, whether its check sum is right]. */
function chunksOf(png) {
  const view = new DataView(png.buffer, png.byteOffset);
  const found = [];
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at);
    const body = png.subarray(at + 4, at + 8 + length);
    const right = view.getUint32(at + 8 + length) === crc32(body);
    const name = new TextDecoder().decode(body.subarray(0, 4));
    found.push([name, body.subarray(4), right]);
    at += 12 + length;
  }
  return found;
}

test("the check sum is CRC-32", () => {
  assert.equal(crc32(bytes("123456789")), 0xcbf43926);
});

test("a text chunk holds keyword and text in UTF-8", () => {
  const body = textChunk("Model", "faces – “64”").subarray(8, -4);
  const expected = [...bytes("Model"), 0, 0, 0, 0, 0, ...bytes("faces – “64”")];
  assert.deepEqual([...body], expected);
});

test("texts stand after the header, and every check sum is right", () => {
  const chunk = (name, content) => {
    const whole = new Uint8Array(12 + content.length);
    const view = new DataView(whole.buffer);
    view.setUint32(0, content.length);
    whole.set([...bytes(name), ...content], 4);
    view.setUint32(8 + content.length, crc32(whole.subarray(4, -4)));
    return [...whole];
  };
  const png = Uint8Array.of(
    ...[137, 80, 78, 71, 13, 10, 26, 10],
    ...chunk("IHDR", [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]),
    ...chunk("IDAT", deflateSync(Uint8Array.of(0, 0))),
    ...chunk("IEND", []),
  );
  const found = chunksOf(withTexts(png, { A: "1", B: "2" }));
  const names = found.map(([name]) => name);
  assert.deepEqual(names, ["IHDR", "iTXt", "iTXt", "IDAT", "IEND"]);
  assert.ok(found.every(([, , right]) => right));
});

test("the XMP quotes what would end it", () => {
  const about = { Software: "a", Model: 'my "run" <&>' };
  const texts = provenanceTexts(about, "<x tool={Software} model={Model}/>");
  const xmp = texts["XML:com.adobe.xmp"];
  assert.equal(xmp, '<x tool="a" model="my &#34;run&#34; &#60;&#38;&#62;"/>');
  assert.equal(texts.Model, about.Model);
});
