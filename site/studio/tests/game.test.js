import assert from "node:assert/strict";
import { test } from "node:test";

import { Adam } from "../src/game/adam.js";
import { PointGame } from "../src/game/game.js";
import {
  discriminatorLoss,
  generatorLoss,
  pullUp,
  pushDown,
} from "../src/game/losses.js";
import { Mlp } from "../src/game/mlp.js";
import { drawPoints } from "../src/game/shapes.js";
import { randomFrom } from "../src/random.js";

const N = 5;

/** Check gradients of a loss against differences: each array at a few places. */
function compare(loss, arrays, gradients) {
  const h = 1e-6;
  arrays.forEach((values, part) => {
    for (let k = 0; k < values.length; k += Math.ceil(values.length / 7)) {
      const before = values[k];
      values[k] = before + h;
      const above = loss();
      values[k] = before - h;
      const below = loss();
      values[k] = before;
      const difference = (above - below) / (2 * h);
      const off = Math.abs(difference - gradients[part][k]);
      assert.ok(
        off < 1e-6,
        `array ${part}, ${k}: ${gradients[part][k]}, ${difference}`,
      );
    }
  });
}

function smallGame() {
  const random = randomFrom(3);
  const D = new Mlp([2, 6, 5, 1], random.uniform);
  const G = new Mlp([2, 4, 6, 2], random.uniform);
  const draw = () => Float64Array.from({ length: 2 * N }, random.normal);
  return { D, G, real: draw(), latents: draw() };
}

test("D's gradients are those of its loss", () => {
  const { D, G, real, latents } = smallGame();
  const fakes = G.forward(latents, N);
  const loss = () => discriminatorLoss(D.forward(real, N), D.forward(fakes, N));
  const ofReal = D.backward(pullUp(D.forward(real, N))).weights;
  const ofFake = D.backward(pushDown(D.forward(fakes, N))).weights;
  const sums = ofReal.map((values, part) => values.map((v, k) => v + ofFake[part][k]));
  compare(loss, D.weights, sums);
});

test("G's gradients come through D", () => {
  const { D, G, latents } = smallGame();
  const loss = () => generatorLoss(D.forward(G.forward(latents, N), N));
  const logits = D.forward(G.forward(latents, N), N);
  const { weights } = G.backward(D.backward(pullUp(logits)).input);
  compare(loss, G.weights, weights);
});

test("the gradient with respect to the input is right, too", () => {
  const { D, real } = smallGame();
  const loss = () => generatorLoss(D.forward(real, N));
  const { input } = D.backward(pullUp(D.forward(real, N)));
  compare(loss, [real], [input]);
});

test("at first the losses are log 4 and log 2, if D says one half", () => {
  assert.ok(Math.abs(discriminatorLoss([0], [0]) - Math.log(4)) < 1e-12);
  assert.ok(Math.abs(generatorLoss([0]) - Math.log(2)) < 1e-12);
  assert.ok(Number.isFinite(discriminatorLoss([-1000], [1000])));
});

test("Adam's first step is the learning rate, against the gradient's sign", () => {
  const weights = [Float64Array.of(1, 1)];
  new Adam(weights, 0.1).step([Float64Array.of(7, -0.01)]);
  assert.ok(Math.abs(weights[0][0] - 0.9) < 1e-4);
  assert.ok(Math.abs(weights[0][1] - 1.1) < 1e-4);
});

test("whoever's turn it is moves, and the other is frozen", () => {
  const game = new PointGame("ring");
  game.step("D");
  assert.ok(game.moved.D > 0 && game.moved.G === 0);
  game.step("G");
  assert.ok(game.moved.G > 0 && game.moved.D === 0);
  assert.deepEqual(game.turns, { D: 1, G: 1 });
});

test("D alone learns to tell the points apart", () => {
  const game = new PointGame("ring");
  for (let k = 0; k < 40; k++) game.step("D");
  const mean = (values) => values.reduce((a, b) => a + b) / values.length;
  assert.ok(mean(game.probabilities(game.real)) > 0.6);
  assert.ok(mean(game.probabilities(game.fakes())) < 0.4);
});

test("the points lie where lesson 4 has them", () => {
  const radii = (points) =>
    Array.from({ length: points.length / 2 }, (_, k) =>
      Math.hypot(points[2 * k], points[2 * k + 1]),
    );
  const random = randomFrom(0);
  const ring = radii(drawPoints("ring", 500, random));
  assert.ok(Math.min(...ring) > 1.2 && Math.max(...ring) < 2.8);
  const grid = drawPoints("grid", 500, random).map((x) => x - 2 * Math.round(x / 2));
  assert.ok(Math.max(...grid.map(Math.abs)) < 0.7);
  const spiral = radii(drawPoints("spiral", 500, random));
  assert.ok(Math.min(...spiral) < 0.8 && Math.max(...spiral) < 2.8);
});
