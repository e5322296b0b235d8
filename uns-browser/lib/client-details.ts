/** Everything of one client, as the hub tells it to whoever looks at it; how often it speaks on a topic is worked out from two looks. */
import { askHub, isRecord, type SendLike } from "./hub-request.ts";
import { listOf, numberOf, numberOr0, textOf, type Json } from "./json-parts.ts";
import type { Understood } from "./poll.ts";

export interface ClientDetails {
  readonly outgoingBytes: number;
  readonly will: { readonly topic: string; readonly qos: number; readonly retain: boolean } | null;
  readonly subscriptions: readonly ClientSubscription[];
  /** The newest first. */
  readonly events: readonly ClientEvent[];
  readonly proof: ClientProof | null;
  /** `null`: it is not connected. */
  readonly published: Published | null;
}

interface ClientSubscription {
  readonly filter: string;
  readonly qos: number;
  /** `null`: of a stream. */
  readonly options: {
    readonly noLocal: boolean;
    readonly retainAsPublished: boolean;
    readonly retainHandling: number;
    /** 0 without one. */
    readonly identifier: number;
  } | null;
}

/** Times are milliseconds since 1970 UTC. */
export type ClientEvent =
  | {
      readonly kind: "connected";
      readonly at: number;
      readonly address: string;
      readonly protocol: string;
      readonly isResumed: boolean;
    }
  | {
      readonly kind: "ended" | "refused";
      readonly at: number;
      readonly address: string;
      /** `null`: the connection was lost. */
      readonly reasonCode: number | null;
      readonly because: string;
    };

export type ClientProof =
  | {
      readonly kind: "certificate";
      readonly subject: string;
      readonly issuer: string;
      readonly sha256: string;
      readonly validTo: number;
    }
  | { readonly kind: "psk"; readonly name: string };

export interface Published {
  readonly since: number;
  readonly topics: number;
  readonly hidden: number;
  readonly most: readonly PublishedTopic[];
}

interface PublishedTopic {
  readonly topic: string;
  readonly messages: number;
  readonly isRefused: boolean;
  /** A second, since the last look; `null` at the first one. */
  readonly rate: number | null;
}

/** Asks for one client and remembers what it had published, for the next look. */
export function detailsAsker(
  clientId: string,
  now: () => number,
): (send: SendLike) => Promise<Understood<ClientDetails>> {
  let before: Published | null = null;
  let at = 0;
  return async (send) => {
    const answer = await askHub(send, "GET", `/api/v1/clients/${encodeURIComponent(clientId)}`);
    if (answer.kind !== "done") return answer;
    const details = parseClientDetails(answer.value);
    if (details === null) return { kind: "done", value: null };
    const seconds = (now() - at) / 1000;
    const published = details.published && withRates(details.published, before, seconds);
    before = published;
    at = now();
    return { kind: "done", value: { ...details, published } };
  };
}

/** The hub works out when counting began anew each time, to the millisecond or so. */
const SAME_WITHIN_MS = 500;

function withRates(is: Published, was: Published | null, seconds: number): Published {
  const isSame = was !== null && Math.abs(is.since - was.since) < SAME_WITHIN_MS && seconds > 0;
  if (!isSame) return is;
  const known = new Map(was.most.map(({ topic, messages }) => [topic, messages]));
  const most = is.most.map((topic) => {
    const before = known.get(topic.topic);
    // One that was not among the busiest ones before: how much it had said then, nobody knows.
    if (before === undefined && was.topics > was.most.length) return topic;
    return { ...topic, rate: Math.max(0, topic.messages - (before ?? 0)) / seconds };
  });
  return { ...is, most };
}

function parseClientDetails(value: unknown): ClientDetails | null {
  if (!isRecord(value) || !Array.isArray(value["subscriptions"])) return null;
  const { will, tls, published } = value;
  return {
    outgoingBytes: numberOr0(value["outgoingBytes"]),
    will: isRecord(will)
      ? {
          topic: textOf(will["topic"]) ?? "",
          qos: numberOr0(will["qos"]),
          retain: will["retain"] === true,
        }
      : null,
    subscriptions: listOf(value["subscriptions"]).map(subscriptionIn),
    events: listOf(value["events"]).map(eventIn).toReversed(),
    proof: isRecord(tls) ? proofIn(tls) : null,
    published: isRecord(published) ? publishedIn(published) : null,
  };
}

function subscriptionIn({ filter, qos, options }: Json): ClientSubscription {
  return {
    filter: textOf(filter) ?? "",
    qos: numberOr0(qos),
    options: isRecord(options)
      ? {
          noLocal: options["noLocal"] === true,
          retainAsPublished: options["retainAsPublished"] === true,
          retainHandling: numberOr0(options["retainHandling"]),
          identifier: numberOr0(options["identifier"]),
        }
      : null,
  };
}

function eventIn(json: Json): ClientEvent {
  const [at, address] = [numberOr0(json["at"]), textOf(json["address"]) ?? ""];
  if (json["kind"] === "connected") {
    const protocol = textOf(json["protocol"]) ?? "";
    return { kind: "connected", at, address, protocol, isResumed: json["isResumed"] === true };
  }
  const kind = json["kind"] === "refused" ? "refused" : "ended";
  const reasonCode = numberOf(json["reasonCode"]);
  return { kind, at, address, reasonCode, because: textOf(json["because"]) ?? "" };
}

function proofIn(json: Json): ClientProof {
  if (json["kind"] === "psk") return { kind: "psk", name: textOf(json["name"]) ?? "" };
  return {
    kind: "certificate",
    subject: textOf(json["subject"]) ?? "",
    issuer: textOf(json["issuer"]) ?? "",
    sha256: textOf(json["sha256"]) ?? "",
    validTo: numberOr0(json["validTo"]),
  };
}

function publishedIn(json: Json): Published {
  return {
    since: numberOr0(json["since"]),
    topics: numberOr0(json["topics"]),
    hidden: numberOr0(json["hidden"]),
    most: listOf(json["most"]).map(({ topic, messages, refused }) => ({
      topic: textOf(topic) ?? "",
      messages: numberOr0(messages),
      isRefused: refused === true,
      rate: null,
    })),
  };
}

/** As people say it: `0x8E`. */
export function codeText(reasonCode: number | null): string {
  return reasonCode === null ? "" : `0x${reasonCode.toString(16).toUpperCase().padStart(2, "0")}`;
}
