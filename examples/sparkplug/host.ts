/** A host that shows all that is said. Run: `node examples/sparkplug/host.ts [mqtt://127.0.0.1:1883]` */
import { clockOf, HostSession, mqttJs } from "@unshub/sparkplug";
import mqtt from "mqtt";

const host = new HostSession({
  hostId: "scada",
  clientId: "scada",
  servers: [process.argv[2] ?? "mqtt://127.0.0.1:1883"],
  connector: mqttJs(mqtt),
  clock: clockOf(globalThis),
  random: Math.random,
  listener: {
    deviceBorn: ({ edgeNodeId, deviceId }, { metrics }) =>
      console.log(
        `${edgeNodeId}/${deviceId} born with ${metrics.map(({ name }) => name).join(", ")}`,
      ),
    valuesChanged: ({ deviceId }, readings) => {
      for (const { name, value } of readings)
        console.log(`${deviceId} ${name} = ${JSON.stringify(value)}`);
    },
    stale: ({ edgeNodeId, deviceId }, { because }) =>
      console.log(`${edgeNodeId}/${deviceId ?? ""} is stale: ${because}`),
  },
});

host.start();
process.once("SIGINT", () => void host.stop());
