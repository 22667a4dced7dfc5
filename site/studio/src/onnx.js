/**
 * What an ONNX file says of itself, read without running it: its ends and its metadata.
 *
 * An ONNX file is a protobuf: a row of fields, each a key (field number, wire type) and
 * a value. Only the few fields that name the inputs and outputs are looked at.
 */

const TYPES = { 1: "float32", 2: "uint8", 6: "int32", 7: "int64", 10: "float16" };
const text = (bytes) => new TextDecoder().decode(bytes);

/** A whole number of variable length, and where the next byte is. */
function readNumber(bytes, at) {
  let value = 0;
  for (let shift = 1; ; shift *= 128) {
    if (at >= bytes.length || shift > 2 ** 63) throw new RangeError("cut off");
    const byte = bytes[at++];
    value += (byte & 127) * shift;
    if (byte < 128) return [value, at];
  }
}

/** The fields of a message, one after the other: [number, value]. */
function* fields(bytes) {
  let at = 0;
  while (at < bytes.length) {
    let key, value;
    [key, at] = readNumber(bytes, at);
    const kind = key % 8;
    if (kind === 0) {
      [value, at] = readNumber(bytes, at);
    } else {
      let length = { 1: 8, 5: 4 }[kind];
      if (kind === 2) [length, at] = readNumber(bytes, at);
      if (length === undefined) throw new RangeError("no protobuf");
      if (at + length > bytes.length) throw new RangeError("cut off");
      value = bytes.subarray(at, at + length);
      at += length;
    }
    yield [Math.floor(key / 8), value];
  }
}

/** All values of one field of a message. */
function all(bytes, number) {
  return [...fields(bytes)].filter(([n]) => n === number).map(([, value]) => value);
}

/** The first value of a field some levels down, or undefined. */
function first(bytes, ...path) {
  return path.reduce((message, n) => message && all(message, n)[0], bytes);
}

/** Name, type and shape of one end of a graph; a size that is free is a text. */
function readEnd(bytes) {
  const tensor = first(bytes, 2, 1);
  if (!tensor) return { name: text(first(bytes, 1)), type: "no tensor", shape: [] };
  const dimensions = all(first(tensor, 2) ?? new Uint8Array(), 1);
  return {
    name: text(first(bytes, 1)),
    type: TYPES[first(tensor, 1)] ?? "another type",
    shape: dimensions.map((dimension) => first(dimension, 1) ?? "n"),
  };
}

/**
 * Read what an ONNX file says of itself.
 *
 * @param {Uint8Array} bytes
 * @returns {{inputs: object[], outputs: object[], metadata: Object<string, string>}}
 * @throws {Error} one line, if it is no whole ONNX file.
 */
export function readOnnx(bytes) {
  try {
    const [graph] = all(bytes, 7);
    const weights = new Set(all(graph, 5).map((tensor) => text(first(tensor, 8))));
    const pairs = all(bytes, 14).map((pair) => [1, 2].map((n) => text(first(pair, n))));
    return {
      inputs: all(graph, 11)
        .map(readEnd)
        .filter(({ name }) => !weights.has(name)),
      outputs: all(graph, 12).map(readEnd),
      metadata: Object.fromEntries(pairs),
    };
  } catch {
    throw new Error("it is no ONNX file, or only a part of one");
  }
}

/**
 * What a generator reads and paints.
 *
 * @param {Uint8Array} bytes of an ONNX file.
 * @returns {{latentDim: number, size: number, channels: number, metadata: object}}
 * @throws {Error} one line that says why it is no generator of the course.
 */
export function readGenerator(bytes) {
  const { inputs, outputs, metadata } = readOnnx(bytes);
  const say = ({ name, shape }) => `${name} (${shape.join(" × ")})`;
  const latent = inputs.find(({ name }) => name === "latent");
  const image = outputs.find(({ name }) => name === "image");
  if (!latent || !image) {
    const [has, gives] = [inputs, outputs].map((ends) => ends.map(say).join(", "));
    throw new Error(
      "a generator reads “latent” and gives “image”, and this reads " +
        `${has || "nothing"} and gives ${gives || "nothing"}`,
    );
  }
  if (inputs.length > 1) throw new Error("it wants more than a latent");
  if (latent.type !== "float32" || image.type !== "float32") {
    throw new Error(`it works with ${latent.type}, the studio with float32`);
  }
  const [, latentDim] = latent.shape;
  const [, height, width, channels] = image.shape;
  const known = [latentDim, height, width, channels].every(Number.isInteger);
  if (latent.shape.length !== 2 || image.shape.length !== 4 || !known) {
    throw new Error(`its ends have other shapes: ${say(latent)}, ${say(image)}`);
  }
  if (height !== width || ![1, 3].includes(channels)) {
    throw new Error(`it paints ${height} × ${width} × ${channels}, no square picture`);
  }
  return { latentDim, size: height, channels, metadata };
}
