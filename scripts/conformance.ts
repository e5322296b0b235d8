/**
 * `npm run conformance`: which of the 299 testable statements of Sparkplug 3.0 are marked in code and proved in a test,
 * where, and which are not and why. `--json` for machines.
 * Exit code 1 when one that an edge node or host can be tested for has no mark or no proof.
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { marksIn, proofsIn, type Citation } from "./citations.ts";
import { reportMqtt } from "./conformance-mqtt.ts";

const ROOT = resolve(import.meta.dirname, "..");
/** Who has to meet a statement, and whose tests may say so: what the hub diagnoses in others proves nothing of us. */
const LIBRARY = {
  code: ["sparkplug/src/**/*.ts"],
  tests: ["test/sparkplug/**/*.test.ts", "test/conformance/**/*.test.ts"],
};
const SERVER = {
  code: ["hub/src/**/*.ts"],
  tests: ["test/hub/**/*.test.ts", "test/integration/**/*.test.ts"],
};
const EVERYWHERE = ["{sparkplug,hub}/src/**/*.ts", "adapters/*/src/**/*.ts", "test/**/*.ts"];

/** One statement. E: edge node, H: host, S: MQTT server, A: server that knows Sparkplug. */
export interface Statement {
  readonly id: string;
  readonly role: "E" | "H" | "EH" | "S" | "A";
  /** What a server sees of it; empty: nothing. */
  readonly wire: string;
  readonly rule: string;
  /** Why no test of ours can prove it. */
  readonly untestable?: string;
}

/** A statement with what the repository has to say for it. */
export interface Standing {
  readonly statement: Statement;
  /** `proved`: marked in code and proved by a test. */
  readonly state: "proved" | "no proof" | "no mark" | "open";
  /** Where it is met, e.g. `sparkplug/src/topic.ts:72`. */
  readonly marks: readonly string[];
  readonly proofs: readonly string[];
}

export interface Coverage {
  readonly standings: readonly Standing[];
  /** Ids that somebody cites and the standard does not have. */
  readonly unknown: readonly string[];
}

const ROLES: readonly (readonly [name: string, letters: string])[] = [
  ["edge node", "E"],
  ["host application", "H"],
  ["MQTT server", "S"],
  ["aware MQTT server", "A"],
];

/** The statements, with what the repository says of them now. */
export async function readCoverage(): Promise<Coverage> {
  const file = join(ROOT, "test/conformance/sparkplug-ids.json");
  const statements: readonly Statement[] = JSON.parse(readFileSync(file, "utf8"));
  const library = { marks: await marksIn(LIBRARY.code), proofs: await proofsIn(LIBRARY.tests) };
  const server = { marks: await marksIn(SERVER.code), proofs: await proofsIn(SERVER.tests) };
  const known = new Set(statements.map(({ id }) => id));
  const cited = (await marksIn(EVERYWHERE)).filter(({ id }) => !known.has(id));
  return {
    standings: statements.map((each) => standing(each, isOfServer(each) ? server : library)),
    unknown: cited.map(({ id, place }) => `${id} (${place})`),
  };
}

function standing(
  statement: Statement,
  cited: { readonly marks: readonly Citation[]; readonly proofs: readonly Citation[] },
): Standing {
  const places = (all: readonly Citation[]): string[] =>
    all.flatMap(({ id, place }) => (id === statement.id ? [place] : []));
  const [marks, proofs] = [places(cited.marks), places(cited.proofs)];
  return { statement, state: stateOf(statement, marks, proofs), marks, proofs };
}

function stateOf(
  { untestable }: Statement,
  { length: marks }: readonly string[],
  { length: proofs }: readonly string[],
): Standing["state"] {
  if (untestable !== undefined || marks + proofs === 0) return "open";
  if (marks === 0) return "no mark";
  return proofs === 0 ? "no proof" : "proved";
}

function isOfServer({ role }: Statement): boolean {
  return role === "S" || role === "A";
}

/** Statements that the library answers for and that are not both marked and proved. */
export function missing({ standings }: Coverage): readonly Statement[] {
  return standings
    .filter(({ state, statement }) => state !== "proved" && !isOfServer(statement))
    .map(({ statement }) => statement)
    .filter(({ untestable }) => untestable === undefined);
}

/** Why a statement is not proved; `""` when it is. */
function reason({ state, statement }: Standing): string {
  if (statement.untestable !== undefined) return statement.untestable;
  if (state === "proved") return "";
  if (state === "no mark") return "a test proves it, no code is marked";
  if (isOfServer(statement)) return "of the MQTT server; no test of the hub proves it yet";
  return statement.wire === "" ? "not on the wire, and no test yet" : "no test yet";
}

function print({ standings, unknown }: Coverage): void {
  for (const each of standings) {
    const [mark = "", proof = ""] = [each.marks[0], each.proofs[0]];
    const where = [mark, proof, reason(each)].filter((text) => text !== "").join("  ");
    console.log(`${each.state.padEnd(9)} ${each.statement.id}  ${where}`);
  }
  console.log("");
  for (const [name, letter] of ROLES) {
    const all = standings.filter(({ statement }) => statement.role.includes(letter));
    console.log(`${name}: ${summary(all)}`);
  }
  console.log(`all: ${summary(standings)}`);
  for (const id of unknown) console.log(`cited, but no statement of the standard: ${id}`);
}

function summary(standings: readonly Standing[]): string {
  const count = (wanted: Standing["state"]): number =>
    standings.filter(({ state }) => state === wanted).length;
  const rest = (["no proof", "no mark", "open"] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state}`);
  return [`${count("proved")} of ${standings.length} proved`, ...rest].join(", ");
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
  const coverage = await readCoverage();
  if (values.json) console.log(JSON.stringify(coverage));
  else print(coverage);
  if (missing(coverage).length > 0 || coverage.unknown.length > 0) process.exitCode = 1;
  if (!values.json && !(await reportMqtt())) process.exitCode = 1;
}
