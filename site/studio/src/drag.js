/** Faces are dragged by mouse or finger and dropped on whatever has `data-slot`. */

const FAR = 8; // pixels, from which on a press is a drag

/**
 * Let a face be dragged out of its button.
 *
 * @param {HTMLElement} source
 * @param {() => object} getFace
 */
export function letDrag(source, getFace) {
  let start = null;
  let ghost = null;

  source.addEventListener("pointerdown", (event) => {
    const somewhere = document.querySelector("[data-slot]:not([hidden] *)");
    if (event.button !== 0 || !somewhere) return;
    start = { x: event.clientX, y: event.clientY };
    source.setPointerCapture(event.pointerId); // however far the first move goes
  });
  source.addEventListener("pointermove", (event) => {
    if (!start) return;
    const [x, y] = [event.clientX, event.clientY];
    if (!ghost && Math.hypot(x - start.x, y - start.y) > FAR) {
      ghost = copyOf(source.querySelector("canvas"));
      document.body.append(ghost);
    }
    if (ghost) ghost.style.translate = `${x}px ${y}px`;
  });
  source.addEventListener("pointerup", (event) => {
    if (ghost) {
      const under = document.elementFromPoint(event.clientX, event.clientY);
      const slot = under?.closest("[data-slot]");
      slot?.dispatchEvent(new CustomEvent("facedrop", { detail: getFace() }));
      // The click that follows belongs to the drag.
      source.addEventListener("click", stop, { capture: true, once: true });
      setTimeout(() => source.removeEventListener("click", stop, true), 0);
    }
    end();
  });
  source.addEventListener("pointercancel", end);

  function stop(event) {
    event.stopImmediatePropagation();
  }

  function end() {
    ghost?.remove();
    start = ghost = null;
  }
}

function copyOf(canvas) {
  const copy = document.createElement("canvas");
  Object.assign(copy, { width: canvas.width, height: canvas.height });
  copy.getContext("2d").drawImage(canvas, 0, 0);
  copy.className = "ghost";
  return copy;
}
