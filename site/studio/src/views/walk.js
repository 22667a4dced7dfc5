/** Walk: from face to face, on a straight line and on an arc. */

import { button, make, slider } from "../dom.js";
import { along, lerp, norm, slerp } from "../latent.js";
import { draw } from "../pixels.js";
import { newestOnly } from "../queue.js";

const SECONDS = 4; // from one face to the next
const STRIP = 8; // pictures of each kind in a saved strip
const MOST = 4;
const still = matchMedia("(prefers-reduced-motion: reduce)");

export function makeWalk(studio) {
  let picks = [];
  let playing = 0;
  const ways = [
    ["lerp", lerp, "straight"],
    ["slerp", slerp, "on an arc"],
  ].map(([name, interpolate, how]) => {
    const canvas = make("canvas", { class: "large", role: "img", "aria-label": name });
    const text = make("span", { class: "number" });
    const caption = make("figcaption", {}, `${name}: ${how}`, make("br"), text);
    const figure = make("figure", {}, canvas, caption);
    return { name, interpolate, canvas, text, figure };
  });
  const place = slider(
    "Place on the walk",
    { min: 0, max: 1, step: 0.005, value: 0 },
    (t) => {
      pause();
      show(t);
    },
    (t) => `${Math.round(100 * t)} %`,
  );
  const play = button("Play", () => (playing ? pause() : start()));
  const save = button("Save as a strip", saveStrip);
  const hint = make("p", { "aria-live": "polite" });
  const speed = make("p", { class: "small" });
  const element = make(
    "section",
    {},
    make("h2", {}, "Walk"),
    make(
      "p",
      {},
      "Pick two to four faces on the wall, in the order of the walk. Half way " +
        "between two latents the straight line passes nearer to 0, where faces are " +
        "bland: watch the lengths. An arc keeps the length.",
    ),
    hint,
    make("div", { class: "pictures" }, ...ways.map(({ figure }) => figure)),
    place,
    make("div", { class: "row" }, play, save),
    speed,
  );

  const paint = newestOnly(async (t) => {
    const latents = picks.map(({ latent }) => latent);
    if (latents.length < 2) return;
    for (const { interpolate, canvas, text } of ways) {
      const z = along(latents, t, interpolate);
      draw(canvas, await studio.generator.paint(z), studio.generator.channels);
      text.textContent = `length ${norm(z).toFixed(1)}`;
    }
  }, studio.fail);

  function show(t) {
    place.set(t);
    return paint(t);
  }

  async function start() {
    if (picks.length < 2) return;
    const mine = (playing = performance.now());
    play.textContent = "Pause";
    const legs = picks.length - 1;
    const from = place.input.valueAsNumber % 1;
    for (let frames = 1; playing === mine; frames++) {
      const seconds = (performance.now() - mine) / 1000;
      const t = from + seconds / SECONDS / legs;
      await show(t % 2 > 1 ? 2 - (t % 2) : t % 2); // there and back
      if (seconds > 1) {
        speed.textContent = `${((2 * frames) / seconds).toFixed(0)} faces a second.`;
      }
      await new Promise(requestAnimationFrame);
    }
  }

  function pause() {
    playing = 0;
    play.textContent = "Play";
  }

  async function saveStrip() {
    pause();
    const latents = picks.map(({ latent }) => latent);
    const canvases = [];
    for (const { interpolate } of ways) {
      for (let k = 0; k < STRIP; k++) {
        const z = along(latents, k / (STRIP - 1), interpolate);
        const canvas = document.createElement("canvas");
        draw(canvas, await studio.generator.paint(z), studio.generator.channels);
        canvases.push(canvas);
      }
    }
    const photo = picks.some((face) => face.photo);
    await studio.save(canvases, "walk", { columns: STRIP, photo });
  }

  function update() {
    const ready = picks.length > 1;
    for (const control of [play, save, place.input]) control.disabled = !ready;
    hint.textContent = ready
      ? `From ${picks.map(({ name }) => name).join(" to ")}.`
      : `Pick ${picks.length ? "one more face" : "two faces"} on the wall.`;
    if (ready) show(0);
  }

  return {
    id: "walk",
    title: "Walk",
    element,
    wall: true,
    badge: (face) => String(picks.indexOf(face) + 1 || ""),
    picked(face, first) {
      if (first) return; // a new seed picks nothing: the walk goes on to old faces
      pause();
      if (picks.includes(face)) picks = picks.filter((each) => each !== face);
      else picks = [...picks, face].slice(-MOST);
      update();
    },
    opened() {
      if (picks.length === 0) picks = studio.wall.faces.slice(0, 2);
      update();
      studio.wall.mark();
      if (picks.length > 1 && !still.matches) start();
    },
    left: pause,
    changed() {
      pause();
      if (studio.swapped) picks = [];
    },
  };
}
