/** Look back: a photo becomes a latent, and can be edited like any face. */

import { makeCrop } from "../crop.js";
import { button, make, tickbox } from "../dom.js";
import { makeDropzone } from "../dropzone.js";
import { edit, norm } from "../latent.js";
import { draw, fromImageData, toImageData } from "../pixels.js";
import { newestOnly } from "../queue.js";
import { directionSliders } from "../sliders.js";

export function makeLook(studio) {
  const average = make("canvas");
  let guided = true;
  let fromWall = false;
  let code = null;
  let result = null;
  const crop = makeCrop(() => (guided && average.dataset.ready ? average : null));
  const guide = tickbox(
    "Lay the average face over it, to line up the eyes",
    true,
    (on) => {
      guided = on;
      crop.show();
    },
  );
  const agreed = tickbox(
    "The photo shows me, or somebody who has agreed to this",
    false,
    () => refresh(),
  );
  const encode = button("Turn it into a latent", () => read(), { disabled: true });
  const forget = button("Forget the photo", () => {
    forgetAll();
    studio.say("Forgotten, but for faces that you keep on the wall.");
  });
  const tools = make("div", { hidden: true }, guide, agreed);
  tools.append(make("div", { class: "row" }, encode, forget));
  const zone = makeDropzone("Drop a photo here, or choose one", "image/*", (file) =>
    open(file),
  );
  const borrow = button("Try it with the face chosen on the wall", () => takeFace());
  const seen = make("canvas", { class: "large", role: "img" });
  const back = make("canvas", { class: "large", role: "img" });
  const facts = make("p", { "aria-live": "polite" });
  const sliders = directionSliders(studio, () => paint());
  const answer = make(
    "div",
    { hidden: true },
    make(
      "div",
      { class: "pictures stay" },
      make("figure", {}, seen, make("figcaption", {}, "what the encoder saw")),
      make("figure", {}, back, make("figcaption", {}, "painted from its latent")),
    ),
    facts,
    sliders.element,
    make(
      "div",
      { class: "row" },
      button("Keep it on the wall", () => studio.wall.keep(result)),
      button("Save it", () =>
        studio.save([back], result.name, { photo: result.photo }),
      ),
    ),
  );
  const element = make(
    "section",
    {},
    make("h2", {}, "Look back"),
    make(
      "p",
      {},
      "An encoder guesses which latent would paint a photo. What comes back is the " +
        "nearest face that the generator knows how to paint, and seldom a likeness.",
    ),
    make(
      "p",
      { class: "note" },
      "Your photo stays on this machine: it is read into this page's memory, is sent " +
        "nowhere, and is gone when you close the page. A face belongs to the person " +
        "who has it. Use a photo of yourself, or ask first, and say what you are " +
        "going to do with it. Please do not pass off what you make as a photo of " +
        "anybody.",
    ),
    zone,
    borrow,
    crop.element,
    tools,
    answer,
  );

  async function open(file) {
    try {
      crop.open(await createImageBitmap(file));
      fromWall = false;
      ready();
    } catch {
      studio.say(`${file.name} is no picture that this browser can read.`, true);
    }
  }

  function takeFace() {
    const { current, generator } = studio;
    if (!current) return;
    const canvas = make("canvas");
    draw(canvas, current.image, generator.channels);
    crop.open(canvas);
    fromWall = !current.photo;
    ready();
  }

  function ready() {
    studio.say("");
    agreed.input.checked = false;
    agreed.hidden = fromWall;
    tools.hidden = false;
    answer.hidden = true;
    refresh();
  }

  function refresh() {
    const encoder = studio.reader("encoder");
    encode.disabled = !encoder || !(fromWall || agreed.input.checked);
    zone.input.disabled = borrow.disabled = !encoder;
    if (!encoder) facts.textContent = studio.whyNot("encoder");
    if (!encoder) answer.hidden = false;
  }

  async function read() {
    try {
      const { size, channels } = studio.generator;
      const image = fromImageData(crop.cut(size), channels);
      draw(seen, image, channels);
      seen.setAttribute("aria-label", "the square of the photo, in few pixels");
      const { latent } = await studio.reader("encoder").read(image);
      code = { latent, image, photo: !fromWall };
      sliders.reset();
      answer.hidden = false;
      await paint();
    } catch (error) {
      studio.fail(error);
    }
  }

  const paint = newestOnly(async () => {
    if (!code) return;
    const z = edit(code.latent, sliders.moves());
    const name = code.photo ? "your photo" : "a face looked back at";
    result = await studio.paint(z, name, code.photo);
    draw(back, result.image, studio.generator.channels);
    back.setAttribute("aria-label", "the face painted from the latent");
    const off = result.image.map((value, k) => Math.abs(value - code.image[k]));
    const levels = (127.5 * off.reduce((a, b) => a + b)) / off.length;
    facts.textContent =
      `The latent is ${norm(code.latent).toFixed(1)} long, a random one about ` +
      `${Math.sqrt(z.length).toFixed(1)}. From the square to the face painted, ` +
      `a colour differs by ${levels.toFixed(0)} of 255 grey levels on average.`;
  }, studio.fail);

  function forgetAll() {
    crop.forget();
    code = result = null;
    tools.hidden = answer.hidden = true;
    for (const canvas of [seen, back]) canvas.width = canvas.height = 1;
  }

  async function paintAverage() {
    const { generator } = studio;
    const image = await generator.paint(new Float32Array(generator.latentDim));
    const data = toImageData(image, generator.channels);
    Object.assign(average, { width: data.width, height: data.height });
    average.getContext("2d").putImageData(data, 0, 0);
    average.dataset.ready = "yes";
    crop.show();
  }

  return {
    id: "look",
    title: "Look back",
    element,
    wall: true,
    opened() {
      refresh();
      if (studio.generator) paintAverage().catch(studio.fail);
    },
    changed() {
      sliders.fill();
      answer.hidden = code === null;
      if (studio.swapped) forgetAll();
    },
  };
}
