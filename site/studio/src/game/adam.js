/**
 * Adam, with the settings of lesson 4: rate 1e-3, beta_1 0.5.
 *
 * Kingma and Ba, "Adam: a method for stochastic optimization", 2015.
 */
export class Adam {
  /** @param {Float64Array[]} weights which it will change. */
  constructor(weights, rate = 1e-3, beta1 = 0.5, beta2 = 0.999) {
    Object.assign(this, { weights, rate, beta1, beta2, steps: 0 });
    this.means = weights.map(({ length }) => new Float64Array(length));
    this.squares = weights.map(({ length }) => new Float64Array(length));
  }

  /** Move the weights one step down the gradients. */
  step(gradients) {
    const { beta1, beta2 } = this;
    this.steps += 1;
    const grown1 = 1 - beta1 ** this.steps;
    const grown2 = 1 - beta2 ** this.steps;
    const rate = (this.rate * Math.sqrt(grown2)) / grown1;
    this.weights.forEach((weights, part) => {
      const [means, squares] = [this.means[part], this.squares[part]];
      gradients[part].forEach((gradient, k) => {
        means[k] += (1 - beta1) * (gradient - means[k]);
        squares[k] += (1 - beta2) * (gradient * gradient - squares[k]);
        weights[k] -= (rate * means[k]) / (Math.sqrt(squares[k]) + 1e-7);
      });
    });
  }
}
