/**
 * Before a message is written for a client: is there room, and with which QoS?
 *
 * Trap A8: nobody waits for a client that does not read, so something must bound what waits for it. QoS 0 is dropped
 * and counted; QoS 1 and 2 go on up to twice the bound, then the client is ended, and a stored session keeps them.
 */
import type { Logger } from "@unshub/adapter";
import { matchesFilter } from "../topic.ts";
import type { Connection } from "./connection.ts";
import type { RoutedPacket } from "./internals.ts";

/** The bound, and who is told what it costs. */
export interface OutgoingContext {
  readonly maxOutgoingBytes: number;
  readonly log: Logger;
  /** Told of each QoS 0 message that was dropped. */
  readonly dropped: () => void;
}

/** The message to write, or `null` for none. */
export function allowForward(
  connection: Connection,
  packet: RoutedPacket,
  context: OutgoingContext,
): RoutedPacket | null {
  const waiting = connection.stream.outgoingBytes;
  if (waiting <= context.maxOutgoingBytes) {
    if (connection.slowDrops > 0 && waiting === 0) recovered(connection, context.log);
    return isRetainedCopy(packet) ? { ...packet, qos: grantedQos(connection, packet) } : packet;
  }
  if (packet.qos === 0) {
    drop(connection, context);
    return null;
  }
  endIfStuck(connection, context);
  return packet; // of an ended connection nothing is written; the session still holds the message
}

/** Ends a client for which more than twice the bound waits: acknowledgements and QoS 1 it never reads. */
export function endIfStuck(
  connection: Connection,
  { maxOutgoingBytes, log }: OutgoingContext,
): void {
  const waiting = connection.stream.outgoingBytes;
  if (waiting <= 2 * maxOutgoingBytes || connection.isEnding) return;
  log.warn(
    { clientId: connection.client.id, address: connection.address, waiting },
    "a client does not read what is sent to it; its connection was ended",
  );
  connection.end(0x97, "too much waits to be read"); // Quota exceeded
}

function drop(connection: Connection, { log, dropped }: OutgoingContext): void {
  dropped();
  if (connection.slowDrops === 0) {
    log.warn(
      { clientId: connection.client.id, address: connection.address },
      "a client reads too slowly; QoS 0 messages for it are dropped",
    );
  }
  connection.slowDrops += 1;
}

function recovered(connection: Connection, log: Logger): void {
  const { client, address, slowDrops } = connection;
  log.info({ clientId: client.id, address, dropped: slowDrops }, "a slow client keeps up again");
  connection.slowDrops = 0;
}

/** Retained messages sent on SUBSCRIBE come past the router, and aedes marks them so. */
function isRetainedCopy(packet: RoutedPacket): boolean {
  return packet.brokerId === null && packet.qos > 0;
}

/** The highest QoS this client was granted for the topic, at most that of the message. [MQTT5-3.8.4-8] */
function grantedQos({ client }: Connection, { topic, qos }: RoutedPacket): 0 | 1 | 2 {
  let granted: 0 | 1 | 2 = 0;
  for (const [filter, subscription] of Object.entries(client.subscriptions)) {
    if (subscription.qos > granted && matchesFilter(filter, topic)) granted = subscription.qos;
  }
  return granted < qos ? granted : qos;
}
