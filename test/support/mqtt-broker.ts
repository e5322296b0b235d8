/** A broker on ports of its own, with what it tells the hub collected. */
import { startBroker } from "../../hub/src/broker/broker.ts";
import type {
  Broker,
  BrokerOptions,
  ConnectingClient,
  PublishedMessage,
} from "../../hub/src/broker/contract.ts";
import { Inbox } from "./mqtt-inbox.ts";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface TestBroker extends AsyncDisposable {
  readonly broker: Broker;
  /** The port of plain MQTT. */
  readonly port: number;
  readonly wsPort: number;
  readonly published: Inbox<PublishedMessage>;
  readonly connected: Inbox<ConnectingClient>;
  readonly disconnected: Inbox<ConnectingClient>;
  readonly log: Inbox<LogLine>;
}

export interface TestBrokerOptions extends Partial<BrokerOptions> {
  /** Told of every message of a client, before its subscribers. */
  readonly published?: (message: PublishedMessage) => void;
}

/** Starts a broker that allows everything; `options` replace what a test is about. */
export async function startTestBroker({
  published: tellPublished,
  ...options
}: TestBrokerOptions = {}): Promise<TestBroker> {
  const published = new Inbox<PublishedMessage>();
  const connected = new Inbox<ConnectingClient>();
  const disconnected = new Inbox<ConnectingClient>();
  const log = new Inbox<LogLine>();
  const level = (name: LogLine["level"]) => (fields: object, message: string) =>
    log.push({ level: name, fields: { ...fields }, message });
  const watch = (message: PublishedMessage): undefined => {
    const kept = { ...message, payload: Uint8Array.from(message.payload) };
    published.push(kept);
    tellPublished?.(kept);
  };
  const broker = await startBroker({
    id: "test-hub",
    listeners: [
      { kind: "mqtt", host: "127.0.0.1", port: 0 },
      { kind: "ws", host: "127.0.0.1", port: 0 },
    ],
    log: {
      debug: level("debug"),
      info: level("info"),
      warn: level("warn"),
      error: level("error"),
    },
    mayConnect: () => ({ allow: true }),
    mayPublish: () => ({ allow: true }),
    watcherOf: () => watch,
    connected: connected.push,
    disconnected: disconnected.push,
    ...options,
  });
  return {
    broker,
    port: portOf(broker, "mqtt"),
    wsPort: portOf(broker, "ws"),
    published,
    connected,
    disconnected,
    log,
    [Symbol.asyncDispose]: () => broker.stop(),
  };
}

function portOf({ addresses }: Broker, kind: "mqtt" | "ws"): number {
  return addresses.find((address) => address.kind === kind)?.port ?? 0;
}

export function text(payload: Uint8Array): string {
  return Buffer.from(payload).toString();
}
