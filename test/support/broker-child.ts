/** The other side of `broker-apart.ts`: one broker that allows everything, in a process whose memory can be measured. */
import { startBroker } from "../../hub/src/broker/broker.ts";
import type { BrokerLimits } from "../../hub/src/broker/limits.ts";
import type { ApartAnswer, ApartFigures } from "./broker-apart.ts";

const limits: Partial<BrokerLimits> = JSON.parse(process.argv[2] ?? "{}");
const errors: string[] = [];
const silent = (): void => undefined;
const broker = await startBroker({
  id: "apart",
  listeners: [
    { kind: "mqtt", host: "127.0.0.1", port: 0 },
    { kind: "ws", host: "127.0.0.1", port: 0 },
  ],
  log: {
    debug: silent,
    info: silent,
    warn: silent,
    error: (fields, message) => errors.push(`${message} ${JSON.stringify(fields)}`),
  },
  mayConnect: () => ({ allow: true }),
  mayPublish: () => ({ allow: true }),
  limits,
});

/** What buffers held is given back only some time after they were collected. */
async function figures(): Promise<ApartFigures> {
  for (let times = 0; times < 3; times += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { bytes: heapUsed + external, rss, counters: broker.counters, errors };
}

function answer(message: ApartAnswer): void {
  process.send?.(message);
}

process.on("message", (question) => {
  if (question !== "figures") return;
  void figures().then((measured) => answer({ kind: "figures", figures: measured }));
});
process.on("disconnect", () => void broker.stop());
answer({ kind: "ports", ports: broker.addresses.map(({ port }) => port) });
