/** A session as it is shown to people. */
import type { BrokerClock } from "./clock.ts";
import type { ClientSession, ShownSubscription } from "./contract.ts";
import type { LastEnd } from "./last-ends.ts";
import type { BrokerLimits } from "./limits.ts";
import type { Session } from "./session.ts";

const PROTOCOLS = { 3: "3.1", 4: "3.1.1", 5: "5" } as const;

export function clientSession(
  session: Session,
  { clock, limits }: { readonly clock: BrokerClock; readonly limits: BrokerLimits },
  lastEnd: LastEnd | undefined,
): ClientSession {
  const { client, outgoing, will } = session;
  const { password: _secret, proof: _proof, ...seen } = client ?? NOT_SEEN;
  return {
    ...seen,
    clientId: session.clientId,
    owner: session.owner,
    protocol: PROTOCOLS[session.protocolVersion],
    will: will?.message,
    expirySeconds: session.expirySeconds,
    subscriptions: subscriptionsOf(session),
    queued: outgoing.waiting,
    queuedBytes: outgoing.waitingBytes,
    maxQueued: limits.maxQueuedMessages,
    maxQueuedBytes: limits.maxQueuedBytes,
    inFlight: outgoing.inFlight.size,
    dropped: session.droppedMessages,
    lastEnd,
    lastSentAt: lastSentAt(session, clock),
    ...ofConnection(session, clock),
  };
}

function subscriptionsOf({ subscriptions, outgoing }: Session): readonly ShownSubscription[] {
  const toTopics = Array.from(subscriptions.values(), (subscription) => {
    const { filter, qos, noLocal, retainAsPublished, retainHandling, identifier } = subscription;
    return { filter, qos, options: { noLocal, retainAsPublished, retainHandling, identifier } };
  });
  const streams = outgoing.streams.all().map(({ filter, qos }) => ({ filter, qos }));
  return [...toTopics, ...streams];
}

/** What is said of a client that has not been here since the start of the hub. */
const NOT_SEEN = {
  username: undefined,
  password: undefined,
  proof: undefined,
  address: "unknown",
  clean: false,
  keepAliveSeconds: 0,
  sessionExpirySeconds: 0,
} as const;

function lastSentAt(session: Session, clock: BrokerClock): number | undefined {
  const now = clock.monotonic();
  session.noteSent(session.connection?.sent ?? 0, now);
  const at = session.lastSentAt;
  return at === undefined ? undefined : clock.wall() - (now - at);
}

function ofConnection({ connection, leftAt }: Session, clock: BrokerClock) {
  const since = clock.wall() - (clock.monotonic() - (connection?.openedAt ?? leftAt));
  if (connection === undefined) {
    return {
      isConnected: false,
      since,
      isHeldUp: false,
      outgoingBytes: 0,
      received: 0,
      sent: 0,
      bytesReceived: 0,
      bytesSent: 0,
    };
  }
  const { outbox, isHeldUp, received, sent, bytesReceived } = connection;
  const { waiting: outgoingBytes, bytesSent } = outbox;
  const counted = { received, sent, bytesReceived, bytesSent };
  return { isConnected: true, since, isHeldUp, outgoingBytes, ...counted };
}
