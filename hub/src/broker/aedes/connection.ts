/** One client's connection: its stream, aedes' client on top of it, who it is, and how it ends. */
import type { Duplex } from "node:stream";
import { generate, type Packet } from "mqtt-packet";
import { ClientStream } from "../client-stream.ts";
import type { ClientSession, ConnectingClient } from "../contract.ts";
import type { BrokerTiming } from "../timing.ts";
import type { Violation } from "../violation.ts";
import type { EngineClient } from "./internals.ts";

/** What a connection needs, and who is told of it. */
export interface ConnectionOptions {
  /** `host:port` of the other side, or `"in-process"`. */
  readonly address: string;
  readonly maxPacketBytes: number;
  readonly timing: BrokerTiming;
  /** Makes aedes' client for the stream. */
  handle(stream: ClientStream): EngineClient;
  /** Told of what was wrong before the connection is ended for it. */
  violated(connection: Connection, violation: Violation): void;
  timedOut(connection: Connection, because: string): void;
  /** Told once when it is closed and its Will, if it was due, has been published. */
  ended(connection: Connection): void;
}

/** A connection from its first byte to its last; in between a client with a session. */
export class Connection {
  readonly address: string;
  readonly stream: ClientStream;
  readonly client: EngineClient;
  /** Resolves when `ConnectionOptions.ended` was told. */
  readonly ended: Promise<void>;
  /** Who it is; set by CONNECT. */
  identity: ConnectingClient | undefined;
  protocolVersion: 3 | 4 | 5 = 4;
  /** The client id we gave it, when it brought none. */
  assignedClientId: string | undefined;
  /** Milliseconds since 1970 UTC of its CONNACK; until then it is not shown to anybody. */
  connectedAt: number | undefined;
  /** QoS 0 messages dropped since it stopped reading; 0 while it reads. */
  slowDrops = 0;
  readonly #options: ConnectionOptions;
  #isEnding = false;

  constructor(raw: Duplex, options: ConnectionOptions) {
    this.address = options.address;
    this.#options = options;
    this.stream = new ClientStream(raw, {
      maxPacketBytes: options.maxPacketBytes,
      ...options.timing,
      onViolation: (violation) => this.violate(violation),
      onTimeout: (because) => {
        options.timedOut(this, because);
        this.end(0x97, because); // Quota exceeded: the nearest there is
      },
    });
    this.client = options.handle(this.stream);
    this.ended = new Promise((resolve) => {
      this.stream.once("close", () => this.#closed(resolve));
    });
  }

  get isEnding(): boolean {
    return this.#isEnding || this.stream.destroyed;
  }

  /** How it is shown to the rest of the hub, from CONNACK on. */
  session(): ClientSession | undefined {
    if (this.identity === undefined || this.connectedAt === undefined) return undefined;
    const { password: _secret, ...identity } = this.identity;
    const subscriptions = Object.entries(this.client.subscriptions).map(([filter, { qos }]) => ({
      filter,
      qos,
    }));
    return { ...identity, connectedAt: this.connectedAt, subscriptions };
  }

  send(packet: Packet): void {
    this.sendBytes(generate(packet, { protocolVersion: this.protocolVersion }));
  }

  sendBytes(bytes: Uint8Array): void {
    if (!this.stream.destroyed) this.stream.write(bytes);
  }

  /** Refuses a CONNECT: its CONNACK is the last that is sent. [MQTT5-3.2.2-7] */
  refuse(connack: Uint8Array): void {
    this.sendBytes(connack);
    this.#isEnding = true;
    this.stream.destroy();
  }

  /** Ends it for something it sent. */
  violate(violation: Violation): void {
    if (this.isEnding) return;
    this.#options.violated(this, violation);
    this.end(violation.reasonCode, violation.because);
  }

  /**
   * Ends it from our side: MQTT 5 clients are told why [MQTT5-4.13.1-1], and the Will is published, since the client
   * did not take leave [MQTT5-3.1.2-8].
   */
  end(reasonCode: number, because: string): void {
    if (this.isEnding) return;
    this.#isEnding = true;
    if (this.protocolVersion === 5 && this.connectedAt !== undefined) {
      this.send({ cmd: "disconnect", reasonCode, properties: { reasonString: because } });
    }
    this.client.close();
  }

  /** The stream is closed, from whichever side. aedes' client ends at once, and with it goes the Will. */
  #closed(resolve: () => void): void {
    this.client.close(() => {
      this.#options.ended(this);
      resolve();
    });
  }
}
