/** `/api/v1/rules`: the rules of the guard and their levels, which are changed at once and in the configuration. */
import { z } from "zod";
import { RULE_CODES, RULE_LEVELS, type RuleCode, type RuleLevel } from "../config/index.ts";
import type { Configuration } from "../configuration/index.ts";
import type { Access } from "../identity/index.ts";
import { applied, told } from "./configuration-routes.ts";
import { noted } from "./noted.ts";
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

/** Publishing under `$sparkplug/`: nobody may. */
const NOT_FOR_CHOICE = "T10";
const rule = z.object({
  code: z.string(),
  title: z.string(),
  advice: z.string(),
  level: z.enum(RULE_LEVELS),
  strict: z.enum(RULE_LEVELS).describe("Its level with `profile: strict`"),
  isNamed: z.boolean().describe("Whether the configuration names it"),
  ids: z.array(z.string()).describe("Statements of the standard"),
});
const params = z.object({ code: z.enum(RULE_CODES) });
const body = z.strictObject({
  level: z
    .enum([...RULE_LEVELS, "profile"])
    .describe("profile: as namespace.sparkplug.profile has it"),
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

type Change = RuleRoutes & { readonly caller: Parameters<typeof applied>[1] };
type Changed = { readonly rule: GuardRules["rules"][number] | undefined; readonly isKept: boolean };

async function change(
  code: RuleCode,
  level: RuleLevel | undefined,
  { caller, ...rooms }: Change,
): Promise<Changed | Problem> {
  const { guard, configuration, access } = rooms;
  const now = (): Changed["rule"] => guard.rules.find((one) => one.code === code);
  const what = { action: "rule level changed", object: `rule ${code}` };
  const wish = { before: { level: now()?.level }, after: { level: level ?? "profile" } };
  return await noted<Changed>({ access, by: caller.changer, what, wish }, async () => {
    const refused = await kept(code, level, { caller, ...rooms });
    if (refused !== undefined) return refused;
    guard.setLevel(code, level);
    return { rule: now(), isKept: configuration.hasFile };
  });
}

/** In the file, where there is one. Whatever else stands in it and is not applied yet, somebody else applies. */
async function kept(
  code: RuleCode,
  level: RuleLevel | undefined,
  { caller, configuration, access }: Change,
): Promise<Problem | undefined> {
  if (!configuration.hasFile) return undefined;
  const proposal = await configuration.propose(configuration.withRuleLevel(code, level));
  const waiting = proposal.plan.adapters.map(({ adapter }) => adapter);
  if (waiting.length > 0) {
    const what = waiting.join(", ");
    return problem(
      409,
      `the configuration has changes that are not applied yet, of ${what}: apply it first`,
    );
  }
  const done = await applied(proposal, caller, { configuration, access });
  return done instanceof Problem ? done : undefined;
}
