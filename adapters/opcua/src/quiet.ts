/** Sends what node-opcua would write to the console into our log. Its loggers are the process's, not a client's. */
import type { Logger } from "@unshub/adapter";
import type { Library } from "./library.ts";

/** The library writes whole dumps of packets; what is longer than this many characters is cut. */
const LONGEST = 500;

/**
 * From now on the library's warnings and errors are debug lines: what matters of them, the adapter says itself.
 * With several adapters in one process the lines go to the one that started last.
 */
export function quietLibrary(library: Library, log: Logger): void {
  const say = (...parts: unknown[]): void => {
    const texts = parts.flatMap((part) => {
      if (part instanceof Error) return [part.message];
      return typeof part === "string" || typeof part === "number" ? [part] : [];
    });
    log.debug({ text: texts.join(" ").slice(0, LONGEST) }, "node-opcua says");
  };
  library.setDebugLogger(say);
  library.setWarningLogger(say);
  library.setErrorLogger(say);
}
