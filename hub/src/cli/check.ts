/**
 * `unshub check`: every problem of a configuration, with line, column and path; what adapters would do with it; and what is
 * probably not meant. Opens nothing.
 */
import type { AdapterPlan, ConfigProblem } from "@unshub/adapter";
import {
  ConfigFileError,
  loadConfig,
  locateProblems,
  type AdapterEntry,
  type LocatedProblem,
} from "../config/index.ts";
import { checkAdapterConfig, describeAdapter } from "../supervisor/index.ts";
import { readArguments, type Console, type ExitCode } from "./arguments.ts";
import { planLines } from "./plan-lines.ts";

export const CHECK_USAGE = `unshub check [-c FILE] [--strict] [--json]
  Says every problem of a configuration, and what its adapters would ask for: requests, how often, how busy serial lines
  will be. FILE is ./unshub.yaml unless named. Exit code 2 when there is a problem; with --strict also for warnings.`;

/** An entry and what its adapter would do. */
interface Described {
  readonly entry: AdapterEntry;
  readonly plan: AdapterPlan | undefined;
}

export async function check(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values } = readArguments({
    args: [...args],
    options: {
      config: { type: "string", short: "c", default: "unshub.yaml" },
      strict: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const { config: file, json, strict } = values;
  try {
    const config = await loadConfig(file, checkAdapterConfig);
    const described = await Promise.all(config.adapters.map(describe));
    const problems = located(file, described, (plan) => plan.problems ?? []);
    const twice = sharedAddresses(described);
    const warnings = located(file, described, (plan) => [
      ...plan.warnings,
      ...plan.links.flatMap(({ address }) => (twice.has(address) ? [severalLinks(address)] : [])),
    ]);
    const outcome = { file, described, problems, warnings };
    for (const line of json ? jsonLines(outcome) : textLines(outcome)) console.print(line);
    if (!json) for (const line of complaints(outcome)) console.complain(line);
    return problems.length > 0 || (strict && warnings.length > 0) ? 2 : 0;
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    if (json) for (const problem of error.problems) console.print(problemLine(problem));
    else console.complain(error.message);
    return 2;
  }
}

async function describe(entry: AdapterEntry): Promise<Described> {
  return { entry, plan: await describeAdapter(entry.protocol, entry.input, entry) };
}

/** Peers that several entries connect to. */
function sharedAddresses(described: readonly Described[]): ReadonlySet<string> {
  const addresses = described.flatMap(
    ({ plan }) => plan?.links.map(({ address }) => address) ?? [],
  );
  return new Set(addresses.filter((address, index) => addresses.indexOf(address) !== index));
}

function severalLinks(address: string): ConfigProblem {
  const message =
    `several entries open a connection to ${address}: some devices take only one; ` +
    "devices of one entry share theirs";
  return { path: ["link"], message };
}

/** What plans complain of, where it stands in the file. */
function located(
  file: string,
  described: readonly Described[],
  of: (plan: AdapterPlan) => readonly ConfigProblem[],
): readonly LocatedProblem[] {
  const found = described.flatMap(({ plan }, index) =>
    plan === undefined
      ? []
      : of(plan).map(({ path, message }) => ({ path: ["adapters", index, ...path], message })),
  );
  return found.length === 0 ? [] : locateProblems(file, found);
}

interface Outcome {
  readonly file: string;
  readonly described: readonly Described[];
  readonly problems: readonly LocatedProblem[];
  readonly warnings: readonly LocatedProblem[];
}

function textLines({ file, described, problems, warnings }: Outcome): readonly string[] {
  const adapters = described.map(({ entry }) => `${entry.name} (${entry.protocol})`).join(", ");
  const found = [
    counted(problems.length, "problem"),
    ...(warnings.length > 0 ? [counted(warnings.length, "warning")] : []),
  ];
  return [
    `${file}: ${found.join(", ")}. Adapters: ${adapters || "none"}.`,
    ...described.flatMap(({ entry, plan }) =>
      plan === undefined ? [] : ["", ...planLines(entry.name, plan)],
    ),
  ];
}

function counted(count: number, what: string): string {
  if (count === 0) return `no ${what}s`;
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}

function complaints({ file, problems, warnings }: Outcome): readonly string[] {
  const lineOf = ({ line, column, message }: LocatedProblem, sort: string): string =>
    `${file}:${line}:${column}  ${sort}${message}`;
  return [
    ...problems.map((problem) => lineOf(problem, "")),
    ...warnings.map((warning) => lineOf(warning, "warning: ")),
  ];
}

function jsonLines({ described, problems, warnings }: Outcome): readonly string[] {
  return [
    ...problems.map(problemLine),
    ...warnings.map((warning) => JSON.stringify({ kind: "warning", ...warning })),
    ...described.flatMap(({ entry, plan }) =>
      plan === undefined
        ? []
        : [JSON.stringify({ kind: "plan", adapter: entry.name, links: plan.links })],
    ),
  ];
}

function problemLine(problem: LocatedProblem): string {
  return JSON.stringify({ kind: "problem", ...problem });
}
