/** Opens the room of backups: which databases the hub has open, and what is on disk only now and then. */
import { setTimeout as pause } from "node:timers/promises";
import { Backup } from "./backup/index.ts";
import type { Broker } from "./broker/index.ts";
import type { HubConfig } from "./config/index.ts";
import type { HistoryReader } from "./history/index.ts";
import type { Access } from "./identity/index.ts";
import type { SnapshotKeeper } from "./tree/index.ts";

export interface BackedUp {
  readonly broker: Broker;
  /** `undefined`: nothing is recorded. */
  readonly history: Pick<HistoryReader, "backup"> | undefined;
  readonly access: Access;
  readonly snapshots: SnapshotKeeper;
  readonly now: () => number;
}

/** How far sinks have come. What stands in other files of theirs, as dead letters, may be ahead of it. */
const POSITION = /^sinks\/[^/]+\.position\.json$/;

const isPosition = (path: string): boolean => POSITION.test(path);

/** The history refuses while somebody reads a long range. */
const TRIES = 20;
const PAUSE_MS = 250;

export function openBackup(
  { hub: { id: hubId, dataDir } }: HubConfig,
  { broker, history, access, snapshots, now }: BackedUp,
): Backup {
  const databases = new Map([
    ["broker.db", (to: string) => broker.copyStore(to)],
    ["history.db", (to: string) => copyHistory(history, to)],
  ]);
  const settle = async (): Promise<void> => {
    access.audit.flush();
    await snapshots.keepNow();
  };
  return new Backup({ dataDir, hubId, databases, isPosition, settle, now });
}

async function copyHistory(history: BackedUp["history"], to: string): Promise<boolean> {
  if (history === undefined) return false;
  for (let left = TRIES; ; left -= 1) {
    try {
      await history.backup(to);
      return true;
    } catch (error) {
      if (left === 0) throw error;
      await pause(PAUSE_MS);
    }
  }
}
