/** `/api/ns/raw`, `/births`, `/consumers`: what came on a topic byte by byte, how births differed, and who hears it. */
import { z } from "zod";
import {
  matchesFilter,
  shownProperties,
  type Broker,
  type ClientSession,
} from "../broker/index.ts";
import {
  birthsOf,
  decodedMessage,
  namedBy,
  topicOf,
  type KeptMessage,
  type LastMessages,
} from "../heard/index.ts";
import { problem } from "./problem.ts";
import { readsClient, readsMember, readsTopic } from "./reading.ts";
import type { Routes } from "./routes.ts";
import { count, moment, topicText, TOPICS } from "./shapes.ts";
import type { Caller } from "./who.ts";

export interface HeardRoutes {
  readonly heard: LastMessages;
  readonly broker: Pick<Broker, "sessions" | "retained">;
  readonly now: () => number;
}

/** Bytes of one payload that are shown; the rest is only counted. */
const MOST_BYTES = 65_536;

const SPARKPLUG =
  /^spBv1\.0\/(?<group>[^/]+)\/(?<type>[ND][A-Z]+)\/(?<edgeNode>[^/]+)(?:\/(?<device>[^/]+))?$/;

const message = z.looseObject({
  topic: z.string(),
  receivedAt: moment.nullable(),
  size: count,
  hex: z.string(),
});
const consumer = z.looseObject({
  clientId: z.string(),
  filters: z.array(z.looseObject({})),
  lastSentAt: z
    .number()
    .nullable()
    .describe("When the last message went to the session, on whatever topic; null: none has yet"),
});

export function addHeardRoutes(routes: Routes, rooms: HeardRoutes): void {
  const { heard } = rooms;
  routes.add({
    ...TOPICS,
    path: "/api/ns/raw",
    summary:
      "The last messages of a topic as they came, the newest first; more of them while somebody asks",
    query: z.object({ topic: topicText.min(1) }),
    answers: { 200: z.object({ messages: z.array(message) }) },
    problems: [404],
    handle: ({ query: { topic }, caller }) => {
      if (!maySeePayload(caller, topic)) return problem(404, nothingOn(topic));
      const kept = heard.of(topic, rooms.now());
      const messages = kept.map((one) => shownMessage(one, heard));
      const found = messages.length > 0 ? messages : retainedOn(rooms, topic);
      return found.length === 0 ? problem(404, nothingOn(topic)) : { messages: found };
    },
  });
  routes.add({
    ...TOPICS,
    path: "/api/ns/births",
    summary:
      "Births and deaths of an edge node or device since the hub started, and how each birth differs from the one before",
    query: z.object({ group: z.string(), edgeNode: z.string(), device: z.string().optional() }),
    answers: { 200: z.object({ births: z.array(z.looseObject({ receivedAt: moment })) }) },
    handle: ({ query: { group, edgeNode, device }, caller }) => {
      if (!readsMember(caller, { group, edgeNode, device })) return { births: [] };
      return {
        births: birthsOf(heard, { groupId: group, edgeNodeId: edgeNode, deviceId: device }),
      };
    },
  });
  routes.add({
    ...TOPICS,
    path: "/api/ns/consumers",
    summary: "Who subscribes to a topic, by which filter, and how much waits for it",
    query: z.object({ topic: topicText.min(1) }),
    answers: { 200: z.object({ now: moment, consumers: z.array(consumer) }) },
    handle: ({ query: { topic }, caller }) => ({
      now: rooms.now(),
      consumers: rooms.broker
        .sessions()
        .filter((session) => readsClient(caller, session))
        .flatMap((session) => consumerOf(session, topic)),
    }),
  });
}

function nothingOn(topic: string): string {
  return `no message on "${topic}" is kept: none came since the hub started`;
}

/** A payload tells everything of its device at once. */
export function maySeePayload(caller: Caller, topic: string): boolean {
  const { group, edgeNode, device } = SPARKPLUG.exec(topic)?.groups ?? {};
  if (group === undefined || edgeNode === undefined) return readsTopic(caller, topic);
  return readsMember(caller, { group, edgeNode, device });
}

function shownMessage(kept: KeptMessage, heard: LastMessages): object {
  const { payload, properties, clientId, ...rest } = kept;
  return {
    ...rest,
    clientId: clientId ?? null,
    properties: shownProperties(properties),
    hex: hexOf(payload),
    decoded: decodedOn(kept.topic, payload, heard),
  };
}

/** What stands in a payload; names that data leaves out are those of the last birth. */
export function decodedOn(
  topic: string,
  payload: Uint8Array,
  heard: LastMessages,
): ReturnType<typeof decodedMessage> {
  const {
    group: groupId,
    edgeNode: edgeNodeId,
    device: deviceId,
  } = SPARKPLUG.exec(topic)?.groups ?? {};
  const [birth] =
    groupId === undefined || edgeNodeId === undefined
      ? []
      : heard.of(
          topicOf(deviceId === undefined ? "NBIRTH" : "DBIRTH", { groupId, edgeNodeId, deviceId }),
        );
  return decodedMessage(payload, birth && namedBy(birth.payload));
}

/** A plain topic has at most one message that is kept: the retained one. */
function retainedOn({ broker }: HeardRoutes, topic: string): readonly object[] {
  if (/[+#]/.test(topic)) return [];
  for (const found of broker.retained(topic)) {
    if (found?.topic !== topic) continue;
    const { payload } = found;
    return [
      {
        topic,
        clientId: null,
        receivedAt: null,
        qos: null,
        retain: true,
        isWill: false,
        size: payload.length,
        properties: [],
        hex: hexOf(payload),
        decoded: null,
      },
    ];
  }
  return [];
}

function hexOf(payload: Uint8Array): string {
  return Buffer.from(payload.subarray(0, MOST_BYTES)).toString("hex");
}

function consumerOf(session: ClientSession, topic: string): readonly object[] {
  const filters = session.subscriptions
    .filter(({ filter }) => matchesFilter(plainFilter(filter), topic))
    .map(({ filter, qos }) => ({ filter, qos }));
  if (filters.length === 0) return [];
  const { clientId, username, address, isConnected, queued, inFlight, dropped, sent, since } =
    session;
  const { lastSentAt = null } = session;
  return [
    {
      clientId,
      username,
      address,
      connected: isConnected,
      since,
      filters,
      queued,
      inFlight,
      dropped,
      sent,
      lastSentAt,
    },
  ];
}

/** `$share/{name}/` is no part of what a filter matches. */
function plainFilter(filter: string): string {
  return filter.startsWith("$share/") ? filter.split("/").slice(2).join("/") : filter;
}
