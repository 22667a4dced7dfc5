/** Edit: along directions of the latent space, with an eye on what else moves. */

import { button, make } from "../dom.js";
import { edit } from "../latent.js";
import { draw } from "../pixels.js";
import { newestOnly } from "../queue.js";
import { likeness, readings } from "../readings.js";
import { directionSliders } from "../sliders.js";
import { makeTable } from "../table.js";

export function makeEdit(studio) {
  const before = make("canvas", { class: "large", role: "img" });
  const after = make("canvas", { class: "large", role: "img" });
  const note = make("p");
  const guesses = make("div", { "aria-live": "polite" });
  let edited = null;
  const sliders = directionSliders(studio, () => update());
  const buttons = [
    button("Back to 0", () => {
      sliders.reset();
      update();
    }),
    button("Keep the edited face", () => studio.wall.keep(edited)),
    button("Save both", () =>
      studio.save([before, after], edited.name, { photo: edited.photo }),
    ),
  ];
  const element = make(
    "section",
    {},
    make("h2", {}, "Edit"),
    make(
      "p",
      {},
      "Each slider moves the latent along one direction, in standard deviations. No " +
        "direction moves one thing alone: the tables say what else moved when many " +
        "faces were edited, and the scorer, a network that had no part in finding " +
        "the directions, guesses what has moved in this face.",
    ),
    make(
      "div",
      { class: "pictures stay" },
      make("figure", {}, before, make("figcaption", {}, "before")),
      make("figure", {}, after, make("figcaption", {}, "edited")),
    ),
    make("div", { class: "row" }, ...buttons),
    note,
    sliders.element,
    guesses,
    make(
      "p",
      { class: "small" },
      "The scorer repeats labels that people gave to photos, in groups that fit few. " +
        "What it says is a network's guess about a picture of nobody, and no fact " +
        "about any person.",
    ),
  );

  const update = newestOnly(async () => {
    const face = studio.current;
    const ready = Boolean(face && studio.generator && !sliders.empty);
    for (const control of buttons) control.disabled = !ready;
    if (!face || !studio.generator) return;
    const { channels } = studio.generator;
    draw(before, face.image, channels);
    before.setAttribute("aria-label", `${face.name}, before`);
    const z = edit(face.latent, sliders.moves());
    edited = await studio.paint(z, `${face.name}, edited`, face.photo);
    draw(after, edited.image, channels);
    after.setAttribute("aria-label", edited.name);
    await guess(face, edited);
  }, studio.fail);

  async function guess(face, changed) {
    const scorer = studio.reader("scorer");
    guesses.replaceChildren();
    note.textContent = "";
    if (sliders.empty) {
      note.textContent = "No directions come with this generator.";
    } else if (face.photo) {
      note.textContent =
        "A photo is behind this face: the scorer keeps quiet, for its guesses about " +
        "a real person are of no use to anybody.";
    } else if (!scorer) {
      note.textContent = studio.whyNot("scorer");
    } else {
      const said = [await scorer.read(face.image), await scorer.read(changed.image)];
      const [was, is] = said.map((outputs) => readings(outputs, studio.about.readings));
      const rows = was.map(({ name, value, unit }, k) => [
        name,
        words(value, unit),
        words(is[k].value, unit),
        change(is[k].value - value),
      ]);
      rows.push(["likeness kept", "", likeness(...said).toFixed(2), ""]);
      const caption = "What the scorer guesses about this face";
      guesses.append(makeTable(caption, ["", "before", "edited", "change"], rows));
    }
  }

  return {
    id: "edit",
    title: "Edit",
    element,
    wall: true,
    picked: () => update(),
    opened: () => update(),
    changed: () => sliders.fill(),
  };
}

const words = (value, unit) => `${Math.round(value)} ${unit}`.replace("-", "−");

function change(value) {
  const number = Math.round(value);
  return `${number > 0 ? "+" : ""}${number}`.replace("-", "−");
}
