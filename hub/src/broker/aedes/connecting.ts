/** CONNECT: who it is, whether it may come in, and what is set right before aedes goes on. */
import { randomUUID } from "node:crypto";
import type { ConnectPacket } from "aedes";
import { refusal } from "../connack.ts";
import type { BrokerOptions, ConnectingClient } from "../contract.ts";
import { isReservedTopic, isTopicName } from "../topic.ts";
import { type Refusal, refused, verdictOf } from "../verdict.ts";
import type { ClientIds } from "./client-ids.ts";
import type { Connection } from "./connection.ts";
import { isCleanStart, tellAssignedId } from "./internals.ts";
import { toBytes, toMessage } from "./messages.ts";

const PROTOCOLS = { 3: "3.1", 4: "3.1.1", 5: "5" } as const;

/**
 * Decides a CONNECT. `proceed` is called when the client may come in and nobody else holds its id any more; it is
 * never called for a client that was refused.
 */
export function decideConnect(
  connection: Connection,
  packet: ConnectPacket,
  { options, clientIds, proceed }: ConnectContext,
): void {
  const { protocolVersion = 4, clean = false } = packet;
  connection.protocolVersion = protocolVersion;
  const isAnonymousId = packet.clientId === "";
  // [MQTT5-3.1.3-6] [MQTT5-3.2.2-16]: the id we give is told in CONNACK, see `beforeSession`
  if (isAnonymousId && (protocolVersion === 5 || clean)) packet.clientId = `unshub-${randomUUID()}`;
  const identity = identityOf(packet, connection.address);
  const verdict =
    connectProblem(packet) ??
    verdictOf(
      () => options.mayConnect(identity),
      (error) => {
        options.log.error({ error, clientId: identity.clientId }, "deciding a CONNECT failed");
      },
    );
  if (!verdict.allow) {
    const { reasonCode, because } = verdict;
    options.log.info(
      { clientId: identity.clientId, address: identity.address, reasonCode, because },
      "a client was refused",
    );
    connection.refuse(refusal(protocolVersion, reasonCode, because));
    return;
  }
  connection.identity = identity;
  if (isAnonymousId) connection.assignedClientId = identity.clientId;
  clientIds.claim(identity.clientId, connection, proceed);
}

/** What a CONNECT is decided with. */
export interface ConnectContext {
  readonly options: BrokerOptions;
  readonly clientIds: ClientIds;
  readonly proceed: () => void;
}

/** Runs after aedes has read CONNECT into its client and before it looks for a session. */
export function beforeSession(connection: Connection): void {
  const { client } = connection;
  tellAssignedId(client, connection.assignedClientId);
  // Trap A12: aedes throws away the queue of a session that is resumed with Session Expiry 0.
  // The session still ends when this connection does [MQTT5-3.1.2-23].
  if (connection.protocolVersion === 5 && !isCleanStart(client)) client.clean = false;
}

function identityOf(packet: ConnectPacket, address: string): ConnectingClient {
  const {
    clientId,
    username,
    password,
    protocolVersion = 4,
    clean = false,
    keepalive = 0,
  } = packet;
  return {
    clientId,
    username,
    password: password === undefined ? undefined : toBytes(password),
    address,
    protocol: PROTOCOLS[protocolVersion],
    clean,
    keepAliveSeconds: keepalive,
    will: packet.will === undefined ? undefined : toMessage(packet.will),
  };
}

/** What MQTT itself forbids in a CONNECT that could be parsed. */
function connectProblem(packet: ConnectPacket): Refusal | undefined {
  const { clientId, will, properties } = packet;
  if (clientId === "") return refused(0x85, "an empty client id needs a clean session"); // [MQTT311-3.1.3-8]
  if (properties?.authenticationMethod !== undefined) {
    return refused(0x8c, "enhanced authentication is not offered here"); // [MQTT5-4.12.0-1]
  }
  if (properties?.receiveMaximum === 0) return refused(0x82, "Receive Maximum is 0");
  if (will === undefined) return undefined;
  if (!isTopicName(will.topic) || isReservedTopic(will.topic)) {
    return refused(0x90, `the Will's topic ${JSON.stringify(will.topic)} may not be published`);
  }
  return undefined;
}
