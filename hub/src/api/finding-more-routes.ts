/** Of one finding: the message in which it was found, decoded; and what would have to be changed for it to be let in. */
import { KEPT_SECRET } from "@unshub/adapter";
import { z } from "zod";
import { RULE_CODES, withoutSecrets, type RuleCode } from "../config/index.ts";
import { changedLines, type Configuration } from "../configuration/index.ts";
import type { FindingDesk, FindingGroup } from "../diagnostics/index.ts";
import { planSchema, told } from "./configuration-routes.ts";
import { FINDING_PATH, findingOf, findingParams } from "./finding-routes.ts";
import { decodedOn, maySeePayload, type HeardRoutes } from "./heard-routes.ts";
import { problem, type Problem } from "./problem.ts";
import type { Routes } from "./routes.ts";
import { count, moment } from "./shapes.ts";

export interface FindingMoreRoutes {
  readonly desk: FindingDesk;
  readonly configuration: Configuration;
  readonly heard: HeardRoutes["heard"];
  readonly guard: {
    readonly ledger: {
      messageOf(key: Pick<FindingGroup, "code" | "clientId">): Uint8Array | undefined;
    };
  };
}

const message = z.looseObject({
  topic: z.string(),
  receivedAt: moment,
  size: count,
  hex: z.string(),
});
const line = z.object({ kind: z.enum(["gone", "new"]), number: z.int(), text: z.string() });
const allowing = z.object({
  key: z.string().describe("Of the configuration"),
  before: z.string(),
  after: z.string(),
  isAtOnce: z.boolean().describe("Whether it holds without a restart of the hub"),
  lines: z.array(line).describe("Of unshub.yaml; none where the hub has no file"),
  text: z
    .string()
    .nullable()
    .describe(`The whole of unshub.yaml, as it would be; a password in it is ${KEPT_SECRET}`),
  basis: z.string().nullable().describe("To be given back when it is applied"),
  plan: planSchema.nullable(),
});

export function addFindingMoreRoutes(routes: Routes, rooms: FindingMoreRoutes): void {
  addMessage(routes, rooms);
  addAllowing(routes, rooms);
}

function addMessage(routes: Routes, rooms: FindingMoreRoutes): void {
  const { guard, heard } = rooms;
  routes.add({
    method: "GET",
    tag: "Diagnostics",
    needs: "read diagnostics",
    path: `${FINDING_PATH}/message`,
    summary: "The message in which it was found last, byte by byte and decoded",
    params: findingParams,
    answers: { 200: z.object({ messages: z.array(message) }) },
    problems: [404],
    handle: ({ params, caller }) => {
      const group = findingOf(rooms, params, caller);
      if (!("code" in group)) return group;
      const { topic, clientId, lastAt } = group;
      const payload = guard.ledger.messageOf(group);
      if (payload === undefined || !maySeePayload(caller, topic))
        return problem(404, "the message in which it was found is not kept");
      return {
        messages: [
          {
            topic,
            clientId,
            receivedAt: lastAt,
            size: payload.length,
            hex: Buffer.from(payload).toString("hex"),
            decoded: decodedOn(topic, payload, heard),
          },
        ],
      };
    },
  });
}

function addAllowing(routes: Routes, rooms: FindingMoreRoutes): void {
  const { configuration } = rooms;
  routes.add({
    method: "GET",
    tag: "Diagnostics",
    needs: "edit configuration",
    path: `${FINDING_PATH}/allow`,
    summary: "What would have to be changed for what was refused to be let in; changes nothing",
    params: findingParams,
    answers: { 200: allowing },
    problems: [404, 409],
    handle: ({ params, caller }) =>
      told(async () => {
        const group = findingOf(rooms, params, caller);
        if (!("code" in group)) return group;
        const change = changeFor(group, configuration);
        if (!("key" in change)) return change;
        const { edited, ...shown } = change;
        if (!configuration.hasFile && shown.isAtOnce)
          return { ...shown, lines: [], text: null, basis: null, plan: null };
        const { basis } = configuration;
        const text = withoutSecrets(edited());
        const { plan } = await configuration.propose(text, basis);
        return {
          ...shown,
          lines: changedLines(configuration.shownText() ?? "", text),
          text,
          basis,
          plan,
        };
      }),
  });
}

interface Change {
  readonly key: string;
  readonly before: string;
  readonly after: string;
  readonly isAtOnce: boolean;
  /** The file with it. */
  readonly edited: () => string;
}

/** Topics that only the server writes, whatever is configured. */
const RESERVED = /^\$(?:SYS|UNS|sparkplug)(?:\/|$)/;

function changeFor(
  { code, level, topic }: FindingGroup,
  configuration: Configuration,
): Change | Problem {
  const before = "reject";
  if (code === "CLIENT-NAMESPACE" && !RESERVED.test(topic)) {
    const [key, after] = ["namespace.otherTopics", "allow"] as const;
    return {
      key,
      before,
      after,
      isAtOnce: false,
      edited: () => configuration.withOtherTopics(after),
    };
  }
  const rule = RULE_CODES.find((one) => one === code);
  if (rule !== undefined && rule !== NOT_FOR_CHOICE && level === "reject")
    return ofRule(rule, configuration);
  return problem(409, "no rule of the namespace refused it, or none that can be changed");
}

/** Publishing under `$sparkplug/`. */
const NOT_FOR_CHOICE = "T10";

function ofRule(code: RuleCode, configuration: Configuration): Change {
  const after = "warn";
  return {
    key: `namespace.sparkplug.rules.${code}`,
    before: "reject",
    after,
    isAtOnce: true,
    edited: () => configuration.withRuleLevel(code, after),
  };
}
