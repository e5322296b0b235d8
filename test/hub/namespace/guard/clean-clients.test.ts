import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clockOf, EdgeNodeSession, HostSession, mqttJs, type MqttVersion } from "@unshub/sparkplug";
import mqtt from "mqtt";
import { startTestHub } from "../../../support/hub.ts";

const common = { connector: mqttJs(mqtt), clock: clockOf(globalThis), random: () => 0.99 };

/** Events in their order, and a promise for each that is waited for. */
class Diary {
  readonly lines: string[] = [];
  #wake: () => void = () => undefined;

  note(line: string): void {
    this.lines.push(line);
    this.#wake();
  }

  async until(line: string): Promise<void> {
    while (!this.lines.includes(line)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

describe("clients that keep the standard", () => {
  for (const mqttVersion of ["3.1.1", "5"] as const satisfies readonly MqttVersion[]) {
    it(`pass at strict without a finding, through birth, write, death and leaving, over MQTT ${mqttVersion}`, async (t) => {
      const { hub, mqttPort } = await startTestHub(t, "", { profile: "strict" });
      const servers = [`mqtt://127.0.0.1:${mqttPort}`] as const;
      const diary = new Diary();
      const host = new HostSession({
        ...common,
        mqttVersion,
        hostId: "scada",
        clientId: "host",
        servers,
        listener: {
          deviceBorn: ({ deviceId }) => diary.note(`born ${deviceId}`),
          valuesChanged: (_subject, readings) =>
            readings.forEach(({ value }) => diary.note(`value ${JSON.stringify(value)}`)),
          deviceDied: ({ deviceId }) => diary.note(`died ${deviceId}`),
        },
      });
      const edge: EdgeNodeSession = new EdgeNodeSession({
        ...common,
        mqttVersion,
        groupId: "g",
        edgeNodeId: "e",
        clientId: "edge",
        servers,
        primaryHostId: "scada",
        lastBdSeq: undefined,
        saveBdSeq: () => undefined,
        onRefused: () => undefined,
        onWrite: ({ deviceId, metric, value }) =>
          edge.node.changed(deviceId, [
            { name: metric, value, quality: "good", timestamp: Date.now() },
          ]),
      });
      const setpoint = { name: "sp", value: 1, quality: "good", timestamp: Date.now() } as const;
      edge.node.born("press", [{ ...setpoint, datatype: "Int32", writable: true }]);

      host.start();
      edge.start();
      await diary.until("born press");
      host.application.write({
        groupId: "g",
        edgeNodeId: "e",
        deviceId: "press",
        metric: "sp",
        value: 25,
      });
      await diary.until("value 25");
      edge.node.died("press");
      await diary.until("died press");
      await edge.stop();
      await host.stop();

      assert.deepEqual(hub.guard.findings(), []);
      assert.deepEqual(
        hub.guard.grades().map(({ kind, name, broken }) => [kind, name, broken.length]),
        [
          ["edge node", "g/e", 0],
          ["host", "scada", 0],
        ],
      );
    });
  }
});
