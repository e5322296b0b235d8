/** The adapter of `samples.ts`: a thread that says a fixed number of values a second, each batch a block of one device. */
import { parentPort, workerData } from "node:worker_threads";
import { SampleBatchBuilder } from "@unshub/adapter";
import { GOOD, type MetricReading } from "@unshub/sparkplug";
import { SampleOutbox } from "../hub/src/supervisor/sample-outbox.ts";
import { DEVICES, ROWS, VALUES_PER_SECOND, type FromLoad } from "./samples.ts";

const EVERY_MS = 5;

const port = parentPort;
if (port === null) throw new Error("started by samples.ts only");
const way: unknown = workerData;
const say = (message: FromLoad, memory: ArrayBuffer[] = []): void =>
  port.postMessage(message, memory);
const outbox = new SampleOutbox({
  post: (packet) => say({ kind: "packet", packet }, [packet.memory]),
  atEndOfTurn: (callback) => setImmediate(callback),
});
port.on("message", (memory: ArrayBuffer) => outbox.taken(memory));

const names = Array.from({ length: ROWS }, (_, index) => `Line1/Machine/Value${index}`);
const builder = new SampleBatchBuilder();
const startedAt = performance.now();
let said = 0;

setInterval(() => {
  const due = ((performance.now() - startedAt) / 1000) * VALUES_PER_SECOND;
  while (said + ROWS <= due) {
    sayBlock(`d${(said / ROWS) % DEVICES}`, said);
    said += ROWS;
  }
}, EVERY_MS);

function sayBlock(deviceId: string, value: number): void {
  const now = Date.now();
  if (way === "objects") {
    const readings = names.map((name): MetricReading => ({
      name,
      value,
      quality: "good",
      timestamp: now,
    }));
    return say({ kind: "readings", deviceId, readings });
  }
  for (let row = 0; row < ROWS; row += 1) builder.add(row, value, GOOD, now);
  const batch = builder.take();
  outbox.add(deviceId, batch);
  builder.giveBack(batch);
}
