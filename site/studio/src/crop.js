/** A square cut out of a photo: moved by mouse, finger or arrow keys, and zoomed. */

import { make, slider } from "./dom.js";

const SHOWN = 320; // pixels of the canvas on the page
const STEP = 0.02; // of the square's side, per press of an arrow key

/**
 * Make the tool.
 *
 * @param {() => ?HTMLCanvasElement} getGuide a picture to lay over the square, or null.
 * @returns {{element: HTMLElement, open: Function, cut: Function}}
 */
export function makeCrop(getGuide) {
  let photo = null;
  let view = null; // the square's middle in the photo, and its side
  let from = null;
  const canvas = make("canvas", {
    class: "large crop",
    tabindex: 0,
    role: "application",
    "aria-label": "The square of the photo: arrow keys move it, plus and minus zoom",
  });
  Object.assign(canvas, { width: SHOWN, height: SHOWN });
  const zoom = slider(
    "Zoom",
    { min: 0, max: 1, step: 0.01, value: 0 },
    (value) => {
      view.side = widest() * (1 - 0.9 * value);
      show();
    },
    (value) => `${(1 / (1 - 0.9 * value)).toFixed(1)} ×`,
  );
  const element = make("div", { hidden: true }, canvas, zoom);

  const widest = () => Math.min(photo.width, photo.height);

  /** The square stays within the photo. */
  function hold() {
    const half = view.side / 2;
    view.x = Math.min(photo.width - half, Math.max(half, view.x));
    view.y = Math.min(photo.height - half, Math.max(half, view.y));
  }

  function move(x, y) {
    view.x += x * view.side;
    view.y += y * view.side;
    show();
  }

  function paintInto(target, size) {
    hold();
    const context = target.getContext("2d");
    context.imageSmoothingQuality = "high";
    const corner = [view.x - view.side / 2, view.y - view.side / 2];
    context.drawImage(photo, ...corner, view.side, view.side, 0, 0, size, size);
    return context;
  }

  function show() {
    const context = paintInto(canvas, SHOWN);
    const guide = getGuide();
    if (!guide) return;
    context.globalAlpha = 0.4;
    context.drawImage(guide, 0, 0, SHOWN, SHOWN);
    context.globalAlpha = 1;
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    from = event;
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!from) return;
    const side = canvas.clientWidth;
    move((from.clientX - event.clientX) / side, (from.clientY - event.clientY) / side);
    from = event;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => (from = null));
  }
  canvas.addEventListener("keydown", (event) => {
    const { key } = event;
    const steps = {
      ArrowLeft: [-STEP, 0],
      ArrowRight: [STEP, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    };
    if (steps[key]) move(...steps[key]);
    else if (key === "+" || key === "-") {
      zoom.set(zoom.input.valueAsNumber + (key === "+" ? 0.05 : -0.05));
      zoom.input.dispatchEvent(new Event("input"));
    } else return;
    event.preventDefault();
  });

  return {
    element,
    show: () => photo && show(),
    /** Take a photo: an ImageBitmap or a canvas. */
    open(picture) {
      photo?.close?.();
      photo = picture;
      view = { x: photo.width / 2, y: photo.height / 2, side: widest() };
      zoom.set(0);
      element.hidden = false;
      show();
    },
    /** The square as pixels, halved step by step so that nothing is left out. */
    cut(size) {
      let canvas = document.createElement("canvas");
      let side = size;
      while (side * 2 <= view.side) side *= 2;
      Object.assign(canvas, { width: side, height: side });
      paintInto(canvas, side);
      for (; side > size; side /= 2) {
        const half = document.createElement("canvas");
        Object.assign(half, { width: side / 2, height: side / 2 });
        const context = half.getContext("2d");
        context.imageSmoothingQuality = "high";
        context.drawImage(canvas, 0, 0, side / 2, side / 2);
        canvas = half;
      }
      return canvas.getContext("2d").getImageData(0, 0, size, size);
    },
    forget() {
      photo?.close?.();
      photo = null;
      element.hidden = true;
      canvas.getContext("2d").clearRect(0, 0, SHOWN, SHOWN);
    },
  };
}
