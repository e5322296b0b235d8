/** The tree from what the MQTT server kept of births, for a hub that starts without a snapshot. */
import { setImmediate as turn } from "node:timers/promises";
import { CERTIFICATES } from "@unshub/sparkplug";
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
 * Fills a tree that has no metrics: structure and values of the last births, as last known. No node is asked for its
 * birth because of that; who speaks without one is.
 */
export async function restoreCertificates(options: CertificatesOptions): Promise<void> {
  const { tree, sessions, log, now, retained } = options;
  if (tree.rows.counts(0).metrics > 0) return;
  let until = now() + STRETCH_MS;
  let certificates = 0;
  for (const kept of retained(`${CERTIFICATES}/#`)) {
    if (kept !== undefined && sessions.keptBirth({ ...kept, receivedAt: now() })) certificates += 1;
    if (now() < until) continue;
    await turn(); // the broker goes on
    until = now() + STRETCH_MS;
  }
  if (certificates === 0) return;
  const { metrics } = tree.rows.counts(0);
  log.warn({ certificates, metrics }, "no snapshot of the tree: restored from birth certificates");
}
