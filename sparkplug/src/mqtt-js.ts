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

/**
 * The options of a connection as MQTT.js names them. `Bytes`: what its types call a payload, `string | Buffer`. Its code
 * takes any `Uint8Array`, in Node and in a browser, and we hand over nothing else: there is no `Buffer` in this room.
 */
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

/** MQTT.js itself, as far as it is used here. */
export interface MqttJs<Bytes> {
  /** Opens a client at once. */
  connect(server: string, options: MqttJsOptions<Bytes>): MqttJsClient<Bytes>;
}

/**
 * A `Connector` that opens its connections with MQTT.js 5. Servers are its URLs: `mqtt://`, `mqtts://`, `ws://`,
 * `wss://`; in a browser the last two only.
 *
 * @example
 * import mqtt from "mqtt";
 * const connector = mqttJs(mqtt);
 * // With a user, a password, certificates:
 * const secured = mqttJs({ connect: (server, options) => mqtt.connect(server, { ...options, username, password }) });
 */
export function mqttJs<Bytes>(mqtt: MqttJs<Bytes>): Connector {
  return (server, request, listener) => {
    try {
      return new MqttJsConnection(mqtt.connect(server, clientOptions(request)), listener);
    } catch (cause) {
      // An address that MQTT.js does not understand.
      return neverOpened(listener, cause instanceof Error ? cause.message : String(cause));
    }
  };
}

const NO_CONNECTION: Connection = {
  canTake: () => false,
  publish: () => undefined,
  subscribe: () => undefined,
  close: () => undefined,
  cut: () => undefined,
};

/** A connection that never came to be, and says so once the `Connector` has returned. */
function neverOpened(listener: ConnectionListener, because: string): Connection {
  void Promise.resolve().then(() => listener.closed(because));
  return NO_CONNECTION;
}

/** [tck-id-principles-persistence-clean-session-311] [tck-id-principles-persistence-clean-session-50] */
function clientOptions<Bytes>(request: ConnectRequest): MqttJsOptions<Bytes> {
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
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see `MqttJsOptions`
      payload: will.payload as Bytes,
      qos: will.qos,
      retain: will.retain,
    },
  } as const;
  if (request.mqttVersion === "3.1.1") return { ...common, protocolVersion: 4 };
  const properties = { sessionExpiryInterval: sessionExpirySeconds };
  return { ...common, protocolVersion: 5, properties };
}

class MqttJsConnection<Bytes> implements Connection {
  readonly #client: MqttJsClient<Bytes>;
  readonly #listener: ConnectionListener;
  #unsentBytes = 0;
  #isClosed = false;
  #because = "the connection was closed";

  constructor(client: MqttJsClient<Bytes>, listener: ConnectionListener) {
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
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see `MqttJsOptions`
    this.#client.publish(topic, payload as Bytes, { qos, retain }, () => {
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
