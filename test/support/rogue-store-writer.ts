/** The writer thread of the store, but it dies of a batch with "die now" in it, before it is written. */
import { parentPort } from "node:worker_threads";
import type { ToWriter } from "../../hub/src/broker/store/writer-messages.ts";

parentPort?.on("message", (message: ToWriter) => {
  if (message.kind !== "write") return;
  if (Buffer.from(message.batch.entries).includes("die now")) process.exit(1);
});
await import("../../hub/src/broker/store/writer-worker.ts");
