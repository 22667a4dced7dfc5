/** The game: two networks play on points of the plane, where everything can be seen. */

import { button, choice, make } from "../dom.js";
import { PointGame } from "../game/game.js";
import { drawGame } from "../game/picture.js";
import { SHAPES } from "../game/shapes.js";

const SLICE = 40; // milliseconds of learning between two pictures
const NAMES = { D: "discriminator", G: "generator" };
const mean = (values) => values.reduce((a, b) => a + b) / values.length;

export function makeGame() {
  let game = new PointGame();
  let playing = false;
  let timer = 0;
  let learned = ""; // which networks moved since the last picture
  const label = "What D says of each place, real points and fake points";
  const canvas = make("canvas", { class: "plane", role: "img", "aria-label": label });
  const summary = make("p", { "aria-live": "off" });
  const cards = Object.fromEntries(Object.entries(NAMES).map(makeCard));
  const play = button("Play", () => (playing ? pause() : start()));
  const turn = (network, times) => () => {
    pause();
    for (let k = 0; k < times; k++) game.step(network);
    learned = network;
    show();
  };
  const buttons = make(
    "div",
    { class: "row" },
    button("Step D", turn("D", 1)),
    button("10 × D", turn("D", 10)),
    button("Step G", turn("G", 1)),
    button("10 × G", turn("G", 10)),
    play,
    button("Start again", () => restart(game.kind)),
  );
  const element = make(
    "section",
    {},
    make("h2", {}, "The game"),
    make(
      "p",
      {},
      "The GAN of lesson 4, with points in place of pictures, learning here and now. " +
        "Whoever's turn it is learns, while the other is frozen. Let D take a " +
        "hundred turns alone, then G: where do its points run? Then play.",
    ),
    choice("Real points", Object.keys(SHAPES), "ring", restart),
    make("div", { class: "game" }, canvas, make("div", { class: "cards" }, legend())),
    buttons,
    summary,
  );
  element.querySelector(".cards").append(...Object.values(cards).map((c) => c.element));

  function makeCard([network, name]) {
    const state = make("span", { class: "state" });
    const text = make("span");
    const title = make("strong", {}, `${network}, the ${name} `);
    const element = make("div", { class: "card" }, title, state, make("br"), text);
    return [network, { element, state, text }];
  }

  function show() {
    drawGame(canvas, game);
    for (const [network, { element, state, text }] of Object.entries(cards)) {
      const moves = learned.includes(network);
      element.classList.toggle("learns", moves);
      state.textContent = learned ? (moves ? "learns" : "frozen") : "";
      if (learned.length === 2) state.textContent = "learns, in turn";
      const loss = game.losses[network];
      const sentences = [`${game.turns[network].toLocaleString("en")} turns.`];
      if (learned.length === 1) {
        const moved = game.moved[network].toFixed(3);
        sentences.push(`In the last turn its weights moved by ${moved}.`);
      }
      if (loss !== null) sentences.push(`Loss ${loss.toFixed(3)}.`);
      text.textContent = sentences.join(" ");
    }
    const [real, fake] = [game.real, game.fakes()].map((points) =>
      Math.round(100 * mean(game.probabilities(points))),
    );
    summary.textContent =
      `D finds the real points ${real} % real, the fakes ${fake} %. Its loss is ` +
      "log 4 = 1.386 when it says ½ to everything.";
  }

  function start() {
    playing = true;
    play.textContent = "Pause";
    learned = "DG";
    const go = () => {
      if (!playing) return;
      const until = performance.now() + SLICE;
      do {
        game.step("D");
        game.step("G");
      } while (performance.now() < until);
      show();
      timer = setTimeout(go, 0);
    };
    go();
  }

  function pause() {
    playing = false;
    clearTimeout(timer);
    play.textContent = "Play";
  }

  function restart(kind) {
    pause();
    learned = "";
    game = new PointGame(kind);
    show();
  }

  return {
    id: "game",
    title: "The game",
    element,
    wall: false,
    opened: show,
    left: pause,
  };
}

function legend() {
  const entry = (kind, text) =>
    make("li", {}, make("span", { class: `key ${kind}`, "aria-hidden": "true" }), text);
  return make(
    "ul",
    { class: "legend" },
    entry("blue", "D says: real"),
    entry("white", "½, cannot tell"),
    entry("orange", "D says: fake"),
    entry("dot", "real point"),
    entry("square", "G's point, a fake"),
  );
}
