/** A slider for every direction, and beside it what else moves. */

import { make, slider } from "./dom.js";
import { movesInWords } from "./readings.js";
import { makeTable } from "./table.js";

const signed = (value) =>
  `${value > 0 ? "+" : ""}${value.toFixed(1)}`.replace("-", "−");

/**
 * Sliders for the directions that came with a generator.
 *
 * @param {object} studio
 * @param {() => void} moved
 * @returns {{element: HTMLElement, moves: Function, reset: Function, fill: Function,
 *   empty: boolean}}
 */
export function directionSliders(studio, moved) {
  const element = make("div", { class: "directions" });
  let rows = [];
  let filled = null;

  function fill() {
    filled = studio.directions;
    element.replaceChildren();
    const { lengths, faces } = studio.about ?? {};
    rows = Object.entries(studio.directions).map(([name, { direction, moves }]) => {
      const range = { min: -3, max: 3, step: 0.1, value: 0 };
      const row = slider(name, range, moved, signed);
      const caption = `${name}: measured on ${faces} faces, moved both ways by`;
      const head = ["", ...lengths.map(String)];
      const table = makeTable(caption, head, movesInWords(moves));
      element.append(make("div", { class: "direction" }, row, table));
      return { row, direction };
    });
  }

  return {
    element,
    moves: () =>
      rows.map(({ row, direction }) => ({ direction, step: row.input.valueAsNumber })),
    reset: () => rows.forEach(({ row }) => row.set(0)),
    fill() {
      if (filled !== studio.directions) fill();
    },
    get empty() {
      return rows.length === 0;
    },
  };
}
