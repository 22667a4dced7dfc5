/** Arithmetic: a − b + c, with one face or several in each place. */

import { button, make } from "../dom.js";
import { arithmetic, mean, norm } from "../latent.js";
import { draw } from "../pixels.js";
import { newestOnly } from "../queue.js";

const MOST = 4; // faces in a place

export function makeArithmetic(studio) {
  const slots = ["a", "b", "c"].map(makeSlot);
  let active = slots[0];
  let result = null;
  const canvas = make("canvas", { class: "large", role: "img" });
  const facts = make("p", { "aria-live": "polite" });
  const keep = button("Keep the result", () => studio.wall.keep(result));
  const save = button("Save the result", () =>
    studio.save([canvas], result.name, { photo: result.photo }),
  );
  const clear = button("Clear", () => {
    for (const slot of slots) slot.faces = [];
    activate(slots[0]);
    update();
  });
  const sum = make("div", { class: "sum" });
  ["", "−", "+"].forEach((sign, k) => {
    if (sign) sum.append(make("span", { class: "sign" }, sign));
    sum.append(slots[k].element);
  });
  const element = make(
    "section",
    {},
    make("h2", {}, "Arithmetic"),
    make(
      "p",
      {},
      "Drop faces into the three places, or choose a place and then faces on the " +
        "wall. Several faces in a place stand for their mean, which keeps what they " +
        "have in common: with three each, the sum is steadier. Smiling woman − woman " +
        "+ man?",
    ),
    sum,
    make("div", { class: "pictures" }, make("figure", {}, canvas)),
    facts,
    make("div", { class: "row" }, keep, save, clear),
  );

  /** A place for faces: dropped on, or chosen and then filled from the wall. */
  function makeSlot(letter) {
    const slot = { letter, faces: [] };
    slot.held = make("div", { class: "held" });
    slot.choose = button(letter, () => activate(slot), { "aria-pressed": "false" });
    slot.element = make("div", { class: "slot", "data-slot": letter });
    slot.element.append(slot.choose, slot.held);
    slot.element.addEventListener("facedrop", ({ detail }) => add(slot, detail));
    return slot;
  }

  function activate(slot) {
    active = slot;
    for (const each of slots) {
      each.choose.setAttribute("aria-pressed", String(each === slot));
      each.element.classList.toggle("active", each === slot);
    }
  }

  function add(slot, face) {
    if (!slot.faces.includes(face)) slot.faces = [...slot.faces, face].slice(-MOST);
    activate(slots.find(({ faces }) => faces.length === 0) ?? slot);
    update();
  }

  function held(slot, face) {
    const picture = make("canvas");
    draw(picture, face.image, studio.generator.channels);
    const remove = () => {
      slot.faces = slot.faces.filter((each) => each !== face);
      activate(slot);
      update();
    };
    const label = `Take ${face.name} out of ${slot.letter}`;
    const tile = button("", remove, { class: "face", "aria-label": label });
    tile.append(picture);
    return tile;
  }

  const compute = newestOnly(async () => {
    const filled = slots.every(({ faces }) => faces.length > 0);
    for (const control of [keep, save]) control.disabled = !filled;
    canvas.hidden = !filled;
    if (!filled) {
      const empty = slots.filter(({ faces }) => !faces.length);
      const names = empty.map(({ letter }) => letter).join(", ");
      facts.textContent =
        `Still empty: ${names}. The next face goes to ${active.letter}.`;
      return;
    }
    const means = slots.map(({ faces }) => mean(faces.map(({ latent }) => latent)));
    const z = arithmetic(...means);
    const photo = slots.some(({ faces }) => faces.some((face) => face.photo));
    result = await studio.paint(z, "a − b + c", photo);
    draw(canvas, result.image, studio.generator.channels);
    canvas.setAttribute("aria-label", "the face of a minus b plus c");
    facts.textContent =
      `The sum is ${norm(z).toFixed(1)} long; a random latent is about ` +
      `${Math.sqrt(z.length).toFixed(1)}. A longer one lies where the generator has ` +
      "had little practice.";
  }, studio.fail);

  function update() {
    for (const slot of slots) {
      slot.held.replaceChildren(...slot.faces.map((face) => held(slot, face)));
    }
    studio.wall.mark();
    compute();
  }

  activate(active);
  return {
    id: "arithmetic",
    title: "Arithmetic",
    element,
    wall: true,
    badge: (face) =>
      slots
        .filter(({ faces }) => faces.includes(face))
        .map((s) => s.letter)
        .join(""),
    picked(face, first) {
      if (!first) add(active, face);
    },
    opened: update,
    changed() {
      if (studio.swapped) for (const slot of slots) slot.faces = [];
    },
  };
}
