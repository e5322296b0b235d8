/** Start here: `unshub` as a program. Everything it does is in `cli/`. */
import { createInterface } from "node:readline";
import { wantsColour } from "./cli/paint.ts";
import { run } from "./cli/run.ts";
import { recycleCompileCache } from "./compile-cache.ts";
import { leanLibraries } from "./lean-libraries.ts";

recycleCompileCache();
leanLibraries(); // each command loads what it needs when it is run

const stop = new AbortController();
const reloads: (() => void)[] = [];

function askToStop(): void {
  if (stop.signal.aborted) process.exit(1); // asked twice: at once
  stop.abort();
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, askToStop);

/** In a terminal it says that the terminal is closed; to a service it says: read your files again. */
process.on("SIGHUP", () => {
  if (process.stdout.isTTY || reloads.length === 0) askToStop();
  else for (const reload of reloads) reload();
});

/** Who reads us may stop reading, as `head` does: that is no error. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await run(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
  ...(process.stderr.isTTY && {
    progress: (text: string) => process.stderr.write(`\r\u001b[K${text}`),
  }),
  isColoured: wantsColour(process.env, process.stdout.isTTY),
  stop: stop.signal,
  lines: () => createInterface({ input: process.stdin, signal: stop.signal }),
  onReload: (reload) => reloads.push(reload),
});

// A command that is done ends the process, whatever is left open; the last lines get a moment to be written.
setTimeout(() => process.exit(), 500).unref();
