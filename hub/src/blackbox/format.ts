/**
 * The file of a black box: JSON lines, the first one says what it is, each other one is a packet of a client or the end of
 * its connection, in the order in which they came.
 */
import { z } from "zod";

export const FORMAT_VERSION = 1;

const headLine = z.object({
  blackBox: z.literal(FORMAT_VERSION),
  /** `hub.id`. */
  hub: z.string(),
  savedAt: z.iso.datetime(),
  /** Payloads on these topics were taken out. */
  redacted: z.array(z.string()),
});

const line = {
  /** Milliseconds since 1970 UTC. */
  at: z.number(),
  /** The connection. */
  c: z.int().min(0),
};

const packetLine = z.object({
  ...line,
  /** As MQTT calls it: connect, publish, subscribe, … */
  packet: z.string(),
  /** The packet on the wire, in base64; left out where it could not be kept. */
  bytes: z.base64().optional(),
  /** Of a connect. */
  clientId: z.string().optional(),
  address: z.string().optional(),
  protocol: z.union([z.literal(3), z.literal(4), z.literal(5)]).optional(),
  /** It stood so before the recording begins. */
  before: z.literal(true).optional(),
  /** Of a publish. */
  topic: z.string().optional(),
  /** Its payload, or what is secret in it, was taken out. */
  redacted: z.literal(true).optional(),
});

const endLine = z.object({
  ...line,
  /** Who ended the connection. */
  end: z.enum(["client", "server", "network"]),
  reasonCode: z.number().optional(),
  because: z.string().optional(),
});

const lineSchema = z.union([packetLine, endLine]);

export type BlackBoxHead = z.output<typeof headLine>;
export type PacketLine = z.output<typeof packetLine>;
export type EndLine = z.output<typeof endLine>;
export type BlackBoxLine = PacketLine | EndLine;

/** A file that is no black box, or none of this version. */
export class BlackBoxError extends Error {
  override readonly name = "BlackBoxError";
}

/** @throws {BlackBoxError} with the number of the line that cannot be read. */
export function readBlackBox(text: string): {
  readonly head: BlackBoxHead;
  readonly lines: readonly BlackBoxLine[];
} {
  const [first = "", ...rest] = text.split("\n");
  const head = headLine.safeParse(jsonOf(first));
  if (!head.success)
    throw new BlackBoxError(`line 1: this is no black box of version ${FORMAT_VERSION}`);
  const lines: BlackBoxLine[] = [];
  for (const [at, one] of rest.entries()) {
    if (one === "") continue;
    const read = lineSchema.safeParse(jsonOf(one));
    if (!read.success)
      throw new BlackBoxError(`line ${at + 2}: neither a packet nor the end of a connection`);
    lines.push(read.data);
  }
  return { head: head.data, lines };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
