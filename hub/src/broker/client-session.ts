/** A session as it is shown to people. */
import type { BrokerClock } from "./clock.ts";
import type { ClientSession } from "./contract.ts";
import type { LastEnd } from "./last-ends.ts";
import type { Session } from "./session.ts";

const PROTOCOLS = { 3: "3.1", 4: "3.1.1", 5: "5" } as const;

export function clientSession(
  session: Session,
  clock: BrokerClock,
  lastEnd: LastEnd | undefined,
): ClientSession {
  const { client, outgoing, will } = session;
  const { password: _secret, ...seen } = client ?? NOT_SEEN;
  return {
    ...seen,
    clientId: session.clientId,
    owner: session.owner,
    protocol: PROTOCOLS[session.protocolVersion],
    will: will?.message,
    expirySeconds: session.expirySeconds,
    subscriptions: [...session.subscriptions.values(), ...outgoing.streams.all()].map(
      ({ filter, qos }) => ({ filter, qos }),
    ),
    queued: outgoing.waiting,
    inFlight: outgoing.inFlight.size,
    dropped: session.droppedMessages,
    lastEnd,
    ...ofConnection(session, clock),
  };
}

/** What is said of a client that has not been here since the start of the hub. */
const NOT_SEEN = {
  username: undefined,
  password: undefined,
  address: "unknown",
  clean: false,
  keepAliveSeconds: 0,
  sessionExpirySeconds: 0,
} as const;

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
    };
  }
  const { outbox, isHeldUp, received, sent } = connection;
  return { isConnected: true, since, isHeldUp, outgoingBytes: outbox.waiting, received, sent };
}
