import { make } from "./dom.js";

/**
 * A small table.
 *
 * @param {string} caption
 * @param {string[]} head
 * @param {string[][]} rows the first cell of each is its name.
 */
export function makeTable(caption, head, rows) {
  const cell = (tag, attributes) => (text) => make(tag, attributes, text);
  return make(
    "table",
    {},
    make("caption", {}, caption),
    make("thead", {}, make("tr", {}, ...head.map(cell("th", { scope: "col" })))),
    make(
      "tbody",
      {},
      ...rows.map(([name, ...values]) =>
        make(
          "tr",
          {},
          make("th", { scope: "row" }, name),
          ...values.map(cell("td", {})),
        ),
      ),
    ),
  );
}
