/** Sparkplug messages of an edge node `g/e`, for tests of those who receive them. */
import { encodePayload, type MetricToSend } from "@unshub/sparkplug";
import type { PublishedMessage } from "../../hub/src/broker/index.ts";

export const RECEIVED_AT = 1_700_000_000_500;
export const SOURCE_TIME = 1_700_000_000_000;

/** A message as the broker hands it on. `what`: the topic below the group, e.g. `DDATA/e/d`. */
export function message(
  what: string,
  metrics: readonly MetricToSend[],
  seq?: number,
): PublishedMessage {
  return {
    topic: `spBv1.0/g/${what}`,
    payload: encodePayload({ timestamp: SOURCE_TIME, seq, metrics }),
    qos: 0,
    retain: false,
    clientId: "client",
    receivedAt: RECEIVED_AT,
  };
}

export function nbirth(bdSeq = 0): PublishedMessage {
  return message(
    "NBIRTH/e",
    [
      { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: bdSeq },
      { name: "Node Control/Rebirth", datatype: "Boolean", tellDatatype: true, value: false },
    ],
    0,
  );
}

export function ndeath(bdSeq = 0): PublishedMessage {
  return message("NDEATH/e", [
    { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: bdSeq },
  ]);
}

/** DBIRTH of device `d` with metric `Motor/Speed` (alias 1) and `ok` (alias 2). */
export function dbirth(seq = 1): PublishedMessage {
  return message(
    "DBIRTH/e/d",
    [
      {
        name: "Motor/Speed",
        alias: 1,
        datatype: "Int32",
        tellDatatype: true,
        value: 1200,
        timestamp: SOURCE_TIME,
        properties: [
          { key: "engUnit", datatype: "String", value: "rpm" },
          { key: "readOnly", datatype: "Boolean", value: false },
        ],
      },
      {
        name: "ok",
        alias: 2,
        datatype: "Boolean",
        tellDatatype: true,
        value: true,
        timestamp: SOURCE_TIME,
        properties: [{ key: "readOnly", datatype: "Boolean", value: true }],
      },
    ],
    seq,
  );
}

/** DDATA of `Motor/Speed`. */
export function speed(
  value: number | null,
  seq: number,
  more: Partial<MetricToSend> = {},
): PublishedMessage {
  const metric: MetricToSend = {
    alias: 1,
    datatype: "Int32",
    tellDatatype: false,
    value,
    timestamp: SOURCE_TIME + 100,
    ...more,
  };
  return message("DDATA/e/d", [metric], seq);
}

/** The same message, said to be sent at another time. */
export function sentAt(sent: PublishedMessage, timestamp: number): PublishedMessage {
  return { ...sent, payload: withTimestamp(sent.payload, timestamp) };
}

/** The payload's own timestamp is its first field: tag 8 and a varint of 6 bytes. */
function withTimestamp(payload: Uint8Array, timestamp: number): Uint8Array {
  const copy = payload.slice();
  let rest = BigInt(timestamp);
  for (let at = 1; at <= 6; at += 1) {
    copy[at] = Number(rest & 127n) | (at < 6 ? 128 : 0);
    rest >>= 7n;
  }
  return copy;
}
