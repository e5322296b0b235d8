/** The session of an edge node and one of its members as it is now, for those who explain it. */
import type { LifeEvent, Trouble, TroubleKind } from "./chronicle.ts";
import type { ClockNow } from "./node-clock.ts";
import type { OwnReason } from "./quality.ts";
import type { Member, NodeSession } from "./session.ts";
import type { NodeState } from "./tree-observer.ts";

/** A device, or the edge node itself. Times are milliseconds since 1970 UTC, and 0 when it was before the hub started. */
export interface MemberNow {
  readonly rowId: number;
  readonly state: NodeState;
  /** When its state changed. */
  readonly since: number;
  /** Why it is offline. */
  readonly because: OwnReason | undefined;
  readonly bornAt: number;
  /** Metrics that its last birth named. */
  readonly metrics: number;
}

export interface SessionNow {
  readonly node: MemberNow;
  /** The device that was asked for, when it was ever born. */
  readonly device: MemberNow | undefined;
  /** Its devices that are not online. */
  readonly dead: readonly string[];
  readonly bdSeq: number | undefined;
  /** Of the last message that had one. */
  readonly lastSeq: number | undefined;
  /** When its last message came; 0: none did since the hub started. */
  readonly lastHeardAt: number;
  readonly troubles: ReadonlyMap<TroubleKind, Trouble>;
  /** Since the hub started: messages, births among them, and messages that were lost on the way. */
  readonly messages: number;
  readonly births: number;
  readonly lost: number;
  /** `undefined`: it sent no message with a time since the hub started. */
  readonly clock: ClockNow | undefined;
  /** The oldest first. */
  readonly events: readonly Readonly<LifeEvent>[];
}

export function sessionNow(session: NodeSession, deviceId: string | undefined): SessionNow {
  const { own, bdSeq, expectedSeq, chronicle } = session;
  const device = deviceId === undefined ? undefined : session.devices.get(deviceId);
  return {
    node: memberNow(own),
    device: device && memberNow(device),
    dead: [...session.devices].flatMap(([id, { state }]) => (state === "online" ? [] : [id])),
    bdSeq,
    lastSeq: expectedSeq === undefined ? undefined : (expectedSeq + 255) % 256,
    lastHeardAt: chronicle.lastHeardAt,
    troubles: new Map(chronicle.troubles),
    messages: chronicle.messages,
    births: chronicle.births,
    lost: chronicle.lost,
    clock: chronicle.clock.now,
    events: [...chronicle.events],
  };
}

function memberNow({ rowId, state, since, because, bornAt, ids }: Member): MemberNow {
  return { rowId, state, since, because, bornAt, metrics: ids.length };
}
