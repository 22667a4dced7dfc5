/**
 * Random latents, the same that NumPy's `default_rng(seed).standard_normal` gives: so a
 * seed paints the same faces here and in `gan-lessons sample --seed`.
 *
 * The bits come from PCG64 (O'Neill, "PCG: a family of simple fast space-efficient
 * statistically good algorithms for random number generation", 2014), the bell curve
 * from Marsaglia and Tsang, "The ziggurat method for generating random variables",
 * 2000.
 */

const MASK64 = (1n << 64n) - 1n;
const MASK128 = (1n << 128n) - 1n;
const MULTIPLIER = (2549297995355413924n << 64n) | 4865540595714422341n;

/** Spread a seed over `count` words of 32 bits, as NumPy's SeedSequence does. */
export function spreadSeed(seed, count) {
  const entropy = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, 0, 0];
  let constant = 0x43b0d7e5;
  const hash = (value) => {
    let mixed = value ^ constant;
    constant = Math.imul(constant, 0x931e8875);
    mixed = Math.imul(mixed, constant);
    return mixed ^ (mixed >>> 16);
  };
  const pool = entropy.map(hash);
  for (let source = 0; source < 4; source++) {
    for (let target = 0; target < 4; target++) {
      if (source === target) continue;
      const hashed = hash(pool[source]);
      const mixed = Math.imul(0xca01f9dd, pool[target]) - Math.imul(0x4973f715, hashed);
      pool[target] = mixed ^ (mixed >>> 16);
    }
  }
  constant = 0x8b51f9dd;
  return Array.from({ length: count }, (_, k) => {
    let value = pool[k % 4] ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    value = Math.imul(value, constant);
    return (value ^ (value >>> 16)) >>> 0;
  });
}

/** A function that gives 64 random bits at every call. */
export function bitsFrom(seed) {
  const words = spreadSeed(seed, 8).map(BigInt);
  const [high, low, streamHigh, streamLow] = [0, 2, 4, 6].map(
    (k) => words[k] | (words[k + 1] << 32n),
  );
  const increment = ((((streamHigh << 64n) | streamLow) << 1n) | 1n) & MASK128;
  let state = (increment + ((high << 64n) | low)) & MASK128;
  const step = () => (state = (state * MULTIPLIER + increment) & MASK128);
  step();
  return () => {
    step();
    const mixed = ((state >> 64n) ^ state) & MASK64;
    const turn = state >> 122n;
    return ((mixed >> turn) | (mixed << (64n - turn))) & MASK64;
  };
}

const LAYERS = 256;
const EDGE = 3.6541528853610088; // where the tail of the bell curve begins
const AREA = 0.004928673233974655; // of each layer
const bell = (x) => Math.exp(-0.5 * x * x);

/** The widths of the ziggurat's layers, and how much of each is under the curve. */
function buildLayers() {
  const scale = 2 ** 52;
  const width = new Float64Array(LAYERS);
  const inside = new Float64Array(LAYERS);
  const height = new Float64Array(LAYERS);
  let x = EDGE;
  const base = AREA / bell(x);
  [inside[0], inside[1]] = [(x / base) * scale, 0];
  [width[0], width[LAYERS - 1]] = [base / scale, x / scale];
  [height[0], height[LAYERS - 1]] = [1, bell(x)];
  for (let k = LAYERS - 2; k > 0; k--) {
    const outer = x;
    x = Math.sqrt(-2 * Math.log(AREA / x + bell(x)));
    inside[k + 1] = (x / outer) * scale;
    height[k] = bell(x);
    width[k] = x / scale;
  }
  return { width, inside, height };
}

const { width, inside, height } = buildLayers();

/**
 * Random numbers from a seed.
 *
 * @param {number} seed a whole number from 0.
 * @returns {{uniform: () => number, normal: () => number}} from 0 to 1, and from the
 *   standard normal distribution; both go on along the same bits.
 */
export function randomFrom(seed) {
  const bits = bitsFrom(seed);
  const uniform = () => Number(bits() >> 11n) / 2 ** 53;
  const tail = () => {
    for (;;) {
      const x = -Math.log1p(-uniform()) / EDGE;
      const y = -Math.log1p(-uniform());
      if (2 * y > x * x) return EDGE + x;
    }
  };
  const normal = () => {
    for (;;) {
      const drawn = bits();
      const layer = Number(drawn & 255n);
      const negative = (drawn >> 8n) & 1n;
      const place = (drawn >> 9n) & ((1n << 52n) - 1n);
      const size = Number(place) * width[layer];
      const x = negative ? -size : size;
      if (Number(place) < inside[layer]) return x;
      if (layer === 0) return (place >> 8n) & 1n ? -tail() : tail();
      const between = (height[layer - 1] - height[layer]) * uniform();
      if (between + height[layer] < bell(x)) return x;
    }
  };
  return { uniform, normal };
}

/**
 * Latents as `gan_lessons.models.sample_latents` gives them.
 *
 * @param {number} n
 * @param {number} length of each.
 * @param {number} seed a whole number from 0.
 * @returns {Float32Array[]}
 */
export function sampleLatents(n, length, seed) {
  const { normal } = randomFrom(seed);
  return Array.from({ length: n }, () => Float32Array.from({ length }, normal));
}
