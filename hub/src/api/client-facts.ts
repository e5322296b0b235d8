/** One MQTT client as JSON: in a list, and with everything that is known of it. */
import { z } from "zod";
import type { ClientDetails, ClientEvent, ClientSession, TlsProof } from "../broker/index.ts";
import { certificateJson, certificateShape } from "./certificate-json.ts";
import { count, moment } from "./shapes.ts";

const limit = count.nullable().describe("null: no limit");
const reasonCode = z.int().nullable().describe("MQTT 5's; null: the connection was lost");

export const clientShape = z.looseObject({
  clientId: z.string(),
  connected: z.boolean(),
  since: z.iso.datetime(),
  clean: z.boolean().describe("It asked for a session without a past"),
  keepAliveSeconds: count,
  expirySeconds: count.describe(
    "How long its session outlives the connection; 4294967295: for ever",
  ),
  received: count,
  sent: count,
  receivedBytes: count.describe("All packets of this connection"),
  sentBytes: count,
  inFlight: count.describe("Messages of QoS 1 and 2 that were sent and are not acknowledged"),
  queued: count,
  queuedBytes: count,
  maxQueued: limit,
  maxQueuedBytes: limit,
  dropped: count,
  lastEnd: z
    .object({
      at: moment,
      by: z.enum(["client", "server", "network"]),
      reasonCode,
      because: z.string(),
      takeovers: count.describe("How often in a row another connection took its identifier"),
    })
    .nullable()
    .describe("How its connection before this one ended, or its last one, since the hub started"),
});

const happened = z.looseObject({
  kind: z.enum(["connected", "ended", "refused"]),
  at: moment,
  address: z.string(),
});

export const clientDetailsShape = clientShape.extend({
  outgoingBytes: count,
  subscriptions: z.array(
    z.object({
      filter: z.string(),
      qos: z.int(),
      options: z
        .object({
          noLocal: z.boolean(),
          retainAsPublished: z.boolean(),
          retainHandling: z.int(),
          identifier: count.describe("0: none"),
        })
        .optional()
        .describe("Left out: a stream of the past has none"),
    }),
  ),
  events: z.array(happened).describe("What happened to it since the hub started, the newest last"),
  tls: z
    .discriminatedUnion("kind", [
      certificateShape.extend({ kind: z.literal("certificate") }),
      z.object({ kind: z.literal("psk"), name: z.string() }),
    ])
    .nullable()
    .describe("What it has shown in its TLS handshake"),
  published: z
    .object({
      since: moment.describe("Later than the connection when rights have changed since"),
      topics: count.describe("How many there are"),
      hidden: count.describe("Of the busiest ones, how many you may not read"),
      most: z
        .array(z.object({ topic: z.string(), messages: count, refused: z.boolean() }))
        .describe("The 50 busiest ones, the busiest first"),
    })
    .nullable()
    .describe("null: it is not connected"),
});

/** The figures of a client, without what it subscribes to. */
export function clientFigures(session: ClientSession): object {
  const { clientId, username, address, protocol, clean, keepAliveSeconds, expirySeconds } = session;
  const { received, sent, queued, queuedBytes, inFlight, dropped, lastEnd } = session;
  return {
    clientId,
    username,
    address,
    protocol,
    clean,
    keepAliveSeconds,
    expirySeconds,
    connected: session.isConnected,
    since: new Date(session.since).toISOString(),
    received,
    sent,
    receivedBytes: session.bytesReceived,
    sentBytes: session.bytesSent,
    inFlight,
    queued,
    queuedBytes,
    maxQueued: limited(session.maxQueued),
    maxQueuedBytes: limited(session.maxQueuedBytes),
    dropped,
    lastEnd: lastEnd === undefined ? null : { ...lastEnd, reasonCode: lastEnd.reasonCode ?? null },
  };
}

/** `readsTopic`: what of its topics may be told. */
export function clientFacts(
  session: ClientSession,
  { events, proof, published }: ClientDetails,
  readsTopic: (topic: string) => boolean,
): object {
  const { will, outgoingBytes, subscriptions } = session;
  return {
    ...clientFigures(session),
    outgoingBytes,
    will: will && { topic: will.topic, qos: will.qos, retain: will.retain },
    subscriptions,
    events: events.map(eventJson),
    tls: proof === undefined ? null : proofJson(proof),
    published: published === undefined ? null : publishedJson(published, readsTopic),
  };
}

function limited(most: number): number | null {
  return Number.isFinite(most) ? most : null;
}

function eventJson(event: ClientEvent): object {
  return event.kind === "connected" ? event : { ...event, reasonCode: event.reasonCode ?? null };
}

function proofJson(proof: TlsProof): object {
  if (proof.kind === "psk") return proof;
  return { kind: "certificate", ...certificateJson(proof.certificate) };
}

function publishedJson(
  { since, topics, most: busiest }: NonNullable<ClientDetails["published"]>,
  readsTopic: (topic: string) => boolean,
): object {
  const read = busiest.filter(({ topic }) => readsTopic(topic));
  return {
    since: Math.round(since),
    topics,
    hidden: busiest.length - read.length,
    most: read.map(({ topic, messages, isRefused }) => ({ topic, messages, refused: isRefused })),
  };
}
