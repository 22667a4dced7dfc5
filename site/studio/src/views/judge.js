/** Judge: what the discriminator says of a face, and where it looks. */

import { button, make, slider } from "../dom.js";
import { draw, layOver, toImageData } from "../pixels.js";
import { newestOnly } from "../queue.js";

const sigmoid = (logit) => 1 / (1 + Math.exp(-logit));
const LEVEL = 1 / 127.5; // one grey level of 255, in what the networks read
const number = (value) => value.toFixed(2).replace("-", "−");
const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

export function makeJudge(studio) {
  const plain = make("canvas", { class: "large", role: "img" });
  const painted = make("canvas", { class: "large", role: "img" });
  const opinion = make("p", { "aria-live": "polite", class: "opinion" });
  let state = null; // the face, its picture as it is now, what D says, levels moved
  let strength = 0.8;
  const follow = (sign) => async () => {
    const { image, gradient, levels } = state;
    const moved = image.map((value, k) =>
      Math.min(1, Math.max(-1, value + sign * LEVEL * Math.sign(gradient[k]))),
    );
    await judge(moved, levels + sign);
  };
  const buttons = [
    button("Follow the gradient, one grey level", follow(1)),
    button("Against it, one grey level", follow(-1)),
    button("Back to the face", () => judge(studio.current.image, 0)),
  ];
  const overlay = slider(
    "How much of the gradient",
    { min: 0, max: 1, step: 0.05, value: strength },
    (value) => {
      strength = value;
      drawGradient();
    },
    (value) => `${Math.round(100 * value)} %`,
  );
  const element = make(
    "section",
    {},
    make("h2", {}, "Judge"),
    make(
      "p",
      {},
      "The discriminator was the generator's opponent. It gives each picture a " +
        "logit, and sigmoid(logit) is how sure it is that the picture is a photo. " +
        "The gradient of the logit says how each pixel would have to change to " +
        "convince it: blue, brighter; orange, darker. This is all that the generator " +
        "ever hears of photos.",
    ),
    opinion,
    make(
      "div",
      { class: "pictures" },
      make("figure", {}, plain, make("figcaption", {}, "what it sees")),
      make("figure", {}, painted, make("figcaption", {}, "its gradient over it")),
    ),
    overlay,
    make("div", { class: "row" }, ...buttons),
    make(
      "p",
      { class: "small" },
      "Follow the gradient a few times: the logit climbs before you can see that " +
        "anything has changed. Such pictures are called adversarial examples. Here " +
        "the pixels follow the gradient; in training, the generator's weights do.",
    ),
  );

  const judge = newestOnly(async (image, levels) => {
    const discriminator = studio.reader("discriminator");
    for (const control of buttons) control.disabled = !discriminator;
    overlay.input.disabled = !discriminator;
    if (!discriminator) {
      opinion.textContent = studio.whyNot("discriminator");
      return;
    }
    const { logit, gradient } = await discriminator.read(image);
    state = { image, gradient, levels, logit: logit[0] };
    draw(plain, image, studio.generator.channels);
    plain.setAttribute("aria-label", studio.current.name);
    drawGradient();
    const moved = levels
      ? `${Math.abs(levels)} grey level${Math.abs(levels) > 1 ? "s" : ""} ` +
        `${levels > 0 ? "along" : "against"} the gradient. `
      : "";
    opinion.textContent =
      `${moved}Logit ${number(state.logit)}: it is ${percent(sigmoid(state.logit))} ` +
      "sure that this is a photo.";
  }, studio.fail);

  function drawGradient() {
    if (!state) return;
    const { channels } = studio.generator;
    const values = sumChannels(state.gradient, channels);
    const sizes = values.map(Math.abs).sort();
    const large = sizes[Math.floor(0.98 * sizes.length)] || 1;
    const picture = toImageData(state.image, channels);
    Object.assign(painted, { width: picture.width, height: picture.height });
    const over = layOver(
      picture,
      values.map((value) => value / large),
      strength,
    );
    painted.getContext("2d").putImageData(over, 0, 0);
    painted.setAttribute("aria-label", `the gradient over ${studio.current.name}`);
  }

  const show = () =>
    studio.current && studio.generator && judge(studio.current.image, 0);
  const title = "Judge";
  return { id: "judge", title, element, wall: true, picked: show, opened: show };
}

function sumChannels(gradient, channels) {
  const values = new Float32Array(gradient.length / channels);
  gradient.forEach((value, k) => (values[Math.floor(k / channels)] += value));
  return values;
}
