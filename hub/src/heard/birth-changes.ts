/** Births and deaths of a device or edge node, and how each birth differs from the one before. */
import { bdSeqOf, decodePayload, SparkplugError, type Payload } from "@unshub/sparkplug";
import { DECODING } from "../tree/index.ts";
import { decodedMessage, type DecodedMessage, type DecodedMetric } from "./decoded-message.ts";
import type { KeptMessage, LastMessages } from "./last-messages.ts";

/** One birth or death. */
export interface BirthNews {
  readonly kind: "birth" | "death";
  readonly type: string;
  readonly receivedAt: number;
  readonly clientId: string | undefined;
  readonly isWill: boolean;
  readonly bdSeq: number | undefined;
  readonly seq: number | undefined;
  /** Metrics that it names. */
  readonly metrics: number;
  /** How it differs from the birth before; `undefined`: that one is not known. */
  readonly changes: BirthChanges | undefined;
  /** Why it cannot be read. */
  readonly fault: string | undefined;
}

interface BirthChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly { readonly name: string; readonly what: readonly string[] }[];
}

export interface MemberName {
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly deviceId: string | undefined;
}

const MOST_NAMES = 200;

/** What is kept of a member's births and deaths, the newest first. */
export function birthsOf(last: Pick<LastMessages, "of">, member: MemberName): readonly BirthNews[] {
  const letter = member.deviceId === undefined ? "N" : "D";
  const births = last.of(topicOf(`${letter}BIRTH`, member));
  const read = births.map((message) => ({ message, decoded: decodedMessage(message.payload) }));
  const news = read.map(({ message, decoded }, at) =>
    birthNews(message, decoded, read[at + 1]?.decoded),
  );
  const deaths = last.of(topicOf(`${letter}DEATH`, member)).map(deathNews);
  return [...news, ...deaths].toSorted((a, b) => b.receivedAt - a.receivedAt);
}

/** The topic of a member's messages of one type. */
export function topicOf(type: string, { groupId, edgeNodeId, deviceId }: MemberName): string {
  const node = `spBv1.0/${groupId}/${type}/${edgeNodeId}`;
  return deviceId === undefined ? node : `${node}/${deviceId}`;
}

type Decoded = DecodedMessage | { readonly fault: string };

function birthNews(message: KeptMessage, decoded: Decoded, before: Decoded | undefined): BirthNews {
  const common = headOf(message, "birth");
  if ("fault" in decoded) return { ...common, fault: decoded.fault };
  const isKnown = before !== undefined && !("fault" in before);
  return {
    ...common,
    bdSeq: bdSeqIn(message.payload),
    seq: decoded.seq,
    metrics: decoded.metricCount,
    changes: isKnown ? changesBetween(before.metrics, decoded.metrics) : undefined,
  };
}

function deathNews(message: KeptMessage): BirthNews {
  return { ...headOf(message, "death"), bdSeq: bdSeqIn(message.payload) };
}

function headOf(message: KeptMessage, kind: BirthNews["kind"]): BirthNews {
  const { topic, receivedAt, clientId, isWill } = message;
  return {
    kind,
    type: topic.split("/")[2] ?? "",
    receivedAt,
    clientId,
    isWill,
    bdSeq: undefined,
    seq: undefined,
    metrics: 0,
    changes: undefined,
    fault: undefined,
  };
}

function bdSeqIn(bytes: Uint8Array): number | undefined {
  const payload = payloadOf(bytes);
  return payload === undefined ? undefined : bdSeqOf(payload);
}

function payloadOf(bytes: Uint8Array): Payload | undefined {
  try {
    return decodePayload(bytes, DECODING);
  } catch (error) {
    if (error instanceof SparkplugError) return undefined;
    throw error;
  }
}

/** Names that came and went, and what births say otherwise of those that stayed. Values are no difference. */
function changesBetween(
  before: readonly DecodedMetric[],
  now: readonly DecodedMetric[],
): BirthChanges {
  const old = byName(before);
  const current = byName(now);
  const added = [...current.keys()].filter((name) => !old.has(name));
  const removed = [...old.keys()].filter((name) => !current.has(name));
  const changed = [...current].flatMap(([name, metric]) => {
    const was = old.get(name);
    const what = was === undefined ? [] : differences(was, metric);
    return what.length === 0 ? [] : [{ name, what }];
  });
  return {
    added: added.slice(0, MOST_NAMES),
    removed: removed.slice(0, MOST_NAMES),
    changed: changed.slice(0, MOST_NAMES),
  };
}

function byName(metrics: readonly DecodedMetric[]): ReadonlyMap<string, DecodedMetric> {
  return new Map(
    metrics.flatMap((metric) => (metric.name === undefined ? [] : [[metric.name, metric]])),
  );
}

function differences(was: DecodedMetric, is: DecodedMetric): readonly string[] {
  const pairs = [
    ["datatype", was.datatype, is.datatype],
    ["alias", was.alias, is.alias],
    ["properties", JSON.stringify(was.properties), JSON.stringify(is.properties)],
  ] as const;
  return pairs.flatMap(([what, a, b]) =>
    a === b ? [] : [`${what}: ${a ?? "none"} → ${b ?? "none"}`],
  );
}
