/**
 * `npm run conformance`: which of the 299 testable statements of Sparkplug 3.0 are marked in code and proved in a test.
 * Exit code 1 when one that an edge node or host can be tested for has no proof.
 */
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { reportMqtt } from "./conformance-mqtt.ts";

const ROOT = resolve(import.meta.dirname, "..");
const CODE = ["sparkplug/src/**/*.ts", "hub/src/**/*.ts", "adapters/*/src/**/*.ts"];
const PROOFS = ["test/**/*.test.ts"];
const SKIPPED = ["**/node_modules/**", "**/dist/**"];

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

export interface Coverage {
  readonly proved: readonly Statement[];
  readonly markedOnly: readonly Statement[];
  /** Neither marked nor proved, or not provable. */
  readonly open: readonly Statement[];
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
  const marked = await citedIn(CODE);
  const cited = await citedIn(PROOFS);
  const isProved = ({ id, untestable }: Statement): boolean =>
    untestable === undefined && cited.has(id);
  const proved = statements.filter(isProved);
  const rest = statements.filter((statement) => !isProved(statement));
  const known = new Set(statements.map(({ id }) => id));
  return {
    proved,
    markedOnly: rest.filter(({ id, untestable }) => untestable === undefined && marked.has(id)),
    open: rest.filter(({ id, untestable }) => untestable !== undefined || !marked.has(id)),
    unknown: [...marked, ...cited].filter((id) => !known.has(id)),
  };
}

/** Statements that the library answers for and that have no proof. */
export function missing({ markedOnly, open }: Coverage): readonly Statement[] {
  return [...markedOnly, ...open].filter(
    ({ role, untestable }) => role !== "S" && role !== "A" && untestable === undefined,
  );
}

async function citedIn(patterns: readonly string[]): Promise<ReadonlySet<string>> {
  const texts: string[] = [];
  for await (const path of glob(patterns, { cwd: ROOT, exclude: SKIPPED })) {
    texts.push(readFileSync(join(ROOT, path), "utf8"));
  }
  const cited = texts.flatMap((text) => [...text.matchAll(/\[tck-id-([A-Za-z0-9-]+)\]/g)]);
  return new Set(cited.flatMap(([, id]) => id ?? []));
}

function reason({ role, wire, untestable }: Statement): string {
  if (untestable !== undefined) return untestable;
  if (role === "S" || role === "A") return "belongs to the MQTT server";
  return wire === "" ? "not on the wire" : "no test yet";
}

function ofRole(list: readonly Statement[], letter: string): readonly Statement[] {
  return list.filter(({ role }) => role.includes(letter));
}

function printRole(name: string, letter: string, coverage: Coverage): void {
  const proved = ofRole(coverage.proved, letter);
  const marked = ofRole(coverage.markedOnly, letter);
  const open = ofRole(coverage.open, letter);
  const total = proved.length + marked.length + open.length;
  console.log(`\n${name}: ${proved.length} of ${total} proved, ${marked.length} marked only`);
  for (const { id } of marked) console.log(`  marked only  ${id}`);
  for (const each of open) console.log(`  not yet      ${each.id}: ${reason(each)}`);
}

function print(coverage: Coverage): void {
  for (const [name, letter] of ROLES) printRole(name, letter, coverage);
  const { proved, markedOnly, open, unknown } = coverage;
  const total = proved.length + markedOnly.length + open.length;
  const rest = `${markedOnly.length} marked only, ${open.length} not yet`;
  console.log(`\nall: ${proved.length} of ${total} proved, ${rest}`);
  for (const id of unknown) console.log(`cited, but no statement of the standard: ${id}`);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
  const coverage = await readCoverage();
  if (values.json) console.log(JSON.stringify(coverage));
  else print(coverage);
  if (missing(coverage).length > 0 || coverage.unknown.length > 0) process.exitCode = 1;
  if (!values.json && !(await reportMqtt())) process.exitCode = 1;
}
