/** An edge node with one device. Run: `node examples/sparkplug/edge-node.ts [mqtt://127.0.0.1:1883]` */
import { clockOf, EdgeNodeSession, mqttJs } from "@unshub/sparkplug";
import mqtt from "mqtt";

const edge = new EdgeNodeSession({
  groupId: "Plant1",
  edgeNodeId: "gw-1",
  clientId: "gw-1",
  servers: [process.argv[2] ?? "mqtt://127.0.0.1:1883"],
  connector: mqttJs(mqtt),
  clock: clockOf(globalThis),
  random: Math.random,
  lastBdSeq: undefined, // in earnest: what saveBdSeq kept in a file
  saveBdSeq: () => undefined,
  onWrite: ({ metric, value }) => console.log("asked to write", metric, value),
  onRefused: (topic, because) => console.warn(topic, because),
  onState: (state) => console.log(state.kind),
});

const temperature = () =>
  ({
    name: "Temperature",
    value: 20 + Math.random(),
    quality: "good",
    timestamp: Date.now(),
  }) as const;

edge.node.born("press", [{ ...temperature(), datatype: "Double", writable: true, unit: "°C" }]);
edge.start();
const polling = setInterval(() => edge.node.changed("press", [temperature()]), 1000);

process.once("SIGINT", () => {
  clearInterval(polling);
  void edge.stop();
});
