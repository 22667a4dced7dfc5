/** The points to learn from, as in lesson 4: each function draws one. */

const wobble = ({ normal }, size) => size * normal();
const upTo = ({ uniform }, n) => Math.floor(n * uniform());

/** Eight heaps on a circle. */
function ring(random) {
  const angle = (upTo(random, 8) * Math.PI) / 4;
  const around = [2 * Math.cos(angle), 2 * Math.sin(angle)];
  return around.map((middle) => middle + wobble(random, 0.15));
}

/** Nine heaps, three by three. */
function grid(random) {
  return [0, 1].map(() => 2 * (upTo(random, 3) - 1) + wobble(random, 0.15));
}

/** A line that winds round the middle. */
function spiral(random) {
  const along = Math.sqrt(0.03 + 0.97 * random.uniform());
  const angle = 3 * Math.PI * along;
  const place = [2.4 * along * Math.cos(angle), 2.4 * along * Math.sin(angle)];
  return place.map((middle) => middle + wobble(random, 0.06));
}

export const SHAPES = { ring, grid, spiral };

/**
 * Draw points.
 *
 * @param {string} kind a key of `SHAPES`.
 * @param {number} n
 * @param {object} random from `randomFrom`.
 * @returns {Float64Array} n × 2.
 */
export function drawPoints(kind, n, random) {
  const points = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) points.set(SHAPES[kind](random), 2 * k);
  return points;
}
