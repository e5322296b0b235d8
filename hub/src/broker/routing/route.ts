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
  /** The shared subscription whose member it is here, as its filter is written. */
  readonly share: string | undefined;
  /** What this receiver gets of its own messages: `undefined` when No Local forbids all. [MQTT5-3.8.3-3] */
  readonly own: Target | undefined;
}

/** Receivers that are the same for many topics are one object, so that neighbouring messages can be sent as one piece. */
export interface ReceiverSet {
  readonly targets: readonly Target[];
}

/** A shared subscription, and those of its members that may get messages on the topic. */
export interface SharedRoute {
  readonly group: SharedGroup;
  readonly members: readonly Subscription[];
}

export interface Route {
  /** The state of all subscriptions for which this holds. */
  readonly version: number;
  readonly receivers: ReceiverSet;
  readonly shared: readonly SharedRoute[];
  /** Whether some receiver's session outlives its connection, so that QoS 1 and 2 must be stored. */
  readonly hasPersistent: boolean;
}

/** Joins the subscriptions of each session. */
export function targetsOf(subscriptions: readonly Subscription[]): Target[] {
  if (subscriptions.length < 2) return subscriptions.map((one) => joined([one]));
  const bySession = new Map<Session, Subscription[]>();
  for (const subscription of subscriptions) {
    const before = bySession.get(subscription.session);
    if (before === undefined) bySession.set(subscription.session, [subscription]);
    else before.push(subscription);
  }
  return [...bySession.values()].map((own) => joined(own));
}

function joined(subscriptions: readonly Subscription[]): Target {
  const target = targetOf(subscriptions);
  const foreign = subscriptions.filter(({ noLocal }) => !noLocal);
  if (foreign.length === subscriptions.length) return target;
  return { ...target, own: foreign.length === 0 ? undefined : targetOf(foreign) };
}

type MadeTarget = { -readonly [Name in keyof Target]: Target[Name] };

const NO_IDENTIFIERS: readonly number[] = [];

/** `subscriptions` are of one session and at least one. Its own messages are to it like any other. */
function targetOf(subscriptions: readonly Subscription[]): Target {
  const [first] = subscriptions;
  if (first === undefined) throw new RangeError("a target needs a subscription");
  const identifiers = subscriptions.map(({ identifier }) => identifier).filter((id) => id > 0);
  const target: MadeTarget = {
    session: first.session,
    qos: subscriptions.reduce<Qos>((qos, one) => (one.qos > qos ? one.qos : qos), 0),
    retainAsPublished: subscriptions.some((one) => one.retainAsPublished),
    identifiers: identifiers.length === 0 ? NO_IDENTIFIERS : identifiers,
    share: first.isShared ? first.filter : undefined,
    own: undefined,
  };
  target.own = target;
  return target;
}
