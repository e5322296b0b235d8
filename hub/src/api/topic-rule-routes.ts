/** `/api/v1/topic-rules`: which topics are open to whom, and a trial of one topic, which publishes nothing. */
import { z } from "zod";
import type { Broker } from "../broker/index.ts";
import { RULE_CODES, RULE_LEVELS } from "../config/index.ts";
import { mayDo, type WhoTries } from "../identity/index.ts";
import { problem, type Problem } from "./problem.ts";
import { readsClient } from "./reading.ts";
import type { RouteHead, Routes } from "./routes.ts";
import type { GuardRules } from "./rule-routes.ts";
import { count, topicText } from "./shapes.ts";
import type { Caller } from "./who.ts";

const OUTCOMES = ["taken", "noted", "refused"] as const;
const JUDGES = ["mqtt", "own topics", "grants", "namespace"] as const;
const BESIDES = ["command", "write"] as const;
const ANONYMOUS = ["none", "read", "full"] as const;
const SAMPLES = ["sparkplug", "json", "empty"] as const;
const QOS = [0, 1, 2] as const;

const LOOKING = {
  method: "GET",
  tag: "Diagnostics",
  needs: "read diagnostics",
} as const satisfies Partial<RouteHead>;

const rulesAnswer = z.object({
  profile: z.enum(["observe", "strict"]),
  levels: z.object({ off: count, observe: count, warn: count, reject: count }),
  named: z
    .array(z.object({ code: z.enum(RULE_CODES), level: z.enum(RULE_LEVELS) }))
    .describe("Rules to which the configuration gives a level of their own"),
  otherTopics: z.enum(["allow", "reject"]).describe("Topics outside spBv1.0"),
  anonymous: z.enum(ANONYMOUS),
  ownTops: z.array(z.string()).describe("First levels under which the hub alone publishes"),
  plainRoot: z
    .string()
    .nullable()
    .describe("What plain topics begin with, which the hub publishes; null: there are none"),
});

const query = z.object({
  does: z.enum(["publish", "subscribe"]).default("publish"),
  topic: topicText.describe("A filter, for subscribe"),
  client: z.string().min(1).max(65_535).optional().describe("Whose rights: a client that has come"),
  user: z.string().min(1).max(1000).optional().describe("Whose rights; takes manage identities"),
  qos: z.coerce.number().int().min(0).max(2).default(0),
  retain: z.literal("1").optional(),
  payload: z
    .enum(SAMPLES)
    .default("sparkplug")
    .describe("sparkplug: as the standard wants it on this topic"),
});

const trialAnswer = z.object({
  as: z.string().describe("Whose rights counted, as on the audit trail"),
  outcome: z.enum(OUTCOMES).describe("noted: it goes on, and a rule says something about it"),
  refusal: z
    .object({
      by: z.enum(JUDGES),
      reasonCode: z.int(),
      because: z.string(),
      isEnd: z.boolean().describe("Whether the connection is ended, too"),
    })
    .nullable(),
  broken: z.array(
    z.object({
      code: z.enum(RULE_CODES),
      title: z.string(),
      level: z.enum(RULE_LEVELS),
      because: z.string(),
      advice: z.string(),
    }),
  ),
  besides: z
    .enum(BESIDES)
    .nullable()
    .describe("What is judged besides, value by value: by grants and the rules of commands"),
});

export type TrialOutcome = z.output<typeof trialAnswer>;

/** A message that might be published. */
export interface MessageWish extends WhoTries {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly sample: (typeof SAMPLES)[number];
}

/** What decides about topics; a sentence instead of an outcome: there is nobody of that name. */
export interface TopicTrials {
  readonly rules: Omit<z.output<typeof rulesAnswer>, "levels" | "named">;
  publish(wish: MessageWish): TrialOutcome | string;
  /** `filter`: `$share/{name}/` included. */
  subscribe(filter: string, who: WhoTries): TrialOutcome | string;
}

export interface TopicRuleRoutes {
  readonly broker: Pick<Broker, "sessions">;
  readonly topicTrial: TopicTrials;
  readonly guard: Pick<GuardRules, "rules">;
}

export function addTopicRuleRoutes(routes: Routes, rooms: TopicRuleRoutes): void {
  const { topicTrial, guard } = rooms;
  routes.add({
    ...LOOKING,
    path: "/api/v1/topic-rules",
    summary: "What holds for topics: the rules of Sparkplug, other topics, and those of the hub",
    answers: { 200: rulesAnswer },
    handle: () => ({ ...topicTrial.rules, ...levelsOf(guard) }),
  });
  routes.add({
    ...LOOKING,
    path: "/api/v1/topic-rules/trial",
    summary: "What the hub would do with a message or a subscription; nothing is published",
    query,
    answers: { 200: trialAnswer },
    problems: [404],
    handle: ({ query: { does, topic, client, user, qos, retain, payload }, caller }) => {
      const fault = whoFault({ client, user }, caller, rooms);
      if (fault !== undefined) return fault;
      const message = { topic, qos: QOS[qos] ?? 0, retain: retain === "1", sample: payload };
      const tried =
        does === "subscribe"
          ? topicTrial.subscribe(topic, { client, user })
          : topicTrial.publish({ ...message, client, user });
      return typeof tried === "string" ? problem(404, tried) : tried;
    },
  });
}

/** Grants of users are for those who give them; clients are there for whoever sees them in their list. */
function whoFault(
  { client, user }: WhoTries,
  caller: Caller,
  { broker }: Pick<TopicRuleRoutes, "broker">,
): Problem | undefined {
  const { principal } = caller;
  if (user !== undefined) {
    if (mayDo(principal, "manage identities")) return undefined;
    return problem(403, "the grants of users are for those who manage identities");
  }
  if (client === undefined) return undefined;
  const session = broker.sessions().find(({ clientId }) => clientId === client);
  if (session !== undefined && readsClient(caller, session)) return undefined;
  return problem(404, `there is no client "${client}"`);
}

function levelsOf({ rules }: TopicRuleRoutes["guard"]) {
  const ofLevel = (wanted: string): number => rules.filter(({ level }) => level === wanted).length;
  return {
    levels: {
      off: ofLevel("off"),
      observe: ofLevel("observe"),
      warn: ofLevel("warn"),
      reject: ofLevel("reject"),
    },
    named: rules.filter(({ isNamed }) => isNamed).map(({ code, level }) => ({ code, level })),
  };
}
