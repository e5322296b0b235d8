/**
 * What a publisher sends, over and over: chunks of PUBLISH frames made beforehand. When the last chunk is out, the
 * first is sent again; by then its packet ids are free (QoS 1) and its `seq` is the next one (Sparkplug).
 */
import { publishFrame } from "./frames.ts";

export interface Ring {
  readonly chunks: readonly Buffer[];
  readonly messagesPerChunk: number;
  readonly qos: 0 | 1;
  /** When each chunk is one message whose payload begins with the time it is sent: where that is in the frame. */
  readonly timeOffset: number | undefined;
}

/** Messages in one write: one read of the server's then holds several. */
const CHUNK = 32;
/** Chunks with QoS 1: at most this many times `CHUNK` messages of a publisher are not yet acknowledged. */
const CHUNKS = 16;
/** One message per write, and the window of QoS 1. */
const SINGLES = 256;

export interface PlainOptions {
  readonly topic: string;
  readonly payloadBytes: number;
  readonly qos: 0 | 1;
}

/** For a publisher that sends as fast as it may. */
export function fastRing({ topic, payloadBytes, qos }: PlainOptions): Ring {
  const payload = Buffer.alloc(payloadBytes, "plant data ");
  const chunks = Array.from({ length: qos === 0 ? 1 : CHUNKS }, (_, chunk) =>
    Buffer.concat(
      Array.from({ length: CHUNK }, (_message, index) =>
        publishFrame({
          topic,
          payload,
          packetId: qos === 0 ? undefined : chunk * CHUNK + index + 1,
        }),
      ),
    ),
  );
  return { chunks, messagesPerChunk: CHUNK, qos, timeOffset: undefined };
}

/** For a publisher that sends one message at a time, with the time in it. */
export function timedRing({ topic, payloadBytes, qos }: PlainOptions): Ring {
  const payload = Buffer.alloc(Math.max(payloadBytes, 8));
  const chunks = Array.from({ length: qos === 0 ? 1 : SINGLES }, (_, index) =>
    publishFrame({ topic, payload, packetId: qos === 0 ? undefined : index + 1 }),
  );
  const timeOffset = (chunks[0]?.length ?? 0) - payload.length;
  return { chunks, messagesPerChunk: 1, qos, timeOffset };
}

/** A ring of messages in their order: `payloads` are sent round and round. */
export function orderedRing(topic: string, payloads: readonly Uint8Array[]): Ring {
  const frames = payloads.map((payload) => publishFrame({ topic, payload }));
  const chunks = Array.from({ length: frames.length / CHUNK }, (_, chunk) =>
    Buffer.concat(frames.slice(chunk * CHUNK, (chunk + 1) * CHUNK)),
  );
  return { chunks, messagesPerChunk: CHUNK, qos: 0, timeOffset: undefined };
}
