/** The fields that are asked of every event, and an event made of them. */
import type { EventFilter, Variant } from "node-opcua-client";
import type { NodeIdLike } from "node-opcua-client";
import type { Library } from "../library.ts";
import { member } from "../values/scalar.ts";

/** One event as the server told it. */
export interface OpcUaEvent {
  /** Hex; names this very event. */
  readonly eventId: string;
  readonly rawEventId: Buffer | undefined;
  readonly eventType: string;
  readonly source: string;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  /** 1 to 1000. */
  readonly severity: number;
  readonly message: string;
  /** Of alarms and other conditions. */
  readonly condition?: ConditionState;
}

export interface ConditionState {
  /** The node that stands for it. */
  readonly id: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly isAcked: boolean;
  /** Whether it is still of interest. */
  readonly isRetained: boolean;
}

const FIELDS = [
  "EventId",
  "EventType",
  "SourceName",
  "Time",
  "Severity",
  "Message",
  "ConditionName",
  "ActiveState.Id",
  "AckedState.Id",
  "Retain",
  "BranchId",
];
const CONDITION_TYPE = "i=2782";
const NODE_ID_ATTRIBUTE = 1;

/** Asks for all fields; `type`: of events of this type and all derived from it. */
export function eventFilter(library: Library, type: NodeIdLike | undefined): EventFilter {
  const where = type === undefined ? undefined : library.ofType(type);
  const filter = library.constructEventFilter(FIELDS, where);
  // The id of the condition is no field, but the node itself, OPC 10000-9 §5.5.2.13.
  filter.selectClauses = [
    ...(filter.selectClauses ?? []),
    new library.SimpleAttributeOperand({
      typeDefinitionId: CONDITION_TYPE,
      browsePath: [],
      attributeId: NODE_ID_ATTRIBUTE,
    }),
  ];
  return filter;
}

/** The event in the fields that `eventFilter` asks for. `now`: ms since 1970 UTC, for events without a time. */
export function readEvent(fields: readonly Variant[], now: number): OpcUaEvent {
  const [id, type, source, time, severity, message, name, active, acked, retain, branch, node] =
    fields.map((field): unknown => field.value);
  const rawEventId = Buffer.isBuffer(id) ? id : undefined;
  const condition = conditionOf({ name, active, acked, retain, branch, node });
  return {
    eventId: rawEventId?.toString("hex") ?? "",
    rawEventId,
    eventType: nodeIdText(type),
    source: text(source),
    at: timeOf(time) ?? now,
    severity: typeof severity === "number" ? severity : 0,
    message: text(member(message, "text")),
    ...(condition !== undefined && { condition }),
  };
}

/** Branches are older states that still wait for somebody; the condition itself is told apart from them. */
function conditionOf(fields: {
  readonly name: unknown;
  readonly active: unknown;
  readonly acked: unknown;
  readonly retain: unknown;
  readonly branch: unknown;
  readonly node: unknown;
}): ConditionState | undefined {
  const { name, active, acked, retain, branch, node } = fields;
  const id = nodeIdText(node);
  const isBranch = branch !== null && branch !== undefined && member(branch, "value") !== 0;
  if (id === "" || text(name) === "" || isBranch) return undefined;
  return {
    id,
    name: text(name),
    isActive: active === true,
    isAcked: acked !== false,
    isRetained: retain === true,
  };
}

/** Empty: there is none. */
function nodeIdText(raw: unknown): string {
  if (typeof raw !== "object" || raw === null) return "";
  // The library's class has a toString that writes ns=…;s=…
  // oxlint-disable-next-line no-base-to-string
  return String(raw);
}

function timeOf(raw: unknown): number | undefined {
  return raw instanceof Date ? raw.getTime() : undefined;
}

/** Longer texts are cut: an event is read by people. */
const LONGEST_TEXT = 4_096;

function text(raw: unknown): string {
  return typeof raw === "string" ? raw.slice(0, LONGEST_TEXT) : "";
}
