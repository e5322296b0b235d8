/**
 * MQTT.js as a `Connector`. The library is handed in, so that it is no dependency of ours: any version 5 will do.
 * Each connection is a client of its own with its own Will, and none of them reconnects by itself: MQTT.js would send
 * the old Will again, with a `bdSeq` that is spent.
 */
import type {
  Connection,
  ConnectionListener,
  Connector,
  ConnectRequest,
} from "./transport-connector.ts";
import type { SparkplugMessage } from "./transport.ts";

/** What may wait unsent in the client before `canTake` says no, in bytes. */
const UNSENT_LIMIT_BYTES = 1 << 20;
const CONNECT_TIMEOUT_MS = 10_000;

/** The options of a connection as MQTT.js names them. `Bytes`: its own kind of bytes, `Buffer` in Node. */
export interface MqttJsOptions<Bytes> {
  readonly clientId: string;
  readonly protocolVersion: 4 | 5;
  readonly clean: boolean;
  readonly keepalive: number;
  readonly reconnectPeriod: 0;
  readonly connectTimeout: number;
  readonly queueQoSZero: boolean;
  readonly properties?: { readonly sessionExpiryInterval: number };
  readonly will: {
    readonly topic: string;
    readonly payload: Bytes;
    readonly qos: 0 | 1;
    readonly retain: boolean;
  };
}

/** The part of a client of MQTT.js that is used here. */
export interface MqttJsClient<Bytes> {
  on(event: "connect", listener: () => void): unknown;
  on(event: "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "message", listener: (topic: string, payload: Uint8Array) => void): unknown;
  publish(
    topic: string,
    payload: Bytes,
    options: { qos: 0 | 1; retain: boolean },
    done: () => void,
  ): unknown;
  subscribe(
    filters: string[],
    options: { qos: 0 | 1 },
    done: (error: Error | null, granted?: { qos: number }[]) => void,
  ): unknown;
  end(force: boolean, options: { reasonCode?: number }, done?: () => void): unknown;
}

export interface MqttJs<Bytes> {
  /** `mqtt.connect`, or anything that opens a client. */
  connect(server: string, options: MqttJsOptions<Bytes>): MqttJsClient<Bytes>;
  /** Our bytes as MQTT.js takes them: `Buffer.from` in Node. */
  bytes(payload: Uint8Array): Bytes;
}

/**
 * @example
 * import mqtt from "mqtt";
 * const connector = mqttJs({ connect: mqtt.connect, bytes: (payload) => Buffer.from(payload) });
 */
export function mqttJs<Bytes>(mqtt: MqttJs<Bytes>): Connector {
  return (server, request, listener) => {
    const client = mqtt.connect(server, clientOptions(mqtt, request));
    return new MqttJsConnection(mqtt, client, listener);
  };
}

/** [tck-id-principles-persistence-clean-session-311] [tck-id-principles-persistence-clean-session-50] */
function clientOptions<Bytes>(mqtt: MqttJs<Bytes>, request: ConnectRequest): MqttJsOptions<Bytes> {
  const { clientId, cleanStart, keepAliveSeconds, sessionExpirySeconds, will } = request;
  const common = {
    clientId,
    clean: cleanStart,
    keepalive: keepAliveSeconds,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    queueQoSZero: false,
    will: {
      topic: will.topic,
      payload: mqtt.bytes(will.payload),
      qos: will.qos,
      retain: will.retain,
    },
  } as const;
  if (request.mqttVersion === "3.1.1") return { ...common, protocolVersion: 4 };
  const properties = { sessionExpiryInterval: sessionExpirySeconds };
  return { ...common, protocolVersion: 5, properties };
}

class MqttJsConnection<Bytes> implements Connection {
  readonly #mqtt: MqttJs<Bytes>;
  readonly #client: MqttJsClient<Bytes>;
  readonly #listener: ConnectionListener;
  #unsentBytes = 0;
  #isClosed = false;
  #because = "the connection was closed";

  constructor(mqtt: MqttJs<Bytes>, client: MqttJsClient<Bytes>, listener: ConnectionListener) {
    this.#mqtt = mqtt;
    this.#client = client;
    this.#listener = listener;
    client.on("connect", () => listener.opened());
    client.on("message", (topic, payload) => listener.received(topic, plainBytes(payload)));
    client.on("error", (error) => {
      this.#because = error.message;
    });
    client.on("close", () => this.#closed());
  }

  canTake(): boolean {
    return !this.#isClosed && this.#unsentBytes < UNSENT_LIMIT_BYTES;
  }

  publish({ topic, payload, qos, retain }: SparkplugMessage): void {
    const size = payload.length;
    this.#unsentBytes += size;
    this.#client.publish(topic, this.#mqtt.bytes(payload), { qos, retain }, () => {
      const wasFull = !this.canTake();
      this.#unsentBytes -= size;
      if (wasFull && this.canTake()) this.#listener.drained();
    });
  }

  /** A server that grants less than QoS 1 cannot carry Sparkplug. */
  subscribe(filters: readonly string[]): void {
    this.#client.subscribe([...filters], { qos: 1 }, (error, granted = []) => {
      if (this.#isClosed) return;
      const isRefused = granted.some(({ qos }) => qos !== 1);
      if (error === null && !isRefused) return this.#listener.subscribed();
      this.#because = error?.message ?? "the server refused a subscription";
      this.cut();
    });
  }

  /** MQTT.js waits for what is unacknowledged, then sends DISCONNECT. */
  close(reasonCode: number): void {
    this.#client.end(false, { reasonCode });
  }

  cut(): void {
    this.#client.end(true, {});
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.closed(this.#because);
  }
}

/** A copy that is nobody's buffer. */
function plainBytes(payload: Uint8Array): Uint8Array {
  return new Uint8Array(payload);
}
