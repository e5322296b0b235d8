/** Our MQTT server alone, everything allowed: `node hub-broker.ts PORT FOLDER`. */
import { startBroker } from "../../../hub/src/broker/index.ts";

const [port = "0", folder = "."] = process.argv.slice(2);

const complain = (fields: object, message: string): void => console.error(message, fields);
const silent = (): void => undefined;

const broker = await startBroker({
  id: "bench",
  listeners: [{ kind: "mqtt", host: "127.0.0.1", port: Number(port) }],
  log: { debug: silent, info: silent, warn: complain, error: complain },
  storage: { folder, durability: "power" },
  limits: { maxConnections: 10_000 },
  mayConnect: () => ({ allow: true }),
  mayPublish: () => ({ allow: true }),
});

process.once("SIGTERM", () => {
  void broker.stop().finally(() => process.exit());
});
