/** What happens to every packet of an open connection that is not a PUBLISH. */
import type { IDisconnectPacket, Packet } from "mqtt-packet";
import { NOTHING_STORED } from "./ack-order.ts";
import type { Connection } from "./connection.ts";
import type { EngineContext } from "./engine-context.ts";
import { Reason } from "./reason.ts";
import type { Session } from "./session.ts";
import type { Subscribing } from "./subscribing.ts";
import { protocolError, type Violation } from "./violation.ts";
import { frameFault, PacketType, type ReceivedFrame } from "./wire/packet-check.ts";
import { readPacket } from "./wire/packets.ts";

const PINGRESP = Buffer.from([0xd0, 0]);

/** An acknowledgement of two bytes, as nearly all are, in which nothing can be wrong. */
function isShortAck({ bytes, start, body, end }: ReceivedFrame): boolean {
  const first = bytes[start] ?? 0;
  const isAck = first === 0x40 || first === 0x50 || first === 0x62 || first === 0x70;
  return isAck && end - body === 2 && (bytes[body] !== 0 || bytes[body + 1] !== 0);
}

export class PacketIntake {
  readonly #context: EngineContext;
  readonly #subscribing: Subscribing;
  /** Each filter that is too many is refused, in answer to the packet; beyond this the packet is not read at all. */
  readonly #maxFilters: number;

  constructor(context: EngineContext, subscribing: Subscribing) {
    this.#context = context;
    this.#subscribing = subscribing;
    this.#maxFilters = 10 * context.limits.maxFiltersPerSubscribe;
  }

  /** Answers what is wrong if the connection must be ended for it. */
  take(connection: Connection, session: Session, frame: ReceivedFrame): Violation | undefined {
    const { bytes, start, body, end } = frame;
    const type = (bytes[start] ?? 0) >> 4;
    const fault = isShortAck(frame)
      ? undefined
      : frameFault(frame, connection.version, this.#maxFilters);
    if (fault !== undefined) return fault;
    if (type >= PacketType.puback && type <= PacketType.pubcomp) {
      const reasonCode = end > body + 2 ? (bytes[body + 2] ?? 0) : 0;
      return this.#acknowledged(connection, session, {
        type,
        packetId: bytes.readUInt16BE(body),
        reasonCode,
      });
    }
    if (type === PacketType.pingreq) {
      connection.write(PINGRESP); // [MQTT5-3.12.4-1] [MQTT311-3.12.4-1]
      return undefined;
    }
    if (type === PacketType.auth)
      return protocolError("AUTH without an authentication method in CONNECT"); // [MQTT5-4.12.0-6]
    const packet = readPacket(bytes.subarray(start, end), connection.version);
    return "cmd" in packet ? this.#read(connection, session, packet) : packet;
  }

  #read(connection: Connection, session: Session, packet: Packet): Violation | undefined {
    if (packet.cmd === "subscribe") return this.#subscribing.subscribe(connection, session, packet);
    if (packet.cmd === "unsubscribe") {
      this.#subscribing.unsubscribe(connection, session, packet);
      return undefined;
    }
    if (packet.cmd === "disconnect") return this.#disconnect(connection, session, packet);
    return protocolError(`a client may not send ${packet.cmd} now`);
  }

  #acknowledged(
    connection: Connection,
    session: Session,
    ack: { readonly type: number; readonly packetId: number; readonly reasonCode: number },
  ): undefined {
    const { type, packetId, reasonCode } = ack;
    switch (type) {
      case PacketType.puback:
        session.outgoing.acknowledged(packetId);
        return;
      case PacketType.pubrec:
        if (reasonCode >= 0x80) session.outgoing.acknowledged(packetId); // [MQTT5-4.4.0-2] [MQTT5-4.8.2-6]
        else this.#pubrec(connection, session, packetId);
        return;
      case PacketType.pubrel:
        this.#pubrel(connection, session, packetId);
        return;
      default:
        session.outgoing.acknowledged(packetId); // PUBCOMP
    }
  }

  /** PUBREL leaves when it is durable that the message must not be sent again. [MQTT5-4.3.3-4] [MQTT311-4.3.3-1] [MQTT5-2.2.1-5] [MQTT311-2.3.1-6] */
  #pubrec(connection: Connection, session: Session, packetId: number): void {
    const { store } = this.#context;
    const isKnown = session.outgoing.received(packetId);
    const reasonCode = isKnown ? Reason.success : Reason.packetIdentifierNotFound;
    const mustBeStored = isKnown && session.isPersistent;
    connection.acks.add(store, mustBeStored ? store.hurry() : NOTHING_STORED, {
      kind: "pubrel",
      packetId,
      reasonCode,
    });
  }

  /**
   * PUBCOMP leaves when it is durable that the packet identifier is free, whether the message has expired meanwhile or not.
   * [MQTT5-4.3.3-11] [MQTT5-4.3.3-12] [MQTT5-4.3.3-13] [MQTT311-4.3.3-2]
   */
  #pubrel(connection: Connection, session: Session, packetId: number): void {
    const { store } = this.#context;
    const isKnown = session.incoming.delete(packetId);
    const mustBeStored = isKnown && session.isPersistent;
    if (mustBeStored) store.deleteIncoming(session.clientId, packetId);
    const reasonCode = isKnown ? Reason.success : Reason.packetIdentifierNotFound;
    connection.acks.add(store, mustBeStored ? store.hurry() : NOTHING_STORED, {
      kind: "pubcomp",
      packetId,
      reasonCode,
    });
  }

  /** [MQTT5-3.14.4-3] [MQTT311-3.14.4-3] */
  #disconnect(
    connection: Connection,
    session: Session,
    packet: IDisconnectPacket,
  ): Violation | undefined {
    const expirySeconds = packet.properties?.sessionExpiryInterval;
    if (expirySeconds !== undefined) {
      // [MQTT5-3.14.2-2]
      if (expirySeconds > 0 && session.expirySeconds === 0) {
        return protocolError(
          "a session that was to end with its connection cannot be made to last by DISCONNECT",
        );
      }
      session.expirySeconds = Math.min(expirySeconds, this.#context.limits.maxSessionExpirySeconds);
    }
    connection.endedBy = { by: "client", reasonCode: packet.reasonCode ?? Reason.success };
    connection.close();
    return undefined;
  }
}
