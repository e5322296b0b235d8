/** The tree from what the MQTT server kept of births, for a hub whose snapshot is gone, damaged or a few seconds too old. */
import { setImmediate as turn } from "node:timers/promises";
import { CERTIFICATES } from "@unshub/sparkplug";
import { ROOT } from "./rows.ts";
import type { OpenTree, TreeLog } from "./snapshot-keeper.ts";

/** How long the broker may wait for us. */
const STRETCH_MS = 10;

/** A retained message. */
interface Kept {
  readonly topic: string;
  readonly payload: Uint8Array;
}

export interface CertificatesOptions extends OpenTree {
  readonly log: TreeLog;
  readonly now: () => number;
  /** The retained messages for a filter; `undefined` for every step between. */
  readonly retained: (filter: string) => Iterable<Kept | undefined>;
}

/**
 * Adds what a snapshot does not know, or all when there is none: structure and values of the last births, as last known.
 * No node is asked for its birth because of that; who speaks without one is.
 */
export async function restoreCertificates(options: CertificatesOptions): Promise<void> {
  const { tree, sessions, log, now, retained } = options;
  const had = tree.rows.counts(ROOT).metrics;
  let until = now() + STRETCH_MS;
  let certificates = 0;
  for (const kept of retained(`${CERTIFICATES}/#`)) {
    if (kept !== undefined && sessions.keptBirth({ ...kept, receivedAt: now() })) certificates += 1;
    if (now() < until) continue;
    await turn(); // the broker goes on
    until = now() + STRETCH_MS;
  }
  if (certificates === 0) return;
  const told = { certificates, metrics: tree.rows.counts(ROOT).metrics - had };
  if (had > 0) log.info(told, "births that the snapshot missed restored from certificates");
  else log.warn(told, "no snapshot of the tree: restored from birth certificates");
}
