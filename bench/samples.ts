/**
 * `npm run bench -- samples`: what values of adapters cost the hub's thread on the way to DDATA. A thread says 100 000
 * values a second as an adapter does, in batches of a Modbus block; here they come in, are taken over, encoded and dropped
 * where the MQTT connection would be. Once in columns, once as an object per value, as it was before.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { EdgeNode, type BornMetric, type MetricReading } from "@unshub/sparkplug";
import { batchesOf, type SentPacket } from "../hub/src/supervisor/sample-packet.ts";
import { measure, type Figure, type Row } from "./measure.ts";

/** A block of 125 registers of 32-bit values. */
export const ROWS = 62;
export const DEVICES = 16;
export const VALUES_PER_SECOND = 100_000;
const WARM_UP_MS = 2000;
const MEASURE_MS = 5000;
const CPU_AT_MOST = 10;

/** What the thread sends. */
export type FromLoad =
  | { readonly kind: "packet"; readonly packet: SentPacket }
  | {
      readonly kind: "readings";
      readonly deviceId: string;
      readonly readings: readonly MetricReading[];
    };

/** An edge node whose messages go nowhere, with all devices born. */
function openNode(): {
  readonly node: EdgeNode;
  readonly sent: { messages: number; bytes: number };
} {
  const sent = { messages: 0, bytes: 0 };
  const node = new EdgeNode({
    groupId: "bench",
    edgeNodeId: "node",
    transport: {
      publish: ({ payload }) => {
        sent.messages += 1;
        sent.bytes += payload.length;
      },
    },
    lastBdSeq: undefined,
    saveBdSeq: () => undefined,
    clock: { now: () => Date.now(), after: () => () => undefined },
    onWrite: () => undefined,
    onRefused: () => undefined,
  });
  node.beginSession();
  node.sessionOpened();
  for (let device = 0; device < DEVICES; device += 1) node.born(`d${device}`, metrics());
  return { node, sent };
}

function metrics(): readonly BornMetric[] {
  return Array.from({ length: ROWS }, (_, index) => ({
    name: `Line1/Machine/Value${index}`,
    datatype: "Float",
    value: 0,
    quality: "good",
    timestamp: Date.now(),
    writable: false,
  }));
}

/** One block on the way from columns, or from readings, to the bytes of a DDATA. */
export function sampleRows(): readonly Row[] {
  const columns = openNode();
  const objects = openNode();
  const numbers = new Float64Array(ROWS);
  const batch = {
    count: ROWS,
    metrics: Uint32Array.from({ length: ROWS }, (_, index) => index),
    numbers,
    qualities: new Uint8Array(ROWS),
    timestamps: new Float64Array(ROWS).fill(Date.now()),
  };
  const names = metrics().map(({ name }) => name);
  let value = 0;
  return [
    measure({
      what: `block of ${ROWS} values to DDATA: columns, objects`,
      ours: () => {
        numbers.fill((value += 1));
        columns.node.samples("d0", batch);
      },
      peer: () => {
        value += 1;
        const at = Date.now();
        const readings = names.map((name): MetricReading => ({
          name,
          value,
          quality: "good",
          timestamp: at,
        }));
        objects.node.changed("d0", readings);
      },
      target: { times: 3 },
      repeat: 50,
    }),
  ];
}

/** CPU time of the hub's thread at the full rate, in percent of one core. */
export async function sampleFigures(): Promise<readonly Figure[]> {
  const inColumns = await load("columns");
  const asObjects = await load("objects");
  console.log(
    `hub thread at ${VALUES_PER_SECOND} values/s: ${inColumns.percent.toFixed(1)} % of a core ` +
      `(≤ ${CPU_AT_MOST}: ${inColumns.percent <= CPU_AT_MOST ? "reached" : "MISSED"}), as objects ${asObjects.percent.toFixed(1)} %`,
  );
  return [
    { what: "hub thread, columns", value: inColumns.percent, unit: "% of a core" },
    { what: "values that came, columns", value: inColumns.perSecond, unit: "1/s" },
    { what: "hub thread, objects", value: asObjects.percent, unit: "% of a core" },
    { what: "values that came, objects", value: asObjects.perSecond, unit: "1/s" },
  ];
}

async function load(
  way: "columns" | "objects",
): Promise<{ readonly percent: number; readonly perSecond: number }> {
  const { node } = openNode();
  let values = 0;
  const worker = new Worker(new URL("./samples-worker.ts", import.meta.url), { workerData: way });
  worker.on("message", (message: FromLoad) => {
    if (message.kind === "readings") {
      values += message.readings.length;
      node.changed(message.deviceId, message.readings);
      return;
    }
    for (const [deviceId, batch] of batchesOf(message.packet)) {
      values += batch.count;
      node.samples(deviceId, batch);
    }
    worker.postMessage(message.packet.memory, [message.packet.memory]);
  });
  await sleep(WARM_UP_MS);
  const valuesBefore = values;
  const before = process.threadCpuUsage();
  const startedAt = performance.now();
  await sleep(MEASURE_MS);
  const { user, system } = process.threadCpuUsage(before);
  const elapsedMs = performance.now() - startedAt;
  const perSecond = ((values - valuesBefore) / elapsedMs) * 1000;
  await worker.terminate();
  return { percent: ((user + system) / 1000 / elapsedMs) * 100, perSecond };
}
