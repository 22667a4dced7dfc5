import assert from "node:assert/strict";
import { test } from "node:test";

import { along, arithmetic, edit, lerp, mean, norm, slerp } from "../src/latent.js";

const close = (a, b, tolerance = 1e-6) =>
  a.forEach((value, k) => assert.ok(Math.abs(value - b[k]) < tolerance, `${a} ≠ ${b}`));

test("lerp goes straight", () => {
  close(lerp([0, 0], [1, 2], 0.25), [0.25, 0.5]);
});

test("slerp turns evenly, and its length changes evenly", () => {
  close(slerp([1, 0], [0, 1], 0.5), [Math.SQRT1_2, Math.SQRT1_2]);
  const between = slerp([2, 0], [0, 4], 0.5);
  assert.ok(Math.abs(norm(between) - 3) < 1e-9);
  close(slerp([1, 0], [0, 1], 1 / 3), [Math.cos(Math.PI / 6), 0.5]);
});

test("both begin at a and end at b", () => {
  const [a, b] = [
    [1, 2, 3],
    [-2, 0.5, 1],
  ];
  for (const interpolate of [lerp, slerp]) {
    close(interpolate(a, b, 0), a);
    close(interpolate(a, b, 1), b);
  }
});

test("where no arc is defined, slerp goes straight", () => {
  close(slerp([0, 0], [1, 0], 0.5), [0.5, 0]);
  close(slerp([1, 0], [-1, 0], 0.25), [0.5, 0]);
});

test("a walk passes through every latent", () => {
  const latents = [
    [1, 0],
    [0, 1],
    [-1, 0],
  ];
  close(along(latents, 0, slerp), latents[0]);
  close(along(latents, 0.5, slerp), latents[1]);
  close(along(latents, 1, slerp), latents[2]);
  close(along(latents, 0.25, lerp), [0.5, 0.5]);
});

test("a − b + c, and the mean", () => {
  close(arithmetic([3, 1], [1, 1], [0, 3]), [2, 3]);
  close(mean([Float32Array.of(0, 4), Float32Array.of(0, 2)]), [0, 3]);
});

test("an edit moves by standard deviations, whatever the direction's length", () => {
  const z = Float32Array.of(1, 1);
  close(edit(z, [{ direction: [0, 5], step: 2 }]), [1, 3]);
  close(z, [1, 1]);
});
