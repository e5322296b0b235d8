/** Gives back the memory that only the start needed: an eighth of what a small gateway has. */
import { Session } from "node:inspector";
import { flushCompileCache } from "node:module";

/** A heap above this has grown by what the hub knows; collecting it takes long, and V8 has done so by itself. */
const SMALL_HEAP_BYTES = 64 * 1024 * 1024;

/** After a start edge nodes are born, all at once, and files are opened. */
const START_TAKES_MS = 3000;

/** Does it once in this thread when what the start needed, and the births after it, are over. Keeps no thread alive. */
export function tidyMemoryAfterStart(): NodeJS.Timeout {
  return setTimeout(() => void tidyMemory(), START_TAKES_MS).unref();
}

/**
 * A thorough collection of garbage. V8 makes none as long as there is little to do, and keeps as much room for
 * young objects as loading the program took; it grows again when it is needed. The thread stops for about 50 ms (one of the
 * small threads that write files: 10 ms), so this is for the start alone.
 */
export async function tidyMemory(): Promise<void> {
  flushCompileCache(); // drops what Node has read of it
  if (process.memoryUsage().heapUsed > SMALL_HEAP_BYTES) return;
  const session = new Session();
  session.connect();
  await new Promise<void>((resolve) => {
    // Not at once: to disconnect within the answer stops the process for ever.
    session.post("HeapProfiler.collectGarbage", () => setImmediate(resolve));
  });
  session.disconnect();
}
