/** What the studio needs and a browser may lack. */

/** A module with one function, which gives a vector of zeros: only SIMD allows it. */
const VECTOR = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0], // the signature and the version
  ...[1, 5, 1, 96, 0, 1, 123], // a type: nothing in, a vector out
  ...[3, 2, 1, 0], // a function of that type
  ...[10, 22, 1, 20, 0, 253, 12, ...Array(16).fill(0), 11], // its code: v128.const
);

/**
 * What is missing, in one sentence.
 *
 * @param {object} scope the window.
 * @returns {string} "" if nothing is.
 */
export function whatIsMissing(scope = globalThis) {
  if (typeof scope.WebAssembly?.instantiate !== "function") {
    return (
      "This browser has no WebAssembly, in which the networks run. Some browsers " +
      "switch it off in a strict mode: allow it for this page, or try another browser."
    );
  }
  if (!scope.WebAssembly.validate(VECTOR)) {
    return (
      "This browser's WebAssembly has no SIMD, which the networks need: take a newer " +
      "version (Chrome or Edge 91, Firefox 89, Safari 16.4)."
    );
  }
  if (typeof scope.DecompressionStream !== "function") {
    return (
      "This browser cannot unpack the networks: take a newer version (Chrome or Edge " +
      "80, Firefox 113, Safari 16.4)."
    );
  }
  return "";
}
