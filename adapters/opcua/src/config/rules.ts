/**
 * What is only wrong when two keys are seen together. Works on the entry as written, because a schema looks at one key
 * at a time and all problems are to be told at once.
 */
import type { ConfigProblem } from "@unshub/adapter";
import { isDeprecated } from "../connect/policies.ts";
import { isRecord } from "./parts.ts";

type Entry = Readonly<Record<string, unknown>>;

/** The problems between the keys of an entry. */
export function* problemsBetween(entry: Entry): Generator<ConfigProblem> {
  yield* endpointProblems(entry);
  yield* securityProblems(entry);
  yield* deviceProblems(entry);
  if (!["tags", "tagFile", "browse"].some((key) => key in entry)) {
    const message = "is missing; a server needs tags, a tagFile or browse rules";
    yield { path: ["tags"], message };
  }
  yield* groupProblems(entry);
}

function* endpointProblems({ endpoint, endpoints }: Entry): Generator<ConfigProblem> {
  if (endpoint === undefined && endpoints === undefined) {
    yield { path: ["endpoint"], message: "is missing; write it like opc.tcp://10.0.1.50:4840" };
  }
  if (endpoint !== undefined && endpoints !== undefined) {
    const message = "stands beside endpoint; write one of them";
    yield { path: ["endpoints"], message };
  }
}

function* securityProblems(entry: Entry): Generator<ConfigProblem> {
  const { security, allowNone, allowDeprecated, trustOnFirstUse, trust } = entry;
  if (security === "none" && allowNone !== true) {
    const message =
      "none means that everyone in between can read and change values; write allowNone: true to accept that";
    yield { path: ["security"], message };
  }
  const policy = isRecord(security) ? security["policy"] : undefined;
  if (typeof policy === "string" && isDeprecated(policy) && allowDeprecated !== true) {
    const message = `${policy} is broken; write allowDeprecated: true to use it nevertheless`;
    yield { path: ["security", "policy"], message };
  }
  if (trustOnFirstUse === true && Array.isArray(trust) && trust.length > 0) {
    const message = "has no meaning beside trust, which names the certificates";
    yield { path: ["trustOnFirstUse"], message };
  }
}

function* deviceProblems({ device, devicesFrom, browse }: Entry): Generator<ConfigProblem> {
  if (devicesFrom !== undefined && browse === undefined) {
    const message = "has no effect without browse, which finds the tags of these devices";
    yield { path: ["devicesFrom"], message };
  }
  if (device === undefined && devicesFrom === undefined) {
    const message = "is missing; the Sparkplug device of the tags, unless devicesFrom finds them";
    yield { path: ["device"], message };
  }
}

function* groupProblems({ groups, browse }: Entry): Generator<ConfigProblem> {
  if (!isRecord(groups) || !Array.isArray(browse)) return;
  for (const [index, rule] of browse.entries()) {
    const problem = isRecord(rule) ? groupProblem(rule["group"], Object.keys(groups)) : undefined;
    if (problem !== undefined) yield { path: ["browse", index, "group"], message: problem };
  }
}

/** Why `asked` is no group; `undefined` when it is one, or something that the schema complains about. */
export function groupProblem(asked: unknown, known: readonly string[]): string | undefined {
  if (typeof asked !== "string" || known.includes(asked)) return undefined;
  return `there is no group "${asked}"; groups: ${known.join(", ")}`;
}
