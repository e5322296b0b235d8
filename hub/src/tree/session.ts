/** What the tree keeps of one edge node's session: whether it lives, its counters, its aliases. */
import type { TemplateTypes } from "@unshub/sparkplug";
import type { AliasTable } from "./alias-table.ts";
import type { Chronicle } from "./chronicle.ts";
import type { OwnReason } from "./quality.ts";
import type { NodeState } from "./tree.ts";

/** A device, or the edge node's own metrics. */
export interface Member {
  readonly rowId: number;
  state: NodeState;
  /** When its state changed, and when it was born last: milliseconds since 1970 UTC; 0: before the hub started. */
  since: number;
  bornAt: number;
  /** Why it is offline. */
  because: OwnReason | undefined;
  /** The rows of the metrics of its last birth. */
  ids: Int32Array;
  /** Of its last birth. */
  aliases: AliasTable;
  /** By name; made when data comes with names. */
  names: Map<string, number> | undefined;
  /** Whether the tree had no room for some of its metrics. */
  isCut: boolean;
}

/** One edge node. State and counters are those of its current Sparkplug session. */
export interface NodeSession {
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly own: Member;
  readonly devices: Map<string, Member>;
  /** What the births said of the members of templates, which come without datatype in data. */
  templates: TemplateTypes | undefined;
  bdSeq: number | undefined;
  /** The `seq` that the next message should carry; `undefined` before the first birth. */
  expectedSeq: number | undefined;
  /** `expectedSeq` is of a snapshot: data that carries it goes on where the hub stopped. */
  mayResume: boolean;
  /** How many births of the hub there were when it was born last; a snapshot that was begun before is older. */
  lastBirth: number;
  readonly chronicle: Chronicle;
}
