/**
 * A queue: jobs run one after the other, as a session of ONNX Runtime wants it.
 *
 * @returns {(job: () => Promise) => Promise} adds a job; resolves with what it gives.
 */
export function makeQueue() {
  let last = Promise.resolve();
  return (job) => {
    const result = last.then(job);
    last = result.catch(() => {});
    return result;
  };
}

/**
 * Only the newest request counts: while a job runs, of those that come only the last
 * is kept. For sliders, which ask more often than a network answers.
 *
 * @param {(...args: any[]) => Promise} job
 * @param {(error: Error) => void} failed
 */
export function newestOnly(job, failed) {
  let running = false;
  let waiting = null;
  return async function ask(...args) {
    if (running) {
      waiting = args;
      return;
    }
    running = true;
    try {
      for (let next = args; next;) {
        waiting = null;
        await job(...next);
        next = waiting;
      }
    } catch (error) {
      failed(error);
    } finally {
      running = false;
    }
  };
}
