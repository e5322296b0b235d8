/**
 * A PUBLISH of a client: may it pass, then everybody gets it, then the client is told so.
 *
 * Traps: aedes acknowledges QoS 1 before the message is stored (A7), closes MQTT 3 clients whose message is refused,
 * can answer MQTT 5 clients nothing but 0x87, and repeats the question for a repeated QoS 2 message. So QoS 1 and 2
 * are carried out here, and the mark `_notAuthorized` makes aedes leave them alone.
 */
import type { PublishPacket } from "aedes";
import type { BrokerOptions, Verdict } from "../contract.ts";
import { isReservedTopic } from "../topic.ts";
import { type Refusal, refused, verdictOf } from "../verdict.ts";
import type { Connection } from "./connection.ts";
import { type EngineBroker, markAsDone, wantsReasons } from "./internals.ts";
import type { MemoryStore } from "./memory-store.ts";
import { toMessage } from "./messages.ts";

/** Packet types of the acknowledgements, as the first byte of their frames. */
const PUBACK = 0x40;
const PUBREC = 0x50;

/** Where a PUBLISH goes, and who is asked. */
export interface IncomingContext {
  readonly options: BrokerOptions;
  readonly store: MemoryStore;
  readonly broker: EngineBroker;
}

/** Takes a PUBLISH; `done` when the next packet may come. */
export function takePublish(
  connection: Connection,
  packet: PublishPacket,
  context: IncomingContext,
  done: () => void,
): void {
  const { store } = context;
  const { messageId = 0 } = packet;
  const clientId = connection.client.id;
  if (packet.qos === 2 && store.isIncoming(clientId, messageId)) {
    // [MQTT5-4.3.3-10]: a repetition of what was taken already is acknowledged and goes no further
    markAsDone(packet);
    connection.sendBytes(acknowledgement(PUBREC, messageId));
    done();
    return;
  }
  const verdict = judge(connection, packet, context.options);
  if (!verdict.allow) {
    markAsDone(packet);
    refuse(connection, packet, verdict);
    done();
    return;
  }
  if (packet.qos === 0) {
    done(); // aedes publishes it
    return;
  }
  markAsDone(packet);
  if (packet.qos === 2) store.incomingStorePacket({ id: clientId }, { messageId });
  context.broker.publish(packet, connection.client, () => {
    connection.sendBytes(acknowledgement(packet.qos === 1 ? PUBACK : PUBREC, messageId));
    done();
  });
}

/** PUBACK or PUBREC that says yes: the same four bytes in every version of MQTT. [MQTT5-3.4.2-1] */
function acknowledgement(type: number, messageId: number): Uint8Array {
  return Uint8Array.of(type, 2, messageId >> 8, messageId & 0xff);
}

function judge(connection: Connection, packet: PublishPacket, options: BrokerOptions): Verdict {
  const { identity } = connection;
  if (identity === undefined) return refused(0x87, "not connected");
  const { topic } = packet;
  if (isReservedTopic(topic)) return refused(0x90, "$SYS belongs to the server");
  return verdictOf(
    () => options.mayPublish(identity, toMessage(packet)),
    (error) => {
      const { clientId } = identity;
      options.log.error({ error, clientId, topic }, "deciding a PUBLISH failed");
    },
  );
}

/**
 * MQTT 5 is told why [MQTT5-3.4.2-1], in words unless it asked for none [MQTT5-3.1.2-29]; MQTT 3 knows no refusal
 * and gets the ordinary acknowledgement [MQTT311-3.3.5-2]; QoS 0 gets none.
 */
function refuse(connection: Connection, packet: PublishPacket, refusal: Refusal): void {
  const { qos, messageId = 0 } = packet;
  if (qos === 0) return;
  if (connection.protocolVersion !== 5) {
    connection.sendBytes(acknowledgement(qos === 1 ? PUBACK : PUBREC, messageId));
    return;
  }
  const { reasonCode, because } = refusal;
  const wantsWords = wantsReasons(connection.client);
  connection.send({
    cmd: qos === 1 ? "puback" : "pubrec",
    messageId,
    reasonCode,
    ...(wantsWords && { properties: { reasonString: because } }),
  });
}
