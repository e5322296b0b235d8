/**
 * Which statements of MQTT 5.0 and 3.1.1 are marked in the code of the hub and proved in a test.
 * `npm run conformance` prints it after the statements of Sparkplug; the two standards share only the way of citing:
 * `[MQTT5-3.1.2-22]` and `[MQTT311-3.1.2-24]`.
 */
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const STANDARDS = [
  ["MQTT 5.0", "test/conformance/mqtt5-ids.json"],
  ["MQTT 3.1.1", "test/conformance/mqtt311-ids.json"],
] as const;

export interface MqttStatement {
  readonly id: string;
  /** Who must obey it. Of a client's duty the hub sees only the breach. */
  readonly binds: "server" | "client" | "both";
  readonly rule: string;
  /** Why no test of ours can prove that the server obeys it. */
  readonly untestable?: string;
}

export interface MqttCoverage {
  readonly standard: string;
  /** Cited in a test. */
  readonly proved: readonly MqttStatement[];
  /** Cited in the code of the hub only. */
  readonly markedOnly: readonly MqttStatement[];
  readonly open: readonly MqttStatement[];
  /** Ids cited in the code of the hub, proved or not. */
  readonly marked: ReadonlySet<string>;
}

/** The statements of both standards, with what the repository says of them now. */
export async function readMqttCoverage(): Promise<readonly MqttCoverage[]> {
  const marked = await citedIn("hub/src/**/*.ts");
  const cited = await citedIn("test/**/*.test.ts", withoutComments);
  return STANDARDS.map(([standard, file]) => {
    const statements: readonly MqttStatement[] = JSON.parse(readFileSync(join(ROOT, file), "utf8"));
    const rest = statements.filter(({ id }) => !cited.has(id));
    return {
      standard,
      marked,
      proved: statements.filter(({ id }) => cited.has(id)),
      markedOnly: rest.filter(({ id }) => marked.has(id)),
      open: rest.filter(({ id }) => !marked.has(id)),
    };
  });
}

/** Statements that bind a server, could be proved and are not. */
export function missingMqtt(coverage: readonly MqttCoverage[]): readonly string[] {
  return coverage
    .flatMap(({ markedOnly, open }) => [...markedOnly, ...open])
    .filter(({ binds, untestable }) => binds !== "client" && untestable === undefined)
    .map(({ id }) => id);
}

/** Ids that somebody cites and neither standard has. */
export async function unknownMqtt(): Promise<readonly string[]> {
  const coverage = await readMqttCoverage();
  const known = new Set(
    coverage.flatMap(({ proved, markedOnly, open }) =>
      [...proved, ...markedOnly, ...open].map(({ id }) => id),
    ),
  );
  const cited = [...(await citedIn("hub/src/**/*.ts")), ...(await citedIn("test/**/*.test.ts"))];
  return [...new Set(cited)].filter((id) => !known.has(id));
}

/** Prints both standards. Resolves to true when nothing is missing and no id is unknown. */
export async function reportMqtt(): Promise<boolean> {
  const coverage = await readMqttCoverage();
  for (const each of coverage) printStandard(each);
  const unknown = await unknownMqtt();
  for (const id of unknown) console.log(`cited, but no statement of MQTT: ${id}`);
  return missingMqtt(coverage).length === 0 && unknown.length === 0;
}

/** The ids in these files; `wanted` says where in a file to look. */
async function citedIn(
  pattern: string,
  wanted: (text: string) => string = (text) => text,
): Promise<ReadonlySet<string>> {
  const cited = new Set<string>();
  for await (const path of glob(pattern, { cwd: ROOT, exclude: ["**/node_modules/**"] })) {
    const text = wanted(readFileSync(join(ROOT, path), "utf8"));
    for (const [, id = ""] of text.matchAll(/\[(MQTT(?:5|311)-[0-9.-]+)\]/g)) cited.add(id);
  }
  return cited;
}

/** In a test an id proves something where it is part of a title; in a comment it does not. */
function withoutComments(text: string): string {
  return text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, "");
}

function printStandard({ standard, proved, markedOnly, open, marked }: MqttCoverage): void {
  const all = [...proved, ...markedOnly, ...open];
  const server = all.filter(({ binds }) => binds !== "client");
  const inTests = server.filter((each) => proved.includes(each));
  const inCode = server.filter(({ id }) => marked.has(id));
  console.log(
    `\n${standard}: ${all.length} statements, ${server.length} bind a server: ` +
      `${inTests.length} proved, ${inCode.length} marked in the code`,
  );
  for (const { id } of markedOnly) console.log(`  no proof  ${id}`);
  for (const { id, rule } of inTests.filter((each) => !marked.has(each.id))) {
    console.log(`  no mark   ${id}: ${rule}`);
  }
  for (const each of open) console.log(`  ${reason(each)}`);
}

function reason({ id, binds, untestable }: MqttStatement): string {
  if (untestable !== undefined) return `left out  ${id}: ${untestable}`;
  return binds === "client" ? `left out  ${id}: binds a client` : `not yet   ${id}: no test yet`;
}
