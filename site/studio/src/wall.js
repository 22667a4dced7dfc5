/** The wall: sixteen faces of a seed, and the faces that were kept. */

import { button, make } from "./dom.js";
import { letDrag } from "./drag.js";
import { draw } from "./pixels.js";
import { sampleLatents } from "./random.js";

export const FACES = 16;
const KEPT = 8; // at most; the oldest goes first

/**
 * A face.
 *
 * @typedef {object} Face
 * @property {Float32Array} latent
 * @property {Float32Array} image
 * @property {string} name for labels and files.
 * @property {boolean} photo whether a photo of somebody is behind it.
 */

export class Wall {
  /**
   * @param {object} studio
   * @param {(face: Face) => void} picked called when a face is chosen.
   */
  constructor(studio, picked) {
    Object.assign(this, { studio, picked, seed: 0, faces: [], kept: [], round: 0 });
    this.badge = () => "";
    this.grid = make("div", { class: "grid", role: "group", "aria-label": "Faces" });
    this.shelf = make("div", { class: "grid", role: "group", "aria-label": "Kept" });
    this.shelfTitle = make("h3", { hidden: true }, "Kept");
    this.input = make("input", {
      type: "number",
      id: "seed",
      min: 0,
      max: 999999999,
      value: 0,
      onchange: () => this.paint(this.input.valueAsNumber),
    });
    this.element = make(
      "div",
      { class: "wall" },
      make(
        "div",
        { class: "row" },
        make("label", { for: "seed" }, "Seed"),
        this.input,
        button("New faces", () => this.paint(this.seed + 1)),
      ),
      this.grid,
      this.shelfTitle,
      this.shelf,
    );
    for (const group of [this.grid, this.shelf]) {
      group.addEventListener("keydown", (event) => move(group, event));
    }
  }

  /** Paint the faces of a seed, one after the other as they are ready. */
  async paint(seed) {
    const { studio } = this;
    if (!studio.generator) return;
    this.seed = Number.isInteger(seed) && seed >= 0 ? seed : 0;
    this.input.value = this.seed;
    const round = (this.round += 1);
    this.grid.setAttribute("aria-busy", "true");
    const latents = sampleLatents(FACES, studio.generator.latentDim, this.seed);
    const faces = [];
    for await (const image of studio.generator.paintAll(latents)) {
      if (round !== this.round) return; // another seed has been asked for
      const k = faces.length;
      const name = `face ${k + 1} of seed ${this.seed}`;
      const face = { latent: latents[k], image, name, photo: false };
      faces.push(face);
      const tile = this.tile(face);
      if (k < this.grid.children.length) this.grid.children[k].replaceWith(tile);
      else this.grid.append(tile);
      tile.tabIndex = k ? -1 : 0;
      if (k === 0) {
        performance.mark("first face");
        this.faces = faces;
        this.picked(face, true);
      }
      this.mark();
    }
    this.grid.removeAttribute("aria-busy");
  }

  /** Put a face on the shelf, where it stays when the seed changes. */
  keep(face) {
    if (this.kept.includes(face)) return;
    this.kept = [...this.kept, face].slice(-KEPT);
    this.shelf.replaceChildren(...this.kept.map((each) => this.tile(each)));
    [...this.shelf.children].forEach((tile, k) => (tile.tabIndex = k ? -1 : 0));
    this.shelfTitle.hidden = false;
    this.mark();
  }

  /** Whether a face is on the wall no more. */
  stale(face) {
    return !this.faces.includes(face) && !this.kept.includes(face);
  }

  /** Another generator: nothing of the old one stays. */
  clear() {
    this.kept = [];
    this.shelf.replaceChildren();
    this.grid.replaceChildren();
    this.shelfTitle.hidden = true;
  }

  tile(face) {
    const canvas = make("canvas");
    draw(canvas, face.image, this.studio.generator.channels);
    const badge = make("span", { class: "badge" });
    const press = () => this.picked(face, false);
    const tile = button("", press, { class: "face", "aria-pressed": "false" });
    tile.append(canvas, badge);
    tile.face = face;
    letDrag(tile, () => face);
    return tile;
  }

  /** Show what the view that is open says of each face: a badge, or nothing. */
  mark(badge = this.badge) {
    this.badge = badge;
    for (const tile of this.element.querySelectorAll(".face")) {
      const text = badge(tile.face);
      tile.lastChild.textContent = text;
      tile.setAttribute("aria-pressed", String(text !== ""));
      tile.setAttribute("aria-label", `${tile.face.name} ${text}`.trim());
    }
  }
}

/** Arrow keys move the focus in a grid of four columns. */
function move(group, event) {
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 4, ArrowUp: -4 };
  const tiles = [...group.children];
  const from = tiles.indexOf(event.target);
  const to = tiles[from + (steps[event.key] ?? NaN)];
  if (from < 0 || !to) return;
  event.preventDefault();
  tiles[from].tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}
