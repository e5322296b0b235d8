/** A worker thread that reads two registers over a serial port and says what came, or why nothing could. */
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../adapters/modbus/src/clock.ts";
import { LinkRun } from "./modbus-wire.ts";

const { path, driver } = workerData;
await using run = new LinkRun({ framing: "rtu", path, baud: 115_200, driver }, systemClock);
await Promise.race([run.until("up"), run.until("backoff")]);
const said = run.link.state === "up" ? await run.read(0, 2) : run.link.lastError?.message;
parentPort?.postMessage(said);
