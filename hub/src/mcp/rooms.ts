/** What the room has of the hub, and who asks. */
import type { Logger, WrittenTags } from "@unshub/adapter";
import type { Commands } from "../command/index.ts";
import type { AdapterEntry, McpConfig } from "../config/index.ts";
import type { Explainer } from "../explain/index.ts";
import type { Sight } from "../feed/index.ts";
import type { Finding } from "../finding.ts";
import type { HistoryReader } from "../history/index.ts";
import type { Action, WrittenMetric } from "../identity/index.ts";
import type { ReplayProposals, RepublishState } from "../replay/index.ts";
import type { AdapterReport } from "../supervisor/index.ts";
import type { NodeSessions, UnsTree } from "../tree/index.ts";
import type { UnsPaths } from "../uns/index.ts";

export interface McpRooms {
  readonly config: McpConfig;
  readonly version: string;
  readonly tree: UnsTree;
  readonly paths: UnsPaths;
  readonly sessions: Pick<NodeSessions, "all">;
  readonly explainer: Pick<Explainer, "explain">;
  readonly commands: Pick<Commands, "write" | "plan" | "journal">;
  /** `undefined`: nothing is recorded. */
  readonly history: HistoryReader | undefined;
  readonly replays: Pick<ReplayProposals, "propose" | "begin" | "stateOf">;
  /** One that runs, or has ended lately. */
  replayOf(id: number): RepublishState | undefined;
  readonly log: Logger;
  /** Since then, in milliseconds since 1970 UTC; the newest last. */
  findings(since: number): readonly Found[];
  reports(): Promise<readonly AdapterReport[]>;
  /** The entries of the adapters that run. */
  entries(): readonly AdapterEntry[];
  readonly models: Models | undefined;
  tagsOf(entry: AdapterEntry): Promise<readonly WrittenTags[]>;
  askForBirths(
    node: { readonly groupId: string; readonly edgeNodeId: string },
    by: string,
  ): Promise<"asked" | "held" | "offline">;
  /** On the audit trail. @throws when it cannot be written: then it must not be done. */
  note(
    caller: McpCaller,
    entry: { readonly action: string; readonly object: string; readonly reason: string },
  ): void;
  /** Milliseconds since 1970 UTC. */
  now(): number;
}

/** A finding, and what has become of it. */
export interface Found extends Finding {
  readonly state: "open" | "acknowledged" | "resolved";
  /** That the hub saw its end; `null`: it did not. */
  readonly resolved: { readonly at: number; readonly because: string } | null;
}

interface Models {
  /** The type of a device, by its birth, or of a metric, by its template; `undefined`: it has none. */
  modelOf(row: number): Promise<Model | undefined>;
  /** The name of that of a device. */
  modelIdOf(row: number): Promise<string | undefined>;
  /** By its name; `undefined`: there is none in what `sight` sees. */
  typeAt(elementId: string, sight: Sight): Promise<Model | undefined>;
}

/** What things of a kind have in common. */
export interface Model {
  /** As i3X calls it: `type:birth.2f1c09ab`, `type:tpl.Plant1.Motor`. */
  readonly elementId: string;
  readonly displayName: string;
  /** JSON Schema, with the members as `properties`. */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** Who asks, and what he may: the same as over HTTP. */
export interface McpCaller {
  /** As on the audit trail: `token:assistant`. */
  readonly actor: string;
  readonly address: string;
  /** What he sees of the tree: nothing else is there for him. */
  readonly sight: Sight;
  /** The same by his rights of now; `undefined`: he may no longer look. */
  sightNow(): Sight | undefined;
  may(action: Action): boolean;
  /** The same by his rights of now. */
  mayNow(action: Action): boolean;
  readsTopic(topic: string): boolean;
  readsNode(group: string, edgeNode: string): boolean;
  /** Why he may not command a metric; `undefined`: he may. */
  commandFault(metric: WrittenMetric): string | undefined;
}

/** Something that the caller did wrong, or that is not there; he reads the sentence. */
export class ToolFault extends Error {
  override readonly name = "ToolFault";
}
