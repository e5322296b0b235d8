/** A hub's tree over its snapshot, for tests of what is on disk. */
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { MetricToSend } from "@unshub/sparkplug";
import { openTree, SnapshotKeeper, type RebirthCause } from "../../hub/src/tree/index.ts";
import { tempDir } from "./hub.ts";
import { keepingLog } from "./silent-log.ts";
import { dbirth, message, nbirth } from "./sparkplug-messages.ts";
import { looking } from "./sparkplug-tree.ts";

/** A hub's tree over a file; `stop` keeps it there. */
export function openHub(file: string) {
  const { log, lines } = keepingLog();
  const causes: RebirthCause[] = [];
  const opened = openTree({ file, log, needsRebirth: (_node, cause) => causes.push(cause) });
  const keeper = new SnapshotKeeper({ ...opened, file, log });
  const [start, stop] = [() => keeper.start(), () => keeper.stop()];
  return { ...looking(opened.tree), ...opened, causes, lines, start, stop };
}

export function snapshotFile(t: TestContext): string {
  return join(tempDir(t), "tree.snapshot");
}

/** A file with the snapshot of a plant that was living. */
export async function livingPlant(
  t: TestContext,
  more: readonly MetricToSend[] = [],
): Promise<string> {
  const file = snapshotFile(t);
  const { sessions, stop } = openHub(file);
  sessions.apply(nbirth(3));
  sessions.apply(dbirth());
  sessions.apply(message("DBIRTH/e/more", more, 2));
  await stop();
  return file;
}
