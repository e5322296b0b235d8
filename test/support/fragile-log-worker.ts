/** The thread of the history, which breaks when it is asked of a metric that is called so. */
import { parentPort } from "node:worker_threads";
import type { ToLog } from "../../hub/src/history/log/messages.ts";

await import("../../hub/src/history/log/worker.ts");
parentPort?.on("message", (message: ToLog) => {
  if (message.kind !== "ask" || message.question.kind !== "rows") return;
  if (message.question.metric.name === "break") throw new Error("it broke");
});
