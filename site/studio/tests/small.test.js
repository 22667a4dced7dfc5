import assert from "node:assert/strict";
import { test } from "node:test";

import { diverging, toByte } from "../src/pixels.js";
import { makeQueue, newestOnly } from "../src/queue.js";
import { likeness, movesInWords, readings } from "../src/readings.js";
import { hasGpu } from "../src/runtime.js";
import { whatIsMissing } from "../src/support.js";

test("pixels go from 0 to 255", () => {
  assert.deepEqual([-1, 0, 1, -2, 2].map(toByte), [0, 128, 255, 0, 255]);
});

test("the diverging map is white in the middle", () => {
  assert.deepEqual(diverging(0), [247, 247, 247]);
  assert.deepEqual(diverging(-5), [230, 97, 1]);
  assert.deepEqual(diverging(1), [33, 102, 172]);
});

test("a queue runs one job at a time, whatever becomes of those before", async () => {
  const inTurn = makeQueue();
  const order = [];
  const wait = () => new Promise((resolve) => setTimeout(resolve, 5));
  const bad = inTurn(async () => {
    order.push("a");
    await wait();
    order.push("b");
    throw new Error("oh");
  });
  const good = inTurn(async () => order.push("c"));
  await assert.rejects(bad, /oh/);
  await good;
  assert.deepEqual(order, ["a", "b", "c"]);
});

test("of requests that come while a job runs only the last is kept", async () => {
  const done = [];
  const ask = newestOnly(
    async (value) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      done.push(value);
    },
    (error) => assert.fail(error),
  );
  const first = ask(1);
  ask(2);
  ask(3);
  await first;
  assert.deepEqual(done, [1, 3]);
});

test("the scorer's outputs in words", () => {
  const outputs = { gender: [0], age: [41], race: [0, 0], features: [1, 2] };
  const kinds = { gender: "female", age: "years", race: ["A", "B"] };
  const rows = readings(outputs, kinds);
  assert.deepEqual(
    rows.map(({ name, value, unit }) => `${name} ${value} ${unit}`),
    ["female 50 %", "age 41 years", "A 50 %", "B 50 %"],
  );
  assert.ok(Math.abs(likeness({ features: [1, 0] }, { features: [2, 0] }) - 1) < 1e-6);
});

test("columns that nobody has named yet are printed as well", () => {
  const rows = movesInWords({ gender: [0.5], years: [3.21], new_column: [0.125] });
  assert.deepEqual(rows, [
    ["faces that change gender", "50 %"],
    ["years between the ends", "3.2"],
    ["new column", "0.13"],
  ]);
});

test("what the browser lacks is said", () => {
  assert.equal(whatIsMissing(globalThis), "");
  assert.match(whatIsMissing({}), /no WebAssembly/);
  const old = { instantiate() {}, validate: () => false };
  assert.match(whatIsMissing({ WebAssembly: old }), /no SIMD/);
  const noUnpacking = { WebAssembly };
  assert.match(whatIsMissing(noUnpacking), /cannot unpack/);
});

test("a graphics card that refuses is none", async () => {
  const refuse = () => Promise.reject(new Error("no"));
  assert.equal(await hasGpu({ navigator: { gpu: { requestAdapter: refuse } } }), false);
  assert.equal(await hasGpu({ navigator: {} }), false);
  const adapter = { navigator: { gpu: { requestAdapter: async () => ({}) } } };
  assert.equal(await hasGpu(adapter), true);
});
