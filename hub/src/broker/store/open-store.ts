/** The store that the options ask for, and what it holds. */
import { join } from "node:path";
import type { BrokerOptions } from "../contract.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { MemoryStore } from "./memory-store.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import type { Store, StoredState } from "./store.ts";

/** The file in the storage folder. */
const FILE_NAME = "broker.db";

/** @throws {BrokerError} when the file is in use, of a newer hub, not ours or not readable. */
export async function openStore({
  storage,
  log,
  limits,
}: Pick<BrokerOptions, "storage" | "log" | "limits">): Promise<{
  readonly store: Store;
  readonly state: StoredState;
}> {
  if (storage === undefined) {
    const store = new MemoryStore();
    return { store, state: store.stored() };
  }
  const file = join(storage.folder, FILE_NAME);
  const { minFreeDiskBytes, lookAtDiskEveryMs } = { ...DEFAULT_LIMITS, ...limits };
  const { store, state, damage } = await openSqliteStore({
    file,
    durability: storage.durability,
    maxPages: storage.maxPages,
    minFreeBytes: minFreeDiskBytes,
    lookEveryMs: lookAtDiskEveryMs,
    freeBytes: storage.freeBytes,
    log,
  });
  if (damage !== undefined) log.error({ file, damage }, "the store of the MQTT server was damaged");
  return { store, state };
}
