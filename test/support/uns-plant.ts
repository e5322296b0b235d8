/** A tree with places, for tests of paths. */
import { encodePayload, type MetricToSend } from "@unshub/sparkplug";
import { UnsFindings } from "../../hub/src/uns/findings.ts";
import { UnsPaths } from "../../hub/src/uns/index.ts";
import { unsSection, type UnsConfig } from "../../hub/src/uns/placement/index.ts";
import type { NodeSessions, UnsTree } from "../../hub/src/tree/index.ts";
import { keepingLog, type LogLine } from "./silent-log.ts";
import { openTestTree } from "./sparkplug-tree.ts";

/** The rules in a section `uns:`. */
export function placementIn(placement: unknown): UnsConfig["placement"] {
  return unsSection.parse({ placement }).placement;
}

export interface PathsPlant {
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
  readonly paths: UnsPaths;
  readonly findings: UnsFindings;
  readonly lines: readonly LogLine[];
  /** Births a device with these metrics, its edge node before it. */
  born(group: string, node: string, device: string, metrics: readonly string[]): void;
  /** The id of a metric by the names in the tree. */
  id(path: string): number;
  /** The paths anew, as after a restart. */
  open(): UnsPaths;
}

/** `claimsFile`: where it is kept who had a place first. */
export function openPaths(placement?: unknown, claimsFile?: string): PathsPlant {
  const { tree, sessions } = openTestTree();
  const findings = new UnsFindings(() => 1_700_000_000_000);
  const { log, lines } = keepingLog();
  const open = (): UnsPaths => {
    const rules = placementIn(placement);
    const claims = claimsFile === undefined ? {} : { claimsFile };
    const paths = new UnsPaths({ tree, placement: rules, findings, log, ...claims });
    paths.start();
    return paths;
  };
  const paths = open();
  const births = new Map<string, number>();

  const born = (group: string, node: string, device: string, metrics: readonly string[]): void => {
    const key = `${group}/${node}`;
    if (!births.has(key)) say(`spBv1.0/${group}/NBIRTH/${node}`, 0, [metric("bdSeq", "Int64")]);
    const seq = (births.get(key) ?? 0) + 1;
    births.set(key, seq);
    say(
      `spBv1.0/${group}/DBIRTH/${node}/${device}`,
      seq % 256,
      metrics.map((name) => metric(name)),
    );
  };
  const say = (topic: string, seq: number, metrics: readonly MetricToSend[]): void => {
    const payload = encodePayload({ timestamp: 1_700_000_000_000, seq, metrics });
    sessions.apply({ topic, payload, receivedAt: 1_700_000_000_000 });
  };
  const id = (path: string): number => tree.find(path) ?? -1;
  return { tree, sessions, paths, findings, lines, born, id, open };
}

function metric(name: string, datatype: "Int32" | "Int64" = "Int32"): MetricToSend {
  return { name, datatype, tellDatatype: true, value: 1 };
}
