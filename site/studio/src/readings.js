/** What the scorer says of a face, in words; and what a direction moves. */

import { cosine } from "./latent.js";

const sigmoid = (logit) => 1 / (1 + Math.exp(-logit));
const percent = (share) => `${Math.round(100 * share)} %`;

/**
 * The scorer's guesses about a face, as rows of numbers.
 *
 * @param {Object<string, Float32Array>} outputs of the scorer.
 * @param {Object<string, string|string[]>} kinds of its outputs: "years", the name of
 *   what a logit speaks for, or the names of groups.
 * @returns {{name: string, value: number, unit: string}[]}
 */
export function readings(outputs, kinds) {
  return Object.entries(kinds).flatMap(([name, kind]) => {
    const values = outputs[name];
    if (!values) return [];
    if (kind === "years") return [{ name, value: values[0], unit: "years" }];
    if (!Array.isArray(kind)) {
      return [{ name: kind, value: 100 * sigmoid(values[0]), unit: "%" }];
    }
    const powers = values.map((logit) => Math.exp(logit - Math.max(...values)));
    const sum = powers.reduce((a, b) => a + b);
    const share = (k) => (100 * powers[k]) / sum;
    return kind.map((group, k) => ({ name: group, value: share(k), unit: "%" }));
  });
}

/** How alike two faces are to the scorer: 1 is the same. */
export function likeness(before, after) {
  return cosine(before.features, after.features);
}

/** The columns of `score_edits` in words; one that is not here keeps its name. */
const COLUMNS = {
  gender: ["faces that change gender", percent],
  years: ["years between the ends", (value) => value.toFixed(1)],
  race: ["faces that change group", percent],
  shift: ["largest change of a group's share", percent],
  colour: ["change of the colours, of 255 levels", (value) => value.toFixed(1)],
  likeness: ["likeness kept", (value) => value.toFixed(2)],
};

/**
 * What moves along a direction, as rows of a table.
 *
 * @param {Object<string, number[]>} moves columns of `score_edits`.
 * @returns {string[][]} a name and a cell for each length.
 */
export function movesInWords(moves) {
  return Object.entries(moves).map(([column, values]) => {
    const plain = (value) =>
      Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(1);
    const [name, say] = COLUMNS[column] ?? [column.replaceAll("_", " "), plain];
    return [name, ...values.map(say)];
  });
}
