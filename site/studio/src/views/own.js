/** Your own model: a generator that a run of the course exported. */

import { button, make } from "../dom.js";
import { makeDropzone } from "../dropzone.js";
import { Generator } from "../network.js";

const LARGEST = 500e6; // bytes

export function makeOwn(studio) {
  const facts = make("div", { "aria-live": "polite" });
  const back = button("Back to the networks of the course", () => goBack());
  const zone = makeDropzone(
    "Drop your .onnx file here, or choose it",
    ".onnx",
    (file) => open(file),
  );
  const element = make(
    "section",
    {},
    make("h2", {}, "Your own model"),
    make(
      "p",
      {},
      "Did you train a generator in the course? Export it, and it paints here, on " +
        "this machine; the file is sent nowhere.",
    ),
    make("pre", {}, "gan-lessons export --model runs/orl --out mine.onnx"),
    zone,
    facts,
    make("div", { class: "row" }, back),
    make(
      "p",
      { class: "small" },
      "Paint, Walk and Arithmetic then work with your model. Directions, scorer, " +
        "discriminator and encoder belong to the networks of the course.",
    ),
  );

  async function open(file) {
    studio.say(`Reading ${file.name} …`);
    try {
      if (file.size > LARGEST) throw new Error("it is larger than 500 MB");
      const bytes = new Uint8Array(await file.arrayBuffer());
      const generator = await Generator.from(studio.engine, bytes, "the model");
      await release();
      const own = {
        name: file.name.replace(/\.onnx$/i, ""),
        metadata: generator.metadata,
      };
      studio.say(`${file.name} paints.`);
      await studio.use(generator, own);
    } catch (error) {
      studio.say(`${file.name}: ${error.message}.`, true);
    }
  }

  function release() {
    return studio.own ? studio.generator.release() : null;
  }

  async function goBack() {
    await release();
    await studio.use(studio.shipped.generator, null);
  }

  function show() {
    const { generator, own } = studio;
    zone.input.disabled = !studio.engine;
    back.hidden = !own;
    if (!generator) {
      facts.replaceChildren();
      return;
    }
    const { latentDim, size, channels, metadata } = generator;
    const colours = channels === 3 ? "in colour" : "in grey";
    const lines = [
      `It paints ${size} × ${size} pixels, ${colours}, from ${latentDim} numbers.`,
      ...Object.entries(metadata).map(([name, text]) => `${name}: ${text}`),
    ];
    const title = make("h3", {}, own ? own.name : `Now: ${studio.name}`);
    const list = make("ul", {}, ...lines.map((line) => make("li", {}, line)));
    facts.replaceChildren(title, list);
  }

  const title = "Your own model";
  return { id: "own", title, element, wall: true, opened: show, changed: show };
}
