/** `/api/v1/rules`: the rules of the guard and their levels, which are changed at once and in the configuration. */
import { z } from "zod";
import { RULE_CODES, type RuleCode, type RuleLevel } from "../config/index.ts";
import type { Configuration } from "../configuration/index.ts";
import type { Access } from "../identity/index.ts";
import { applied, told } from "./configuration-routes.ts";
import { problem, Problem } from "./problem.ts";
import type { Routes } from "./routes.ts";

/** The rules of the guard. */
export interface GuardRules {
  readonly rules: readonly {
    readonly code: RuleCode;
    readonly level: RuleLevel;
    readonly isNamed: boolean;
  }[];
  /** From the next message on; `undefined`: the level of the profile. */
  setLevel(code: RuleCode, level: RuleLevel | undefined): void;
}

export interface RuleRoutes {
  readonly guard: GuardRules;
  readonly configuration: Configuration;
  readonly access: Pick<Access, "note">;
}

const LEVELS = ["off", "observe", "warn", "reject"] as const;
/** Publishing under `$sparkplug/`: nobody may. */
const NOT_FOR_CHOICE = "T10";
const rule = z.object({
  code: z.string(),
  title: z.string(),
  advice: z.string(),
  level: z.enum(LEVELS),
  strict: z.enum(LEVELS).describe("Its level with `profile: strict`"),
  isNamed: z.boolean().describe("Whether the configuration names it"),
  ids: z.array(z.string()).describe("Statements of the standard"),
});
const params = z.object({ code: z.enum(RULE_CODES) });
const body = z.strictObject({
  level: z.enum([...LEVELS, "profile"]).describe("profile: as namespace.sparkplug.profile has it"),
});
const changed = z.object({
  rule,
  isKept: z
    .boolean()
    .describe("Whether it stands in the configuration; if not, it ends with the hub"),
});

export function addRuleRoutes(routes: Routes, rooms: RuleRoutes): void {
  const { guard } = rooms;
  routes.add({
    method: "GET",
    tag: "Diagnostics",
    needs: "read diagnostics",
    path: "/api/v1/rules",
    summary: "The rules of the guard with their levels",
    answers: { 200: z.object({ rules: z.array(rule) }) },
    handle: () => ({ rules: guard.rules }),
  });
  routes.add({
    method: "PUT",
    tag: "Diagnostics",
    needs: "edit configuration",
    path: "/api/v1/rules/:code",
    summary: "Gives a rule another level: at once, and in the configuration where there is a file",
    params,
    body,
    answers: { 200: changed },
    problems: [409],
    handle: ({ params: { code }, body: { level }, caller }) =>
      told(async () => {
        if (code === NOT_FOR_CHOICE) return problem(409, `${code} is not for choice`);
        return await change(code, level === "profile" ? undefined : level, { ...rooms, caller });
      }),
  });
}

/** On the audit trail before it is done. */
async function change(
  code: RuleCode,
  level: RuleLevel | undefined,
  {
    guard,
    configuration,
    access,
    caller,
  }: RuleRoutes & { readonly caller: Parameters<typeof applied>[1] },
): Promise<unknown> {
  const now = (): GuardRules["rules"][number] | undefined =>
    guard.rules.find((one) => one.code === code);
  const before = now()?.level;
  const after = level ?? "profile";
  access.note(caller.changer, {
    action: "rule level changed",
    object: `rule ${code}`,
    before: { level: before },
    after: { level: after },
    result: "asked",
  });
  if (configuration.hasFile) {
    const proposal = await configuration.propose(configuration.withRuleLevel(code, level));
    const done = await applied(proposal, caller, { configuration, access });
    if (done instanceof Problem) return done;
  }
  guard.setLevel(code, level);
  return { rule: now(), isKept: configuration.hasFile };
}
