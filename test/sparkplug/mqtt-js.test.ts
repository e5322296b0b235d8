import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  bdSeqOf,
  clockOf,
  decodePayload,
  HostSession,
  mqttJs,
  type EdgeNodeSession,
  type EdgeNodeSessionOptions,
  type MqttVersion,
} from "@unshub/sparkplug";
import mqtt from "mqtt";
import { startBroker } from "../../hub/src/broker/index.ts";
import { liveEdge } from "../support/live-edge.ts";
import { SILENT_LOG } from "../support/silent-log.ts";
import { ObservedServer } from "../support/sparkplug-observed-server.ts";

const connector = mqttJs(mqtt);
const common = { connector, clock: clockOf(globalThis), random: () => 0.99 };

function openEdge(url: string, more: Partial<EdgeNodeSessionOptions> = {}): EdgeNodeSession {
  return liveEdge(url, { ...common, groupId: "g", edgeNodeId: "e", clientId: "edge", ...more });
}

function bytesOf(payload: string | Buffer | undefined): Uint8Array {
  assert.ok(payload instanceof Uint8Array);
  return payload;
}

describe("MQTT.js as connector", () => {
  for (const [version, number] of [
    ["3.1.1", 4],
    ["5", 5],
  ] as const satisfies readonly (readonly [MqttVersion, number])[]) {
    it(
      `connects clean with MQTT ${version}, Will at QoS 1, not retained ` +
        "[tck-id-principles-persistence-clean-session-311] [tck-id-principles-persistence-clean-session-50]",
      async () => {
        await using server = await ObservedServer.open();
        const edge = openEdge(server.url, { mqttVersion: version });
        edge.start();
        const [connect] = await server.received("connect", 1);
        await edge.stop();

        assert.deepEqual([connect?.protocolVersion, connect?.clean], [number, true]);
        assert.ok([undefined, 0].includes(connect?.properties?.sessionExpiryInterval));
        assert.deepEqual([connect?.will?.qos, connect?.will?.retain], [1, false]);
      },
    );
  }

  it("replaces the Will before each reconnect [tck-id-topics-nbirth-bdseq-increment]", async () => {
    await using server = await ObservedServer.open();
    const edge = openEdge(server.url);
    edge.start();
    await server.received("publish", 1);
    server.cut();
    const births = await server.received("publish", 2);
    const connects = await server.received("connect", 2);
    await edge.stop();

    const wills = connects.map(({ will }) => bdSeqOf(decodePayload(bytesOf(will?.payload))));
    assert.deepEqual(wills, [0, 1]);
    assert.deepEqual(
      births.slice(0, 2).map(({ payload }) => bdSeqOf(decodePayload(bytesOf(payload)))),
      [0, 1],
    );
  });

  it(
    "leaves with NDEATH, then DISCONNECT with reason 4 " +
      "[tck-id-payloads-ndeath-will-message-publisher-disconnect-mqtt50]",
    async () => {
      await using server = await ObservedServer.open();
      const edge = openEdge(server.url);
      edge.start();
      await server.received("publish", 1);
      await edge.stop();
      const [disconnect] = await server.received("disconnect", 1);

      assert.equal(disconnect?.reasonCode, 4);
      const said = server.packets.filter(({ cmd }) => cmd === "publish" || cmd === "disconnect");
      const topics = said.map((packet) => (packet.cmd === "publish" ? packet.topic : packet.cmd));
      assert.deepEqual(topics, ["spBv1.0/g/NBIRTH/e", "spBv1.0/g/NDEATH/e", "disconnect"]);
    },
  );

  it("subscribes at QoS 1 before it says anything [tck-id-message-flow-edge-node-ncmd-subscribe] [tck-id-message-flow-device-dcmd-subscribe]", async () => {
    await using server = await ObservedServer.open();
    const edge = openEdge(server.url);
    edge.start();
    await server.received("publish", 1);
    await edge.stop();

    const [, subscribe, birth] = server.packets;
    assert.ok(subscribe?.cmd === "subscribe");
    assert.ok(subscribe.subscriptions.every(({ qos }) => qos === 1));
    assert.equal(birth?.cmd, "publish");
  });

  it("tries again when nobody answers", async () => {
    let first: ObservedServer | undefined = await ObservedServer.open();
    const { url } = first;
    await first[Symbol.asyncDispose]();
    first = undefined;
    const states: string[] = [];
    const done = Promise.withResolvers<void>();
    const edge = openEdge(url, {
      onState: ({ kind }) => {
        states.push(kind);
        if (states.length === 3) done.resolve();
      },
    });
    edge.start();
    await done.promise;
    await edge.stop();

    assert.deepEqual(states.slice(0, 3), ["connecting", "pausing", "connecting"]);
  });

  it("tells of an address that MQTT.js does not understand, and goes on", async () => {
    const told = Promise.withResolvers<string>();
    const edge = openEdge("127.0.0.1", {
      onState: (state) => {
        if (state.kind === "pausing") told.resolve(state.because);
      },
    });
    edge.start();
    const because = await told.promise;
    await edge.stop();

    assert.match(because, /protocol/);
  });
});

describe("an edge node and a host over a real server", () => {
  it("say where they stand with each server", async () => {
    await using server = await ObservedServer.open();
    const states: string[] = [];
    const host = new HostSession({
      ...common,
      hostId: "scada",
      clientId: "host",
      servers: [server.url],
      listener: {},
      onState: (at, { kind }) => states.push(`${at === server.url ? "here" : at} ${kind}`),
    });
    host.start();
    await server.received("publish", 1);
    await host.stop();

    assert.deepEqual(states, ["here connecting", "here online", "here closing", "here stopped"]);
  });

  it("see each other: birth, write, read-back, death", async () => {
    const broker = await startBroker({
      id: "test",
      listeners: [{ kind: "mqtt", host: "127.0.0.1", port: 0 }],
      log: SILENT_LOG,
      mayConnect: () => ({ allow: true }),
      mayPublish: () => ({ allow: true }),
    });
    const url = `mqtt://127.0.0.1:${broker.addresses[0]?.port}`;
    const heard: string[] = [];
    let wake: (() => void) | undefined;
    const note = (text: string): void => {
      heard.push(text);
      wake?.();
    };
    const until = async (text: string): Promise<void> => {
      while (!heard.includes(text)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    const host = new HostSession({
      ...common,
      hostId: "scada",
      clientId: "host",
      servers: [url],
      mqttVersion: "3.1.1",
      listener: {
        deviceBorn: ({ deviceId }) => note(`born ${deviceId}`),
        valuesChanged: (_subject, readings) =>
          readings.forEach(({ value }) => note(`value ${JSON.stringify(value)}`)),
        deviceDied: ({ deviceId }) => note(`died ${deviceId}`),
        nodeDied: ({ edgeNodeId }) => note(`died ${edgeNodeId}`),
      },
    });
    const edge: EdgeNodeSession = openEdge(url, {
      mqttVersion: "3.1.1",
      primaryHostId: "scada",
      onWrite: ({ deviceId, metric, value }) =>
        edge.node.changed(deviceId, [
          { name: metric, value, quality: "good", timestamp: Date.now() },
        ]),
    });
    const setpoint = { name: "sp", value: 1, quality: "good", timestamp: Date.now() } as const;
    edge.node.born("press", [{ ...setpoint, datatype: "Int32", writable: true }]);

    host.start();
    edge.start();
    await until("born press");
    const write = { groupId: "g", edgeNodeId: "e", deviceId: "press", metric: "sp", value: 42 };
    assert.deepEqual(host.application.write(write), { sent: true });
    await until("value 42");
    await edge.stop();
    await until("died e");
    await host.stop();
    await broker.stop();

    assert.deepEqual(heard, ["born press", "value 42", "died press", "died e"]);
  });
});
