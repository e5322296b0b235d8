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
import { describeAdapter, PeerBook, sharingProblems } from "../supervisor/index.ts";
import { readArguments, type Console, type ExitCode } from "./arguments.ts";
import { planLines } from "./plan-lines.ts";

export const CHECK_USAGE = `unshub check [-c FILE] [--strict] [--json]
  Says every problem of a configuration, and what its adapters would ask for: requests, how often, how busy serial lines
  will be. FILE is ./unshub.yaml unless named. Exit code 2 when there is a problem; with --strict also when there are only warnings.`;

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
    const peers = new PeerBook();
    const config = await loadConfig(file, peers.check);
    const described = await Promise.all(config.adapters.map(describe));
    const problems = located(
      file,
      problemsOf(described, (plan) => plan.problems ?? []),
    );
    const warnings = located(file, [
      ...problemsOf(described, (plan) => plan.warnings),
      ...sharingProblems(peers.shared),
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

/** What plans complain of, seen from the top of the file. */
function problemsOf(
  described: readonly Described[],
  of: (plan: AdapterPlan) => readonly ConfigProblem[],
): readonly ConfigProblem[] {
  return described.flatMap(({ plan }, index) =>
    plan === undefined
      ? []
      : of(plan).map(({ path, message }) => ({ path: ["adapters", index, ...path], message })),
  );
}

/** With the places where they stand in the file. */
function located(file: string, problems: readonly ConfigProblem[]): readonly LocatedProblem[] {
  return problems.length === 0 ? [] : locateProblems(file, problems);
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
