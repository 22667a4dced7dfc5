/** The page starts here: load, paint a first face, load the rest, close the door. */

import { make, tickbox } from "./dom.js";
import { loadBytes, loadJson } from "./load.js";
import { Generator, Reader } from "./network.js";
import { toByte } from "./pixels.js";
import { hasGpu, startRuntime } from "./runtime.js";
import { sealPage } from "./seal.js";
import { Studio } from "./studio.js";
import { whatIsMissing } from "./support.js";
import { makeTabs } from "./tabs.js";
import { makeAbout } from "./views/about.js";
import { makeArithmetic } from "./views/arithmetic.js";
import { makeEdit } from "./views/edit.js";
import { makeGame } from "./views/game.js";
import { makeJudge } from "./views/judge.js";
import { makeLook } from "./views/look.js";
import { makeOwn } from "./views/own.js";
import { makePaint } from "./views/paint.js";
import { makeWalk } from "./views/walk.js";
import { Wall } from "./wall.js";

const PATIENCE = 30_000; // milliseconds for a graphics card to get going
const READERS = ["scorer", "discriminator", "encoder"];
const VIEWS = [
  makePaint,
  makeWalk,
  makeArithmetic,
  makeEdit,
  makeJudge,
  makeLook,
  makeOwn,
  makeGame,
  makeAbout,
];
const settings = new URLSearchParams(location.search);
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const find = (id) => document.getElementById(id);
const studio = new Studio(find("line"));
const { dataset } = document.documentElement;

/** Build the page; it is there before any network is. */
function build() {
  let open = null;
  studio.wall = new Wall(studio, (face, first) => {
    if (first && studio.current && !studio.wall.stale(studio.current)) return;
    studio.current = face;
    open?.picked?.(face, first);
    studio.wall.mark();
  });
  const views = VIEWS.map((makeView) => makeView(studio));
  const tabs = makeTabs(views, (view) => {
    open?.left?.();
    open = view;
    find("wall").hidden = !view.wall;
    document.body.classList.toggle("drops", view.id === "arithmetic");
    const current = (face) => (face === studio.current ? "●" : "");
    studio.wall.mark(view.badge ?? current);
    view.opened?.();
  });
  find("tabs").replaceWith(tabs.list);
  find("views").replaceWith(tabs.panels);
  const why =
    "A face that is passed on is soon taken for a photo of somebody. The mark goes " +
    "where the picture goes; the file says the same in its metadata.";
  find("wall").append(
    studio.wall.element,
    tickbox("Mark saved pictures as generated", true, (on) => (studio.mark = on)),
    make("p", { class: "small" }, why),
  );
  studio.changed = () => {
    for (const view of views) view.changed?.();
    open.opened?.();
  };
  studio.open = tabs.open;
  tabs.open(location.hash.slice(1));
}

/** A message about how much has come. */
function countBytes() {
  let sum = 0;
  return (bytes) => {
    sum += bytes;
    if (!studio.generator) studio.say(`Loading: ${(sum / 1e6).toFixed(1)} MB …`);
  };
}

/** The generator, on the graphics card if it paints there as it should. */
async function startGenerator(folder, arrived) {
  const loading = loadBytes(`${folder}/generator.onnx`, arrived);
  loading.catch(() => {}); // it is told of below
  if (settings.get("backend") !== "wasm" && (await hasGpu())) {
    const started = startOnGpu(loading, arrived).catch(() => null);
    const found = await Promise.race([started, wait(PATIENCE)]);
    if (found) return found;
  }
  const ready = [startRuntime("wasm", arrived), loading];
  const [ort, bytes] = await Promise.all(ready);
  const engine = { ort, backend: "wasm" };
  return { engine, generator: await Generator.from(engine, bytes) };
}

/** The generator on the graphics card, or null if it paints something else there. */
async function startOnGpu(loading, arrived) {
  const ready = [startRuntime("webgpu", arrived), loading];
  const [ort, bytes] = await Promise.all(ready);
  const engine = { ort, backend: "webgpu" };
  const generator = await Generator.from(engine, bytes);
  const careful = await Generator.from({ ort, backend: "wasm" }, bytes);
  const same = await agree(generator, careful);
  await careful.release();
  return same ? { engine, generator } : null;
}

/** Whether two generators paint the same face, to two grey levels. */
async function agree(one, other) {
  const latent = Float32Array.from({ length: one.latentDim }, (_, k) => Math.sin(k));
  const [a, b] = [await one.paint(latent), await other.paint(latent)];
  return a.every((value, k) => Math.abs(toByte(value) - toByte(b[k])) <= 2);
}

/** Load the networks that read faces; one that is damaged stops no other. */
async function loadReaders(folder, arrived) {
  const { generator, shipped } = studio;
  shipped.errors = {};
  for (const part of READERS) {
    if (!studio.about.parts.includes(part)) {
      shipped.errors[part] = `no ${part} comes with these networks`;
      continue;
    }
    try {
      const bytes = await loadBytes(`${folder}/${part}.onnx`, arrived);
      const what = `the ${part}`;
      shipped[part] = await Reader.from(studio.engine, bytes, generator.shape, what);
    } catch (error) {
      shipped.errors[part] = error.message;
      studio.fail(error);
    }
    studio.changed();
  }
}

/** Say on which network this page works, and link the others. */
function nameNetworks(names, name) {
  const links = names
    .filter((other) => other !== name)
    .map((other) => {
      const parameters = new URLSearchParams(settings);
      parameters.set("network", other);
      return make("a", { href: `?${parameters}` }, other);
    });
  find("network").replaceChildren(name, ...links.flatMap((link) => [" · ", link]));
}

async function start() {
  build();
  const missing = whatIsMissing();
  if (missing) throw new Error(missing);
  const arrived = countBytes();
  const list = await loadJson("models/names.json");
  const wanted = settings.get("network");
  const name = list.names.includes(wanted) ? wanted : list.default;
  nameNetworks(list.names, name);
  const folder = `models/${name}`;
  const [about, { engine, generator }] = await Promise.all([
    loadJson(`${folder}/about.json`),
    startGenerator(folder, arrived),
  ]);
  Object.assign(studio, { about, engine, generator, name });
  studio.shipped.generator = generator;
  dataset.backend = engine.backend;
  studio.say("");
  studio.changed();
  const painted = studio.wall.paint(0);
  await loadReaders(folder, arrived);
  await painted;
  studio.changed();
}

start()
  .then(() => (dataset.state = "ready"))
  .catch((error) => {
    dataset.state = "failed";
    studio.fail(error);
  })
  .finally(() => {
    sealPage();
    find("sealed").hidden = false;
  });
