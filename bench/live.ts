/**
 * Live certificates: what one costs, how long a subscriber waits for those of 1000 devices of 100 metrics, how long the
 * hub does nothing else meanwhile, and what data costs with and without them while nobody is subscribed.
 */
import { connect, type Socket } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { generate, parser, type Packet } from "mqtt-packet";
import { encodePayload, type MetricToSend } from "@unshub/sparkplug";
import { startBroker, type Broker } from "../hub/src/broker/index.ts";
import { AwareServer } from "../hub/src/namespace/index.ts";
import { NodeSessions, UnsTree } from "../hub/src/tree/index.ts";
import { measure, type Figure } from "./measure.ts";

const NODES = 100;
const DEVICES = 10;
const METRICS = 100;
const NOW = 1_800_000_000_000;
const ROUNDS = 7;
const LOG = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): undefined {}

interface Plant {
  readonly sessions: NodeSessions;
  readonly aware: AwareServer;
}

export async function live(): Promise<readonly Figure[]> {
  const opened: { broker?: Broker } = {};
  const { aware, sessions } = openPlant(() => opened.broker);
  const plain = new NodeSessions(new UnsTree(), nothing);
  bearAll(sessions);
  bearAll(plain);
  aware.live.start();
  opened.broker = await startBroker({
    id: "bench",
    listeners: [{ kind: "mqtt", host: "127.0.0.1", port: 0 }],
    log: LOG,
    mayConnect: () => ({ allow: true }),
    mayPublish: () => ({ allow: true }),
    provided: aware.live,
  });
  const { port = 0 } = opened.broker.addresses[0] ?? {};
  const figures = [
    ...["sparkplug", "json"].map((form) => writing(aware, form)),
    ...(await waiting(port, "sparkplug")),
    ...(await waiting(port, "json")),
    ...unheard(plain, { sessions, aware }),
  ];
  aware.live.stop();
  await opened.broker.stop();
  return figures;
}

function openPlant(broker: () => Broker | undefined): Plant {
  const tree = new UnsTree();
  const sessions = new NodeSessions(tree, nothing);
  const config = { profile: "observe", rules: {} } as const;
  const aware = new AwareServer({
    config,
    tree,
    sessions,
    hostId: "bench",
    log: LOG,
    now: () => NOW,
    broker,
    hostOf: nothing,
  });
  return { sessions, aware };
}

function bearAll(sessions: NodeSessions): void {
  const say = (what: string, metrics: readonly MetricToSend[], seq: number): void => {
    const payload = encodePayload({ timestamp: NOW, seq, metrics });
    sessions.apply({ topic: `spBv1.0/plant/${what}`, payload, receivedAt: NOW });
  };
  const told = { tellDatatype: true, timestamp: NOW } as const;
  for (let node = 0; node < NODES; node += 1) {
    say(`NBIRTH/node-${node}`, [{ ...told, name: "bdSeq", datatype: "Int64", value: 0 }], 0);
    for (let device = 0; device < DEVICES; device += 1) {
      const metrics = Array.from({ length: METRICS }, (_, at): MetricToSend => ({
        ...told,
        name: `Line ${device}/Motor ${at}/Speed`,
        alias: device * METRICS + at,
        datatype: "Float",
        value: at / 4,
        properties: [{ key: "engUnit", datatype: "String", value: "rpm" }],
      }));
      say(`DBIRTH/node-${node}/device-${device}`, metrics, device + 1);
    }
  }
}

function writing(aware: AwareServer, form: string): Figure {
  const filter = `$UNS/certificates/${form}/plant/DBIRTH/node-1/device-1`;
  const { oursNs } = measure({
    what: "",
    ours: () => void [...aware.live.matching(filter)],
    peer: undefined,
    target: undefined,
    repeat: 200,
  });
  const what = `one certificate of ${METRICS} metrics, found and written: ${form}`;
  return { what, value: oursNs / 1000, unit: "µs" };
}

/** From SUBSCRIBE to the last certificate, the median of the rounds; and the longest turn of the event loop. */
async function waiting(port: number, form: string): Promise<readonly Figure[]> {
  const times: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round === ROUNDS - 1) delay.enable(); // warm by then
    const outcome = await subscribed(port, `$UNS/certificates/${form}/+/DBIRTH/#`);
    times.push(outcome.ms);
    ({ bytes } = outcome);
  }
  delay.disable();
  const all = `${NODES * DEVICES} devices × ${METRICS} metrics, ${form}`;
  return [
    { what: `${all}: from SUBSCRIBE to the last`, value: median(times), unit: "ms" },
    { what: `${all}: in all`, value: bytes / 1e6, unit: "MB" },
    { what: `${all}: longest turn meanwhile`, value: delay.max / 1e6, unit: "ms" },
  ];
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
}

async function subscribed(
  port: number,
  filter: string,
): Promise<{ readonly ms: number; readonly bytes: number }> {
  const socket = connect(port, "127.0.0.1");
  const packets = parser({ protocolVersion: 5 });
  let bytes = 0;
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    packets.parse(chunk);
  });
  send(socket, {
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 5,
    clientId: "late",
    clean: true,
    keepalive: 0,
  });
  await until(packets, (packet) => packet.cmd === "connack");
  const from = performance.now();
  send(socket, { cmd: "subscribe", messageId: 1, subscriptions: [{ topic: filter, qos: 0 }] });
  let count = 0;
  await until(packets, ({ cmd }) => cmd === "publish" && ++count === NODES * DEVICES);
  const ms = performance.now() - from;
  socket.destroy();
  return { ms, bytes };
}

function send(socket: Socket, packet: Packet): void {
  socket.write(generate(packet, { protocolVersion: 5 }));
}

function until(
  packets: ReturnType<typeof parser>,
  holds: (packet: Packet) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    packets.on("packet", (packet) => {
      if (holds(packet)) resolve();
    });
  });
}

/** DDATA of 10 metrics into a tree alone, and into one with live certificates that nobody reads. */
function unheard(plain: NodeSessions, { sessions, aware }: Plant): readonly Figure[] {
  const row = measure({
    what: "",
    ours: traffic(sessions, aware),
    peer: traffic(plain, undefined),
    target: undefined,
    repeat: 20_000,
  });
  return [
    {
      what: "DDATA of 10 metrics into the tree alone",
      value: (row.peerNs ?? 0) / 1000,
      unit: "µs",
    },
    {
      what: "DDATA of 10 metrics, live certificates on, nobody subscribed",
      value: row.oursNs / 1000,
      unit: "µs",
    },
  ];
}

/** As the hub hears it: what serves others is asked once per topic. */
function traffic(sessions: NodeSessions, aware: AwareServer | undefined): () => void {
  const topic = "spBv1.0/plant/DDATA/node-3/device-2";
  const follow = sessions.follower(topic);
  const serve = aware?.watcher(topic, undefined);
  const rest = { topic, qos: 0, retain: false, clientId: "node-3", receivedAt: NOW } as const;
  const payloads = Array.from({ length: 256 }, (_, seq) => dataOf(seq));
  let seq = DEVICES + 1;
  return () => {
    const payload = payloads[seq];
    seq = (seq + 1) % 256;
    if (payload === undefined) return;
    serve?.({ ...rest, payload });
    follow?.({ payload, receivedAt: NOW });
  };
}

function dataOf(seq: number): Uint8Array {
  const metrics = Array.from({ length: 10 }, (_, at): MetricToSend => {
    const alias = 2 * METRICS + at * 9;
    return { alias, datatype: "Float", tellDatatype: false, value: seq + at / 8, timestamp: NOW };
  });
  return encodePayload({ timestamp: NOW, seq, metrics });
}
