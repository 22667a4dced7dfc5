/** Files that lie beside the page. All are read while it loads, none later. */

const here = (path) => new URL(path, document.baseURI);

/**
 * Read a file, and unpack it if it is packed by gzip.
 *
 * @param {string} path relative to the page.
 * @param {(bytes: number) => void} [arrived] called with the number of new bytes.
 * @returns {Promise<Uint8Array>}
 * @throws {Error} one line, if it is not there.
 */
export async function loadBytes(path, arrived = () => {}) {
  const response = await fetch(here(path)).catch(() => null);
  if (!response?.ok) throw new Error(`${path} could not be read: load the page again`);
  const parts = [];
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    arrived(value.length);
  }
  const file = new Blob(parts);
  const start = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const packed = start[0] === 0x1f && start[1] === 0x8b;
  const unpack = () => file.stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = packed ? new Response(unpack()).arrayBuffer() : file.arrayBuffer();
  return new Uint8Array(await bytes);
}

/** Read a file of JSON. */
export async function loadJson(path) {
  const text = new TextDecoder().decode(await loadBytes(path));
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${path} is damaged: load the page again`);
  }
}
