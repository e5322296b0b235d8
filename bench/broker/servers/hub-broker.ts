/** Our MQTT server alone, everything allowed: `node hub-broker.ts PORT DATA_DIR`. */
import { startBroker } from "../../../hub/src/broker/index.ts";

const [port = "0"] = process.argv.slice(2);

const complain = (fields: object, message: string): void => console.error(message, fields);
const silent = (): void => undefined;

await startBroker({
  id: "bench",
  listeners: [{ kind: "mqtt", host: "127.0.0.1", port: Number(port) }],
  log: { debug: silent, info: silent, warn: complain, error: complain },
  now: () => Date.now(),
  mayConnect: () => ({ allow: true }),
  mayPublish: () => ({ allow: true }),
  published: silent,
});
