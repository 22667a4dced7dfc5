import assert from "node:assert/strict";
import { test } from "node:test";

import { readGenerator, readOnnx } from "../src/onnx.js";

const text = (string) => [...new TextEncoder().encode(string)];
const size = (n) => (n < 128 ? [n] : [(n % 128) + 128, ...size(Math.floor(n / 128))]);
const part = (number, content) => [8 * number + 2, ...size(content.length), ...content];
const number = (field, value) => [8 * field, ...size(value)];

/** One end of a graph, as an ONNX file has it. */
function end(name, shape, type = 1) {
  const dimensions = shape.flatMap((n) =>
    part(1, typeof n === "number" ? number(1, n) : part(2, text(n))),
  );
  const tensor = [...number(1, type), ...part(2, dimensions)];
  return [...part(1, text(name)), ...part(2, part(1, tensor))];
}

function file(inputs, outputs, metadata = {}) {
  const graph = [
    ...inputs.flatMap((input) => part(11, input)),
    ...outputs.flatMap((output) => part(12, output)),
  ];
  const pairs = Object.entries(metadata).flatMap(([key, value]) =>
    part(14, [...part(1, text(key)), ...part(2, text(value))]),
  );
  return Uint8Array.of(...number(1, 8), ...part(7, graph), ...pairs);
}

const latent = end("latent", ["n", 64]);
const image = end("image", ["n", 32, 32, 1]);

test("a generator says what it reads and paints", () => {
  const bytes = file([latent], [image], { Model: "orl (weights 12345678)" });
  assert.deepEqual(readGenerator(bytes), {
    latentDim: 64,
    size: 32,
    channels: 1,
    metadata: { Model: "orl (weights 12345678)" },
  });
});

test("other files are refused in one line that says why", () => {
  const wrong = [
    [text("a letter to a friend"), /no ONNX file/],
    [[], /no ONNX file/],
    [file([latent], [image]).subarray(0, 20), /only a part/],
    [
      file([end("x", [1])], [end("y", ["n", 3])]),
      /reads x \(1\) and gives y \(n × 3\)/,
    ],
    [file([latent, end("noise", [1])], [image]), /more than a latent/],
    [file([end("latent", ["n", 64], 10)], [image]), /float16/],
    [file([end("latent", ["n", "m"])], [image]), /other shapes/],
    [file([latent], [end("image", ["n", 32, 16, 3])]), /no square picture/],
  ];
  for (const [bytes, why] of wrong) {
    assert.throws(() => readGenerator(Uint8Array.from(bytes)), why);
  }
});

test("the ends and the metadata are read", () => {
  const { inputs, outputs } = readOnnx(file([latent], [image]));
  assert.deepEqual(inputs, [{ name: "latent", type: "float32", shape: ["n", 64] }]);
  assert.equal(outputs[0].shape.join(), "n,32,32,1");
});
