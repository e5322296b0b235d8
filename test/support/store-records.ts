/** Records for tests of the store, and waiting for it without looking at the clock. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { NEVER, NO_PROPERTIES } from "../../hub/src/broker/message.ts";
import {
  openSqliteStore,
  type SqliteStoreSettings,
} from "../../hub/src/broker/store/sqlite-store.ts";
import type {
  Delivery,
  QueuedRecord,
  SessionRecord,
  Store,
  StoredMessage,
  StoreState,
} from "../../hub/src/broker/store/store.ts";
import { SILENT_LOG } from "./silent-log.ts";

export function message(row: number, parts: Partial<StoredMessage> = {}): StoredMessage {
  return {
    row,
    topic: `plant/${row}`,
    payload: new TextEncoder().encode(`payload ${row}`),
    properties: NO_PROPERTIES,
    expiryAt: -1,
    expiresAtWall: NEVER,
    qos: 1,
    retain: false,
    publisherId: "publisher",
    ...parts,
  };
}

export function session(clientId: string, parts: Partial<SessionRecord> = {}): SessionRecord {
  return {
    clientId,
    owner: "somebody",
    protocolVersion: 5,
    expirySeconds: 3600,
    disconnectedAtWall: undefined,
    ...parts,
  };
}

export function to(clientId: string, parts: Partial<Delivery> = {}): Delivery {
  return { clientId, qos: 1, retain: false, identifiers: [], ...parts };
}

/** Hurries the open batch; says whether it became durable. */
export async function settled(store: Store): Promise<boolean> {
  const batch = store.openBatch;
  await until(store, () => store.settledBatch >= batch);
  return !store.hasFailed(batch);
}

/** Waits for a state of the store, hurrying it along. */
export async function becomes(store: Store, kind: StoreState["kind"]): Promise<void> {
  await until(store, () => store.state.kind === kind);
}

async function until(store: Store, isTrue: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  store.onSettled = () => {
    if (isTrue()) resolve();
  };
  store.hurry();
  if (!isTrue()) await promise;
}

/** The whole queue, read in pages. */
export async function wholeQueue(
  store: Store,
  clientId: string,
  limit = 200,
): Promise<readonly QueuedRecord[]> {
  const records: QueuedRecord[] = [];
  for (;;) {
    const page = await store.readQueue(clientId, records.at(-1)?.message.row ?? -1, limit);
    if (page.length === 0) return records;
    assert.ok(page.length <= limit);
    records.push(...page);
  }
}

export async function rowsOf(store: Store, clientId: string): Promise<readonly number[]> {
  return (await wholeQueue(store, clientId)).map((record) => record.message.row);
}

/** A file for a store, in a folder that goes with the test. */
export function storeFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "unshub-store-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "broker.db");
}

/** Opens a store that is closed with the test. */
export async function openStore(
  t: TestContext,
  file: string,
  settings: Partial<SqliteStoreSettings> = {},
) {
  const opened = await openSqliteStore({
    file,
    durability: "process",
    reserveBytes: 0,
    log: SILENT_LOG,
    ...settings,
  });
  t.after(async () => await opened.store.close());
  return opened;
}
