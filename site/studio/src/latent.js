/** Arithmetic on latents, as in `gan_lessons.latent`: each is a Float32Array. */

/** Length of a latent: about the square root of how many numbers it has. */
export function norm(z) {
  return Math.hypot(...z);
}

/** a · b */
export function dot(a, b) {
  return a.reduce((sum, value, k) => sum + value * b[k], 0);
}

/** The cosine of the angle between two vectors. */
export function cosine(a, b) {
  return dot(a, b) / (norm(a) * norm(b) + 1e-9);
}

/** On the straight line from a (t = 0) to b (t = 1). */
export function lerp(a, b, t) {
  return a.map((value, k) => (1 - t) * value + t * b[k]);
}

/**
 * Turn evenly from a (t = 0) to b (t = 1); the length changes evenly, too.
 *
 * Shoemake, "Animating rotation with quaternion curves", 1985.
 */
export function slerp(a, b, t) {
  const [lengthA, lengthB] = [norm(a), norm(b)];
  if (Math.min(lengthA, lengthB) === 0) return lerp(a, b, t);
  const angle = Math.acos(Math.min(1, Math.max(-1, dot(a, b) / lengthA / lengthB)));
  if (angle < 1e-4 || Math.PI - angle < 1e-4) return lerp(a, b, t);
  const length = ((1 - t) * lengthA + t * lengthB) / Math.sin(angle);
  const [ofA, ofB] = [Math.sin((1 - t) * angle), Math.sin(t * angle)];
  return a.map(
    (value, k) => length * ((ofA * value) / lengthA + (ofB * b[k]) / lengthB),
  );
}

/**
 * The point at t on a walk from latent to latent.
 *
 * @param {Float32Array[]} latents two or more.
 * @param {number} t from 0, the first, to 1, the last.
 * @param {typeof lerp} interpolate
 */
export function along(latents, t, interpolate) {
  const legs = latents.length - 1;
  const leg = Math.min(legs - 1, Math.floor(t * legs));
  return interpolate(latents[leg], latents[leg + 1], t * legs - leg);
}

/** The mean of several latents, which keeps what their faces have in common. */
export function mean(latents) {
  const sum = new Float32Array(latents[0].length);
  for (const z of latents) z.forEach((value, k) => (sum[k] += value / latents.length));
  return sum;
}

/** a − b + c */
export function arithmetic(a, minus, plus) {
  return a.map((value, k) => value - minus[k] + plus[k]);
}

/**
 * Move a latent along directions.
 *
 * @param {Float32Array} z
 * @param {{direction: number[], step: number}[]} moves steps in standard deviations.
 */
export function edit(z, moves) {
  const moved = Float32Array.from(z);
  for (const { direction, step } of moves) {
    const length = norm(direction);
    direction.forEach((value, k) => (moved[k] += (step * value) / length));
  }
  return moved;
}
