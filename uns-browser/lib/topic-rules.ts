/** The rules of topics, and what the hub says of one that is tried. */
import { codeText } from "./client-details.ts";
import { isRecord } from "./hub-request.ts";
import { listOf, numberOr0, oneOf, textOf, type Json } from "./json-parts.ts";

const LEVELS = ["reject", "warn", "observe", "off"] as const;
type Level = (typeof LEVELS)[number];
export const SAMPLES = ["sparkplug", "json", "empty"] as const;
const OUTCOMES = ["taken", "noted", "refused"] as const;
const JUDGES = ["mqtt", "own topics", "grants", "namespace"] as const;

export interface TopicRules {
  readonly profile: "observe" | "strict";
  readonly levels: Readonly<Record<Level, number>>;
  /** `S04 reject` */
  readonly named: readonly string[];
  readonly otherTopics: "allow" | "reject";
  readonly anonymous: "none" | "read" | "full";
  readonly ownTops: readonly string[];
  /** What plain topics begin with; `null`: there are none. */
  readonly plainRoot: string | null;
}

export interface BrokenRule {
  readonly code: string;
  readonly title: string;
  readonly level: Level;
  readonly because: string;
}

export interface Trial {
  readonly as: string;
  readonly outcome: (typeof OUTCOMES)[number];
  readonly refusal: {
    readonly by: (typeof JUDGES)[number];
    /** `0x87` */
    readonly code: string;
    readonly because: string;
    readonly isEnd: boolean;
  } | null;
  readonly broken: readonly BrokenRule[];
  readonly besides: "command" | "write" | null;
}

/** What somebody typed; empty fields say nothing. */
export interface Wish {
  readonly does: "publish" | "subscribe";
  readonly topic: string;
  readonly client: string;
  readonly user: string;
  readonly payload: string;
  readonly qos: string;
  readonly isRetained: boolean;
}

export function parseTopicRules(value: unknown): TopicRules | null {
  if (!isRecord(value) || !isRecord(value["levels"])) return null;
  const { levels } = value;
  const profile = oneOf(["observe", "strict"], value["profile"]);
  const otherTopics = oneOf(["allow", "reject"], value["otherTopics"]);
  const anonymous = oneOf(["none", "read", "full"], value["anonymous"]);
  if (profile === null || otherTopics === null || anonymous === null) return null;
  const ownTops: unknown = value["ownTops"];
  return {
    profile,
    otherTopics,
    anonymous,
    levels: {
      reject: numberOr0(levels["reject"]),
      warn: numberOr0(levels["warn"]),
      observe: numberOr0(levels["observe"]),
      off: numberOr0(levels["off"]),
    },
    named: listOf(value["named"]).map(
      ({ code, level }) => `${textOf(code) ?? ""} ${textOf(level) ?? ""}`,
    ),
    ownTops: Array.isArray(ownTops) ? ownTops.filter((top) => typeof top === "string") : [],
    plainRoot: textOf(value["plainRoot"]),
  };
}

export function trialUrl({ does, topic, client, user, payload, qos, isRetained }: Wish): string {
  const query = new URLSearchParams({ does, topic });
  if (client !== "") query.set("client", client);
  if (user !== "") query.set("user", user);
  if (does === "publish") {
    query.set("payload", payload);
    query.set("qos", qos);
    if (isRetained) query.set("retain", "1");
  }
  return `/api/v1/topic-rules/trial?${query.toString()}`;
}

export function parseTrial(value: unknown): Trial | null {
  if (!isRecord(value)) return null;
  const outcome = oneOf(OUTCOMES, value["outcome"]);
  const as = textOf(value["as"]);
  if (outcome === null || as === null) return null;
  const { refusal } = value;
  return {
    as,
    outcome,
    refusal: isRecord(refusal) ? refusalIn(refusal) : null,
    broken: listOf(value["broken"]).flatMap((rule) => brokenIn(rule) ?? []),
    besides: oneOf(["command", "write"], value["besides"]),
  };
}

function refusalIn({ by, reasonCode, because, isEnd }: Json): Trial["refusal"] {
  return {
    by: oneOf(JUDGES, by) ?? "namespace",
    code: codeText(numberOr0(reasonCode)),
    because: textOf(because) ?? "",
    isEnd: isEnd === true,
  };
}

function brokenIn({ code, title, level, because }: Json): BrokenRule | null {
  const known = oneOf(LEVELS, level);
  if (known === null) return null;
  return {
    code: textOf(code) ?? "",
    title: textOf(title) ?? "",
    level: known,
    because: textOf(because) ?? "",
  };
}
