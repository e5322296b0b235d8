/** Our MQTT server alone, everything allowed: `node hub-broker.ts PORT FOLDER [recorded]`, then with a black box. */
import { BlackBox } from "../../../hub/src/blackbox/index.ts";
import { startBroker } from "../../../hub/src/broker/index.ts";
import { tidyMemory } from "../../../hub/src/tidy-memory.ts";

const [port = "0", folder = ".", recorded] = process.argv.slice(2);

const complain = (fields: object, message: string): void => console.error(message, fields);
const silent = (): void => undefined;

/** As Mosquitto with `max_queued_messages 0`: nobody measures here what is dropped at a limit. */
const UNLIMITED = { maxConnections: 10_000, maxQueuedMessages: 1e9, maxQueuedBytes: 1e12 };

const tap =
  recorded === undefined
    ? undefined
    : new BlackBox({
        hubId: "bench",
        maxBytes: 8 * 1024 * 1024,
        keepMs: 600_000,
        redact: [],
        now: () => Date.now(),
      });

const broker = await startBroker({
  id: "bench",
  listeners: [{ kind: "mqtt", host: "127.0.0.1", port: Number(port) }],
  log: { debug: silent, info: silent, warn: complain, error: complain },
  storage: { folder, durability: "power" },
  limits: UNLIMITED,
  tap,
  mayConnect: () => ({ allow: true }),
  mayPublish: () => ({ allow: true }),
});

await tidyMemory(); // as the hub does it when it has started

process.once("SIGTERM", () => {
  void broker.stop().finally(() => process.exit());
});
