/** A small dense network with its backward pass, written out. */

const SLOPE = 0.2; // of the leaky ReLU below 0

/**
 * Weights as Keras draws them: Glorot's uniform, with biases of 0.
 *
 * Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
 * networks", 2010.
 */
function drawLayer(inputs, outputs, uniform) {
  const limit = Math.sqrt(6 / (inputs + outputs));
  const kernel = Float64Array.from(
    { length: inputs * outputs },
    () => limit * (2 * uniform() - 1),
  );
  return { inputs, outputs, kernel, bias: new Float64Array(outputs) };
}

/** Dense layers with a leaky ReLU after each but the last. */
export class Mlp {
  /**
   * @param {number[]} sizes of the input, the hidden layers and the output.
   * @param {() => number} uniform random numbers from 0 to 1.
   */
  constructor(sizes, uniform) {
    this.layers = sizes
      .slice(1)
      .map((outputs, k) => drawLayer(sizes[k], outputs, uniform));
  }

  /** All arrays of weights. */
  get weights() {
    return this.layers.flatMap(({ kernel, bias }) => [kernel, bias]);
  }

  /**
   * Compute the outputs of a batch, and remember what the backward pass needs.
   *
   * @param {Float64Array} x n × inputs.
   * @param {number} n
   * @returns {Float64Array} n × outputs.
   */
  forward(x, n) {
    this.n = n;
    this.seen = [x];
    for (const [depth, { inputs, outputs, kernel, bias }] of this.layers.entries()) {
      const y = new Float64Array(n * outputs);
      const hidden = depth < this.layers.length - 1;
      for (let i = 0; i < n; i++) {
        const row = i * outputs;
        for (let j = 0; j < outputs; j++) y[row + j] = bias[j];
        for (let k = 0; k < inputs; k++) {
          const value = x[i * inputs + k];
          const from = k * outputs;
          for (let j = 0; j < outputs; j++) y[row + j] += value * kernel[from + j];
        }
        if (!hidden) continue;
        for (let j = 0; j < outputs; j++) if (y[row + j] < 0) y[row + j] *= SLOPE;
      }
      this.seen.push(y);
      x = y;
    }
    return x;
  }

  /**
   * The gradients of a loss, given its gradient with respect to the last outputs.
   *
   * @param {Float64Array} slopes n × outputs.
   * @returns {{weights: Float64Array[], input: Float64Array}} in the order of
   *   `weights`, and with respect to the input, n × inputs.
   */
  backward(slopes) {
    const { n } = this;
    const weights = [];
    for (let depth = this.layers.length - 1; depth >= 0; depth--) {
      const { inputs, outputs, kernel } = this.layers[depth];
      const x = this.seen[depth];
      const toKernel = new Float64Array(kernel.length);
      const toBias = new Float64Array(outputs);
      const toInput = new Float64Array(n * inputs);
      for (let i = 0; i < n; i++) {
        const row = i * outputs;
        for (let j = 0; j < outputs; j++) toBias[j] += slopes[row + j];
        for (let k = 0; k < inputs; k++) {
          const value = x[i * inputs + k];
          const from = k * outputs;
          let sum = 0;
          for (let j = 0; j < outputs; j++) {
            toKernel[from + j] += value * slopes[row + j];
            sum += kernel[from + j] * slopes[row + j];
          }
          // Before the leaky ReLU that made this input; its sign is the same.
          toInput[i * inputs + k] = depth > 0 && value < 0 ? SLOPE * sum : sum;
        }
      }
      weights.unshift(toKernel, toBias);
      slopes = toInput;
    }
    return { weights, input: slopes };
  }
}
