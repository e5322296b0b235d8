/** What the tree keeps of one edge node's session: whether it lives, its counters, its aliases. */
import type { TemplateTypes } from "@unshub/sparkplug";
import { NO_ALIASES, type AliasTable } from "./alias-table.ts";
import { Chronicle } from "./chronicle.ts";
import type { OwnReason } from "./quality.ts";
import { Tally } from "./tally.ts";
import type { NodeState } from "./tree-observer.ts";

export interface NodeId {
  readonly groupId: string;
  readonly edgeNodeId: string;
}

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
  /** Of an edge node: of what it says itself, without its devices. */
  readonly tally: Tally;
}

/** One edge node. State and counters are those of its current Sparkplug session. */
export interface NodeSession extends NodeId {
  readonly own: Member;
  readonly devices: Map<string, Member>;
  /** What the births said of the members of templates, which come without datatype in data. */
  templates: TemplateTypes | undefined;
  bdSeq: number | undefined;
  /** The `seq` that the next message should carry; `undefined` before the first birth. */
  expectedSeq: number | undefined;
  /** Payload timestamp of the last message in order: the same `seq` and time again is a repetition. −1: not known. */
  lastSentAt: number;
  /** `expectedSeq` is of a snapshot: data that carries it goes on where the hub stopped. */
  mayResume: boolean;
  /** How many births of the hub there were when it was born last; a snapshot that was begun before is older. */
  lastBirth: number;
  /**
   * After messages were lost: the metrics that spoke since, which may be good; all others are not. `undefined`: any may be.
   */
  sinceLoss: number[] | undefined;
  readonly chronicle: Chronicle;
}

/** Clocks that differ less tell the same time. */
const SAME_TIME_MS = 2000;

/** A time of the hub by the clock of an edge node, as far as its last message shows how that one goes. */
export function byClockOf({ lastSentAt, chronicle }: NodeSession, at: number): number {
  if (lastSentAt < 0 || chronicle.lastHeardAt === 0) return at;
  const ahead = lastSentAt - chronicle.lastHeardAt;
  return Math.abs(ahead) < SAME_TIME_MS ? at : at + ahead;
}

/** Whether its last birth is known. */
export function isBorn({ ids, state }: Member): boolean {
  return ids.length > 0 || state === "online";
}

/** A session before its first birth. */
export function newSession({ groupId, edgeNodeId }: NodeId, rowId: number): NodeSession {
  return {
    groupId,
    edgeNodeId,
    own: newMember(rowId),
    devices: new Map(),
    templates: undefined,
    bdSeq: undefined,
    expectedSeq: undefined,
    lastSentAt: -1,
    mayResume: false,
    lastBirth: 0,
    sinceLoss: undefined,
    chronicle: new Chronicle(),
  };
}

/** A device, or the node itself, before its first birth. */
export function newMember(rowId: number): Member {
  return {
    rowId,
    state: "offline",
    since: 0,
    bornAt: 0,
    because: undefined,
    ids: new Int32Array(0),
    aliases: NO_ALIASES,
    names: undefined,
    isCut: false,
    tally: new Tally(),
  };
}
