/** A history of a test: a tree that follows messages, and a real thread with a real file. */
import { join } from "node:path";
import { parseConfig } from "../../hub/src/config/index.ts";
import {
  History,
  HistoryReader,
  type HistoryOptions,
  type PastValue,
} from "../../hub/src/history/index.ts";
import { checkAdapterConfig } from "../../hub/src/supervisor/index.ts";
import { NodeSessions, UnsTree } from "../../hub/src/tree/index.ts";
import { tempDir, type Ending } from "./hub.ts";
import { keepingLog, type LogLine } from "./silent-log.ts";

export interface HistoryPlant {
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
  readonly history: History;
  readonly reader: HistoryReader;
  readonly file: string;
  readonly logged: readonly LogLine[];
  /** Resolves once a line like this was logged. */
  readonly logs: (message: RegExp) => Promise<void>;
  /** `[time, value, quality, reason]` of everything at a path. */
  readonly lines: (
    path: string,
    range?: { readonly since?: number; readonly until?: number },
  ) => Promise<readonly unknown[]>;
}

export interface PlantOptions {
  readonly file?: string;
  /** The YAML below `history:`, two spaces in. */
  readonly config?: string;
  readonly tuning?: HistoryOptions["tuning"];
  readonly now?: () => number;
}

export async function openHistoryPlant(
  t: Ending,
  options: PlantOptions = {},
): Promise<HistoryPlant> {
  const file = options.file ?? join(tempDir(t), "history.db");
  const section = options.config === undefined ? "" : `history:\n${options.config}`;
  const { history: config } = await parseConfig(`listeners: { mqtt: {} }\n${section}`, {
    file: "/plant/unshub.yaml",
    checkAdapter: checkAdapterConfig,
  });
  const tree = new UnsTree();
  const sessions = new NodeSessions(tree, () => undefined);
  const waiting = new Set<() => void>();
  const { log, lines: logged } = keepingLog(() => {
    for (const look of waiting) look();
  });
  const history = new History({
    config,
    hubId: "plant1",
    found: () => undefined,
    file,
    durability: "process",
    tree,
    sessions,
    log,
    now: options.now ?? (() => Date.now()),
    tuning: options.tuning,
  });
  t.after(() => history.stop());
  const reader = new HistoryReader({ history, tree });
  const logs = (message: RegExp): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (logged.some((line) => message.test(line.message))) resolve();
      };
      waiting.add(look);
      look();
    });
  const lines: HistoryPlant["lines"] = async (path, { since = 0, until = 4e12 } = {}) => {
    const found = await reader.values(path, { since, until, limit: 10_000 });
    return (found?.values ?? []).map(lineOf);
  };
  return { tree, sessions, history, reader, file, logged, logs, lines };
}

function lineOf({ time, value, quality, reason }: PastValue): unknown {
  return reason === undefined ? [time, value, quality] : [time, value, quality, reason];
}
