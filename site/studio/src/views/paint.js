/** Paint: a face from random numbers. */

import { button, make } from "../dom.js";
import { norm } from "../latent.js";
import { draw, drawLatent } from "../pixels.js";

export function makePaint(studio) {
  const canvas = make("canvas", { class: "large", role: "img" });
  const strip = make("canvas", { class: "strip", "aria-hidden": "true" });
  const facts = make("p", { "aria-live": "polite" });
  const saveAll = () => {
    const tiles = [...studio.wall.grid.querySelectorAll("canvas")];
    studio.save(tiles, `seed-${studio.wall.seed}`, { columns: 4 });
  };
  const saveOne = () => {
    const { name, photo } = studio.current;
    studio.save([canvas], name, { photo });
  };
  const buttons = [
    button("Keep this face", () => studio.wall.keep(studio.current)),
    button("Save this face", saveOne),
    button("Save all sixteen", saveAll),
  ];
  const element = make(
    "section",
    {},
    make("h2", {}, "Paint"),
    make(
      "p",
      {},
      "A generator turns random numbers, a latent, into a face. It learned from " +
        "photos what faces look like; these are faces of nobody. The same seed " +
        "paints the same faces on every machine, and in the course.",
    ),
    make("div", { class: "pictures" }, make("figure", {}, canvas, strip)),
    facts,
    make("div", { class: "row" }, ...buttons),
  );

  function show() {
    const face = studio.current;
    for (const each of buttons) each.disabled = !face;
    if (!face || !studio.generator) return;
    draw(canvas, face.image, studio.generator.channels);
    canvas.setAttribute("aria-label", face.name);
    drawLatent(strip, face.latent);
    facts.textContent =
      `${face.name.charAt(0).toUpperCase()}${face.name.slice(1)}. Under it, its ` +
      `${face.latent.length} numbers: blue above 0, orange below. As a vector they ` +
      `are ${norm(face.latent).toFixed(1)} long.`;
  }

  const title = "Paint";
  return { id: "paint", title, element, wall: true, picked: show, opened: show };
}
