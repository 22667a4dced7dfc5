/** The networks: each turns numbers into numbers, on this machine. */

import { readGenerator } from "./onnx.js";
import { breathe } from "./dom.js";
import { inTurn, makeSession } from "./runtime.js";

/**
 * Run a session on one example.
 *
 * @param {object} ort
 * @param {object} session
 * @param {string} input its name.
 * @param {Float32Array} values
 * @param {number[]} shape of one example.
 * @returns {Promise<Object<string, Float32Array>>} its outputs.
 */
function run(ort, session, input, values, shape) {
  return inTurn(async () => {
    const tensor = new ort.Tensor("float32", values, [1, ...shape]);
    const outputs = await session.run({ [input]: tensor });
    const found = {};
    for (const [name, output] of Object.entries(outputs)) {
      found[name] = Float32Array.from(await output.getData());
      output.dispose();
    }
    tensor.dispose();
    return found;
  });
}

/** Maps a latent to a picture: Float32Array, size × size × channels, from -1 to 1. */
export class Generator {
  /**
   * @param {object} engine { ort, backend }
   * @param {Uint8Array} bytes of an ONNX file.
   * @throws {Error} one line, if it is no generator of the course.
   */
  static async from({ ort, backend }, bytes, what = "the generator") {
    const facts = readGenerator(bytes);
    const session = await makeSession(ort, backend, bytes, what);
    const generator = Object.assign(new Generator(), { ort, session, ...facts });
    await generator.paint(new Float32Array(facts.latentDim));
    return generator;
  }

  get shape() {
    return [this.size, this.size, this.channels];
  }

  async paint(latent) {
    const shape = [this.latentDim];
    const { image } = await run(this.ort, this.session, "latent", latent, shape);
    const expected = this.size * this.size * this.channels;
    if (image.length !== expected || !image.every(Number.isFinite)) {
      throw new Error("it paints no picture: some values are no numbers");
    }
    return image;
  }

  /** Paint several, and let the browser breathe in between. */
  async *paintAll(latents) {
    for (const latent of latents) {
      yield await this.paint(latent);
      await breathe();
    }
  }

  release() {
    return inTurn(() => this.session.release());
  }
}

/** A network that reads pictures: the scorer, the encoder or the discriminator. */
export class Reader {
  static async from({ ort, backend }, bytes, shape, what) {
    const session = await makeSession(ort, backend, bytes, what);
    return Object.assign(new Reader(), { ort, session, shape });
  }

  /** All it says of a picture, by name. */
  read(image) {
    return run(this.ort, this.session, "image", image, this.shape);
  }
}
