/** Who gets the messages on one topic. */
import type { Qos } from "../message.ts";
import type { Session } from "../session.ts";
import type { SharedGroup, Subscription } from "./subscription.ts";

/** One receiver, with what its matching subscriptions ask for together. [MQTT5-3.3.4-2] [MQTT311-3.3.5-1] */
export interface Target {
  readonly session: Session;
  /** The highest of them. */
  readonly qos: Qos;
  readonly retainAsPublished: boolean;
  /** All their subscription identifiers. [MQTT5-3.3.4-3] [MQTT5-3.3.4-4] */
  readonly identifiers: readonly number[];
  /** What this receiver gets of its own messages: `undefined` when No Local forbids all. [MQTT5-3.8.3-3] */
  readonly own: Target | undefined;
}

/** Receivers that are the same for many topics are one object, so that neighbouring messages can be sent as one piece. */
export interface ReceiverSet {
  readonly targets: readonly Target[];
}

export interface Route {
  /** The state of all subscriptions for which this holds. */
  readonly version: number;
  readonly receivers: ReceiverSet;
  readonly shared: readonly SharedGroup[];
  /** Whether some receiver's session outlives its connection, so that QoS 1 and 2 must be stored. */
  readonly hasPersistent: boolean;
}

/** Joins the subscriptions of each session. */
export function targetsOf(subscriptions: readonly Subscription[]): Target[] {
  if (subscriptions.length === 1) return [...subscriptions.map((one) => joined([one]))];
  const bySession = new Map<Session, Subscription[]>();
  for (const subscription of subscriptions) {
    const before = bySession.get(subscription.session);
    if (before === undefined) bySession.set(subscription.session, [subscription]);
    else before.push(subscription);
  }
  return [...bySession.values()].map((own) => joined(own));
}

const NO_IDENTIFIERS: readonly number[] = [];

function joined(subscriptions: readonly Subscription[]): Target {
  const all = withoutOwn(subscriptions);
  const foreign = subscriptions.filter(({ noLocal }) => !noLocal);
  if (foreign.length === subscriptions.length) return selfTarget(all);
  return { ...all, own: foreign.length === 0 ? undefined : selfTarget(withoutOwn(foreign)) };
}

/** A target for which its own messages are like any other. */
function selfTarget(target: Omit<Target, "own">): Target {
  const whole: Omit<Target, "own"> & { own?: Target } = { ...target };
  whole.own = whole as Target; // from here on it has `own`
  return whole as Target;
}

/** `subscriptions` are of one session and at least one. */
function withoutOwn(subscriptions: readonly Subscription[]): Omit<Target, "own"> {
  const [first] = subscriptions;
  if (first === undefined) throw new RangeError("a target needs a subscription");
  const identifiers = subscriptions.map(({ identifier }) => identifier).filter((id) => id > 0);
  return {
    session: first.session,
    qos: Math.max(...subscriptions.map(({ qos }) => qos)) as Qos, // the greatest of some Qos
    retainAsPublished: subscriptions.some((one) => one.retainAsPublished),
    identifiers: identifiers.length === 0 ? NO_IDENTIFIERS : identifiers,
  };
}
