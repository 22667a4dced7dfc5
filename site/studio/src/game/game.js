/** The GAN of lesson 4 on points of the plane; each network takes its turn alone. */

import { randomFrom } from "../random.js";
import { Adam } from "./adam.js";
import {
  discriminatorLoss,
  generatorLoss,
  pullUp,
  pushDown,
  sigmoid,
} from "./losses.js";
import { Mlp } from "./mlp.js";
import { drawPoints } from "./shapes.js";

export const SHOWN = 300; // points of each kind on the picture
const BATCH = 256;
const HIDDEN = [64, 64, 64];

/** How far weights have moved from a copy of them. */
function distance(weights, copies) {
  let sum = 0;
  weights.forEach((values, part) =>
    values.forEach((value, k) => (sum += (value - copies[part][k]) ** 2)),
  );
  return Math.sqrt(sum);
}

export class PointGame {
  /**
   * @param {string} kind of points to learn from: ring, grid or spiral.
   * @param {number} [seed]
   */
  constructor(kind = "ring", seed = 0) {
    this.kind = kind;
    this.random = randomFrom(seed);
    const { uniform } = this.random;
    this.D = new Mlp([2, ...HIDDEN, 1], uniform);
    this.G = new Mlp([2, ...HIDDEN, 2], uniform);
    this.optimizers = { D: new Adam(this.D.weights), G: new Adam(this.G.weights) };
    this.turns = { D: 0, G: 0 };
    this.moved = { D: 0, G: 0 }; // by how much the last turn moved each network
    this.losses = { D: null, G: null };
    this.real = drawPoints(kind, SHOWN, randomFrom(seed + 1));
    this.latents = this.drawLatents(SHOWN, randomFrom(seed + 2));
  }

  drawLatents(n, { normal } = this.random) {
    return Float64Array.from({ length: 2 * n }, normal);
  }

  /**
   * One turn of one network; the other is frozen.
   *
   * @param {"D"|"G"} network
   */
  step(network) {
    const parts = { D: this.D, G: this.G };
    const before = {};
    for (const [name, { weights }] of Object.entries(parts)) {
      before[name] = weights.map((values) => values.slice());
    }
    const gradients = network === "D" ? this.gradientsOfD() : this.gradientsOfG();
    this.optimizers[network].step(gradients);
    this.turns[network] += 1;
    for (const [name, { weights }] of Object.entries(parts)) {
      this.moved[name] = distance(weights, before[name]);
    }
  }

  /** D is to say "real" to real points and "fake" to G's. */
  gradientsOfD() {
    const { D, G } = this;
    const fakes = G.forward(this.drawLatents(BATCH), BATCH);
    const real = D.forward(drawPoints(this.kind, BATCH, this.random), BATCH);
    const fromReal = D.backward(pullUp(real)).weights;
    const fake = D.forward(fakes, BATCH);
    const fromFake = D.backward(pushDown(fake)).weights;
    this.losses.D = discriminatorLoss(real, fake);
    return fromReal.map((values, part) => values.map((v, k) => v + fromFake[part][k]));
  }

  /** G is to make points that D finds real: the gradient comes through D. */
  gradientsOfG() {
    const { D, G } = this;
    const fakes = G.forward(this.drawLatents(BATCH), BATCH);
    const logits = D.forward(fakes, BATCH);
    this.losses.G = generatorLoss(logits);
    const toFakes = D.backward(pullUp(logits)).input;
    return G.backward(toFakes).weights;
  }

  /** What G makes of the same latents at every call. */
  fakes() {
    return this.G.forward(this.latents, SHOWN);
  }

  /** How real D finds each of n points, 0 to 1. */
  probabilities(points) {
    return this.D.forward(points, points.length / 2).map(sigmoid);
  }
}
