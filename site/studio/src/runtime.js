/** ONNX Runtime, on the graphics card where WebGPU is there, else in WebAssembly. */

import { loadBytes } from "./load.js";
import { makeQueue } from "./queue.js";

/** ONNX Runtime does one thing at a time: it runs, makes or releases a session. */
export const inTurn = makeQueue();

/**
 * Whether the browser has a graphics card to compute on.
 *
 * @returns {Promise<boolean>}
 */
export async function hasGpu(scope = globalThis) {
  try {
    return Boolean(await scope.navigator?.gpu?.requestAdapter());
  } catch {
    return false;
  }
}

/**
 * Start ONNX Runtime.
 *
 * @param {"webgpu"|"wasm"} backend
 * @param {(bytes: number) => void} arrived as in `loadBytes`.
 * @returns {Promise<object>} what `onnxruntime-web` exports.
 */
export async function startRuntime(backend, arrived) {
  const gpu = backend === "webgpu";
  const imported = gpu
    ? import("onnxruntime-web/webgpu")
    : import("onnxruntime-web/wasm");
  const [ort, binary] = await Promise.all([
    imported,
    loadBytes(`ort/${backend}.bin`, arrived),
  ]);
  ort.env.wasm.wasmBinary = binary;
  ort.env.wasm.numThreads = 1; // more need headers that not every web server sends
  ort.env.logLevel = "error";
  return ort;
}

/**
 * Make a network ready to run.
 *
 * @param {object} ort from `startRuntime`.
 * @param {"webgpu"|"wasm"} backend
 * @param {Uint8Array} bytes of an ONNX file.
 * @param {string} what it is, for the error.
 * @returns {Promise<object>} a session.
 * @throws {Error} one line.
 */
export async function makeSession(ort, backend, bytes, what) {
  try {
    const options = { executionProviders: [backend], logSeverityLevel: 3 };
    return await inTurn(() => ort.InferenceSession.create(bytes, options));
  } catch (error) {
    const [why] = String(error.message ?? error).split("\n");
    throw new Error(`${what} cannot be read: the file is damaged (${why})`, {
      cause: error,
    });
  }
}
