/**
 * What the guard costs: DDATA of 10 metrics in order from 50 edge nodes, as the hub hears it, without sockets. The last
 * row is the work that the tree does anyway.
 */
import { encodePayload, type MetricToSend } from "@unshub/sparkplug";
import type { ConnectingClient, PublishedMessage } from "../hub/src/broker/index.ts";
import type { RuleLevel } from "../hub/src/config/index.ts";
import { Guard } from "../hub/src/namespace/index.ts";
import { NodeSessions, UnsTree } from "../hub/src/tree/index.ts";
import { measure, type Row } from "./measure.ts";

const T = 1_700_000_000_000;
const NODES = 50;
const OFTEN = 20_000;
const LOG = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {}

function metrics(isBirth: boolean): readonly MetricToSend[] {
  return Array.from({ length: 10 }, (_, index) => ({
    ...(isBirth && { name: `Motor ${index}/Speed` }),
    alias: index + 1,
    datatype: "Float" as const,
    tellDatatype: isBirth,
    value: index * 1.5,
    timestamp: T,
  }));
}

function clientOf(name: string): ConnectingClient {
  const metric = { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0 } as const;
  const will = {
    topic: `spBv1.0/G/NDEATH/${name}`,
    payload: encodePayload({ metrics: [metric] }),
    qos: 1,
    retain: false,
  } as const;
  return {
    clientId: name,
    username: undefined,
    password: undefined,
    address: "10.0.0.1:5000",
    protocol: "5",
    clean: true,
    keepAliveSeconds: 30,
    sessionExpirySeconds: 0,
    will,
  };
}

type Take = (message: PublishedMessage) => void;

/** What the hub does with the messages of one client on one topic. */
interface Hub {
  connect(client: ConnectingClient): void;
  watch(topic: string, client: ConnectingClient): Take;
}

function hubOf(level: RuleLevel | undefined, withTree: boolean): Hub {
  const sessions = new NodeSessions(new UnsTree(), nothing);
  const sparkplug = {
    profile: "observe",
    rules: { S04: level ?? "off", M09: level ?? "off" },
  } as const;
  const guard = new Guard({
    config: { sparkplug, otherTopics: "allow" },
    hostId: "hub",
    log: LOG,
    now: () => T,
    born: (node, deviceId, metric) => sessions.born(node, deviceId, metric),
    endClient: nothing,
  });
  return {
    connect: (client) => {
      guard.mayConnect(client);
      guard.connected(client);
      guard.subscribed(client, { filter: `spBv1.0/G/NCMD/${client.clientId}`, qos: 1 });
    },
    watch: (topic, client) => {
      const watch = level === undefined ? undefined : guard.watch(topic, client);
      const follow = withTree || !topic.includes("/DDATA/") ? sessions.follower(topic) : undefined;
      return (message) => {
        watch?.take(message);
        follow?.(message);
        watch?.after(message);
      };
    },
  };
}

/** Sends one message after the other, from node to node. */
function traffic(hub: Hub): () => void {
  const nodes = Array.from({ length: NODES }, (_, index) => bornNode(hub, `node-${index}`));
  let count = 0;
  return () => {
    const send = nodes[count % NODES];
    count += 1;
    send?.();
  };
}

function bornNode(hub: Hub, name: string): () => void {
  const client = clientOf(name);
  hub.connect(client);
  const say = (what: string, list: readonly MetricToSend[], seq: number): void => {
    const [type = "", device = ""] = what.split("/");
    const topic = `spBv1.0/G/${type}/${name}${device === "" ? "" : `/${device}`}`;
    hub.watch(topic, client)(messageOf(topic, encodePayload({ timestamp: T, seq, metrics: list })));
  };
  say(
    "NBIRTH",
    [
      { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0, timestamp: T },
      {
        name: "Node Control/Rebirth",
        datatype: "Boolean",
        tellDatatype: true,
        value: false,
        timestamp: T,
      },
    ],
    0,
  );
  say("DBIRTH/d", metrics(true), 1);
  const topic = `spBv1.0/G/DDATA/${name}/d`;
  const take = hub.watch(topic, client);
  const messages = Array.from({ length: 256 }, (_, seq) =>
    messageOf(topic, encodePayload({ timestamp: T, seq, metrics: metrics(false) })),
  );
  let seq = 2;
  return () => {
    const message = messages[seq];
    seq = (seq + 1) % 256;
    if (message !== undefined) take(message);
  };
}

function messageOf(topic: string, payload: Uint8Array): PublishedMessage {
  return { topic, payload, qos: 0, retain: false, clientId: topic, receivedAt: T };
}

/** The guard at these levels, with and without the tree. */
export function guardCost(): readonly Row[] {
  const ways: readonly (readonly [
    what: string,
    level: RuleLevel | undefined,
    withTree: boolean,
  ])[] = [
    ["DDATA of 10 metrics: guard at warn", "warn", false],
    ["DDATA of 10 metrics: guard, metrics at reject", "reject", false],
    ["DDATA of 10 metrics: tree alone", undefined, true],
    ["DDATA of 10 metrics: guard at warn and tree", "warn", true],
  ];
  return ways.map(([what, level, withTree]) =>
    measure({
      what,
      ours: traffic(hubOf(level, withTree)),
      peer: undefined,
      target: undefined,
      repeat: OFTEN,
    }),
  );
}
