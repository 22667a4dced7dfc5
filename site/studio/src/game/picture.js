/** The plane: what D says of each place, and where the points lie. */

import { diverging } from "../pixels.js";

const SPAN = 3.2; // from the middle to the edge, in the units of the points
const PLACES = 48; // in a row, at which D is asked
const SIDE = 480; // pixels of the picture

/** The middles of all places, row by row from the top. */
const plane = new Float64Array(2 * PLACES * PLACES);
for (let row = 0; row < PLACES; row++) {
  for (let column = 0; column < PLACES; column++) {
    const at = (k) => SPAN * ((2 * k + 1) / PLACES - 1);
    plane.set([at(column), -at(row)], 2 * (row * PLACES + column));
  }
}

/**
 * Draw the game into a canvas.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {object} game a `PointGame`.
 */
export function drawGame(canvas, game) {
  if (canvas.width !== SIDE) Object.assign(canvas, { width: SIDE, height: SIDE });
  const context = canvas.getContext("2d");
  const map = new OffscreenCanvas(PLACES, PLACES);
  const pixels = new ImageData(PLACES, PLACES);
  game.probabilities(plane).forEach((probability, k) => {
    pixels.data.set([...diverging(2 * probability - 1), 255], 4 * k);
  });
  map.getContext("2d").putImageData(pixels, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(map, 0, 0, SIDE, SIDE);
  dots(context, game.real, "black", (x, y) => context.arc(x, y, 2, 0, 7));
  dots(context, game.fakes(), "#c2001e", (x, y) =>
    context.rect(x - 2.5, y - 2.5, 5, 5),
  );
}

function dots(context, points, colour, outline) {
  const at = (value) => ((value / SPAN + 1) / 2) * SIDE;
  context.fillStyle = colour;
  context.strokeStyle = "white";
  context.lineWidth = 0.6;
  for (let k = 0; k < points.length; k += 2) {
    context.beginPath();
    outline(at(points[k]), SIDE - at(points[k + 1]));
    context.fill();
    context.stroke();
  }
}
