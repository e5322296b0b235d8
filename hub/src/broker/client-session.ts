/** A session as it is shown to people. */
import type { BrokerClock } from "./clock.ts";
import type { ClientSession } from "./contract.ts";
import type { Session } from "./session.ts";

const PROTOCOLS = { 3: "3.1", 4: "3.1.1", 5: "5" } as const;

export function clientSession(session: Session, clock: BrokerClock): ClientSession {
  const { client, connection, outgoing, will } = session;
  const connectedSince = connection && clock.wall() - (clock.monotonic() - connection.openedAt);
  return {
    clientId: session.clientId,
    username: client?.username,
    address: connection?.address ?? client?.address ?? "unknown",
    protocol: PROTOCOLS[session.protocolVersion],
    clean: client?.clean ?? false,
    keepAliveSeconds: client?.keepAliveSeconds ?? 0,
    will: will?.message,
    isConnected: connection !== undefined,
    since: connectedSince ?? session.disconnectedAtWall,
    expirySeconds: session.expirySeconds,
    subscriptions: [...session.subscriptions.values()].map(({ filter, qos }) => ({ filter, qos })),
    queued: outgoing.waiting,
    inFlight: outgoing.inFlight.size,
    outgoingBytes: connection?.outbox.waiting ?? 0,
    received: connection?.received ?? 0,
    sent: connection?.sent ?? 0,
    dropped: session.droppedMessages,
  };
}
