/** The non-saturating losses of `gan_lessons.gan`, and their slopes. */

export const sigmoid = (logit) => 1 / (1 + Math.exp(-logit));
export const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const meanOf = (values) => values.reduce((a, b) => a + b, 0) / values.length;

/** -log D(x) - log(1 - D(G(z))), mean over the batch. */
export function discriminatorLoss(real, fake) {
  return meanOf(real.map((logit) => softplus(-logit))) + meanOf(fake.map(softplus));
}

/** -log D(G(z)), mean over the batch. */
export function generatorLoss(fake) {
  return meanOf(fake.map((logit) => softplus(-logit)));
}

/** The slope of mean(-log D) for each logit: what pulls it up. */
export function pullUp(logits) {
  return logits.map((logit) => -sigmoid(-logit) / logits.length);
}

/** The slope of mean(-log(1 - D)) for each logit: what pushes it down. */
export function pushDown(logits) {
  return logits.map((logit) => sigmoid(logit) / logits.length);
}
