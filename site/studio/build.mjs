/**
 * Build the page into dist: the bundle, ONNX Runtime's binaries, licences, networks.
 *
 *     node build.mjs --models ../../build/studio/models [--out dist]
 */

import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = (path) => new URL(path, import.meta.url).pathname;
const { values: options } = parseArgs({
  options: { models: { type: "string" }, out: { type: "string" } },
});
const dist = options.out ? resolve(options.out) : here("dist");

/** ONNX Runtime's binaries, by the name under which the page asks for them. */
const BINARIES = {
  "wasm.bin": "ort-wasm-simd-threaded.wasm",
  "webgpu.bin": "ort-wasm-simd-threaded.asyncify.wasm",
};

/** The licence of a package, as text. */
async function licenceText(folder) {
  const files = await readdir(folder);
  const file = files.find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file ? readFile(`${folder}/${file}`, "utf8") : "";
}

/** Everything that is not for building alone, from the lock file. */
async function listLicences() {
  const lock = JSON.parse(await readFile(here("package-lock.json"), "utf8"));
  const packages = Object.entries(lock.packages).filter(([path, about]) => {
    return path.startsWith("node_modules/") && !about.dev && !about.optional;
  });
  return Promise.all(
    packages.map(async ([path]) => {
      const folder = here(path);
      const about = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
      const { name, version, license } = about;
      const text = (await licenceText(folder)) || `${name} is licensed as ${license}.`;
      return { name, version, licence: license ?? "see below", text };
    }),
  );
}

/** `import licences from "licences"` gives the list. */
const licences = {
  name: "licences",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^licences$/ }, ({ path }) => ({ path, namespace: "made" }));
    onLoad({ filter: /.*/, namespace: "made" }, async () => ({
      contents: JSON.stringify(await listLicences()),
      loader: "json",
    }));
  },
};

await rm(dist, { recursive: true, force: true });
await build({
  entryPoints: { studio: here("src/main.js") },
  outdir: dist,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022"],
  minify: true,
  legalComments: "eof",
  conditions: ["import", "browser"],
  plugins: [licences],
});
for (const file of ["index.html", "style.css"]) await cp(here(file), `${dist}/${file}`);
await mkdir(`${dist}/ort`);
for (const [name, file] of Object.entries(BINARIES)) {
  const binary = await readFile(here(`node_modules/onnxruntime-web/dist/${file}`));
  await writeFile(`${dist}/ort/${name}`, gzipSync(binary, { level: 9 }));
}
await cp(options.models, `${dist}/models`, { recursive: true });
