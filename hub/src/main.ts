/** Start here: `unshub` as a program. Everything it does is in `cli/`. */
import { run } from "./cli/run.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(1); // asked twice: at once
    stop.abort();
  });
}

/** Who reads us may stop reading, as `head` does: that is no error. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await run(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
  stop: stop.signal,
});

// A command that is done ends the process, whatever is left open; the last lines get a moment to be written.
setTimeout(() => process.exit(), 500).unref();
