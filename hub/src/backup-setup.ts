/** Opens the room of backups: which databases the hub has open, and what is on disk only now and then. */
import { Backup } from "./backup/index.ts";
import type { Broker } from "./broker/index.ts";
import type { HubConfig } from "./config/index.ts";
import type { Access } from "./identity/index.ts";
import type { SnapshotKeeper } from "./tree/index.ts";

export interface BackedUp {
  readonly broker: Broker;
  readonly access: Access;
  readonly snapshots: SnapshotKeeper;
  readonly now: () => number;
}

export function openBackup(
  { hub: { id: hubId, dataDir } }: HubConfig,
  { broker, access, snapshots, now }: BackedUp,
): Backup {
  const databases = new Map([["broker.db", (to: string) => broker.copyStore(to)]]);
  const settle = async (): Promise<void> => {
    access.audit.flush();
    await snapshots.keepNow();
  };
  return new Backup({ dataDir, hubId, databases, settle, now });
}
