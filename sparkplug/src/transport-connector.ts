/**
 * What `EdgeNodeSession` and `HostSession` need of an MQTT client: one call that opens one connection.
 * Each connection is opened afresh, because each CONNECT needs a Will of its own; the client must never reconnect by
 * itself. `mqtt-js.ts` makes one of these from MQTT.js.
 */
import type { SparkplugMessage, Transport } from "./transport.ts";

/** The versions of MQTT that the standard knows. */
export type MqttVersion = "3.1.1" | "5";

/** What stands in the CONNECT packet. */
export interface ConnectRequest {
  readonly clientId: string;
  readonly will: SparkplugMessage;
  readonly mqttVersion: MqttVersion;
  /** Clean Session of MQTT 3.1.1, Clean Start of MQTT 5. */
  readonly cleanStart: true;
  /** MQTT 5 only; 0 may also be left out of the packet. */
  readonly sessionExpirySeconds: 0;
  readonly keepAliveSeconds: number;
}

/** What a connection tells. Nothing is told before `Connector` has returned, and nothing after `closed`. */
export interface ConnectionListener {
  /** CONNACK with success. */
  opened(): void;
  /** SUBACK: all filters of the last `subscribe` are granted at QoS 1. A refusal closes the connection instead. */
  subscribed(): void;
  received(topic: string, payload: Uint8Array): void;
  /** `canTake` is true again. */
  drained(): void;
  /** The connection is gone, or never came to be. Told exactly once. */
  closed(because: string): void;
}

/** One MQTT connection, from CONNECT to its end. */
export interface Connection extends Transport {
  /** Subscribes at QoS 1. */
  subscribe(filters: readonly string[]): void;
  /** Sends what was taken, then DISCONNECT with this reason code (MQTT 5; 3.1.1 knows none), then closes. */
  close(reasonCode: number): void;
  /** Closes at once without DISCONNECT: the server publishes the Will. */
  cut(): void;
}

/** Opens one connection to `server`. Does not throw: what fails is told by `closed`. */
export type Connector = (
  server: string,
  request: ConnectRequest,
  listener: ConnectionListener,
) => Connection;

/** MQTT 5: a DISCONNECT that lets the server publish the Will all the same. */
export const DISCONNECT_WITH_WILL = 0x04;

/** The rules for CONNECT that hold for edge nodes and hosts alike. */
export function connectRequest(
  client: Pick<ConnectRequest, "clientId" | "mqttVersion" | "keepAliveSeconds">,
  will: SparkplugMessage,
): ConnectRequest {
  const { clientId, mqttVersion, keepAliveSeconds } = client;
  return {
    clientId,
    mqttVersion,
    keepAliveSeconds,
    will,
    // [tck-id-principles-persistence-clean-session-311] [tck-id-principles-persistence-clean-session-50]
    // [tck-id-message-flow-phid-sparkplug-clean-session-311] [tck-id-message-flow-phid-sparkplug-clean-session-50]
    cleanStart: true,
    sessionExpirySeconds: 0,
  };
}
