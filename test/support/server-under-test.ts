/**
 * The MQTT server that the conformance suite speaks to: the hub's own, or any that listens already.
 *
 * MQTT_SUITE_URL     mqtt://host:port of another server; the hub's is not started then
 * MQTT_SUITE_WS_URL  ws://host:port of that server; without it the WebSocket tests are skipped
 * MQTT_SUITE_FORBIDS 1 when that server refuses publishing to `forbidden/#`; without it those tests are skipped
 */
import { setTimeout as timePasses } from "node:timers/promises";
import { startBroker, type Verdict } from "../../hub/src/broker/index.ts";
import type { Host } from "./mqtt-wire-client.ts";
import { SILENT_LOG } from "./silent-log.ts";

const URL_OF_ANOTHER = process.env["MQTT_SUITE_URL"];
const WS_URL_OF_ANOTHER = process.env["MQTT_SUITE_WS_URL"];

/** True for another server than the hub's: what only the hub promises is not asked of it. */
export const IS_FOREIGN = URL_OF_ANOTHER !== undefined;

export interface ServerUnderTest extends AsyncDisposable {
  readonly tcp: Host;
  /** undefined when the server has no WebSocket port. */
  readonly ws: Host | undefined;
  /** Lets the time pass for the server: another one has to wait for it really, the hub's clock is pushed forward. */
  passSeconds(seconds: number): Promise<void>;
}

export interface ServerOptions {
  /** Largest packet it takes, in bytes. */
  readonly maxPacketBytes?: number;
}

/** Topics and client identifiers that begin with it are refused by the hub's server: 0x87 and 0x85. */
export const FORBIDDEN = "forbidden";

export async function startServerUnderTest(limits: ServerOptions = {}): Promise<ServerUnderTest> {
  if (URL_OF_ANOTHER !== undefined) return another(URL_OF_ANOTHER);
  const clock = new HastyClock();
  const escaped = new EscapedExceptions();
  const broker = await startBroker({
    id: "suite",
    listeners: [
      { kind: "mqtt", host: "127.0.0.1", port: 0 },
      { kind: "ws", host: "127.0.0.1", port: 0 },
    ],
    log: SILENT_LOG,
    clock,
    limits,
    mayConnect: ({ clientId }) => verdict(clientId, 0x85),
    mayPublish: (_client, topic) => verdict(topic, 0x87),
  });
  const hostOf = (kind: "mqtt" | "ws"): Host | undefined =>
    broker.addresses.find((address) => address.kind === kind);
  return {
    tcp: hostOf("mqtt") ?? { host: "127.0.0.1", port: 0 },
    ws: hostOf("ws"),
    passSeconds: (seconds) => clock.pass(seconds * 1000),
    [Symbol.asyncDispose]: async () => {
      await broker.stop();
      escaped.assertNone();
    },
  };
}

/** Exceptions that nobody caught: they would have ended the hub. The test runner alone survives them. */
class EscapedExceptions {
  readonly #errors: Error[] = [];
  readonly #note = (error: Error): void => {
    this.#errors.push(error);
  };

  constructor() {
    process.on("uncaughtExceptionMonitor", this.#note);
  }

  assertNone(): void {
    process.off("uncaughtExceptionMonitor", this.#note);
    const [first] = this.#errors;
    if (first !== undefined) throw new Error("the hub would have ended", { cause: first });
  }
}

function verdict(name: string, reasonCode: number): Verdict {
  if (!name.startsWith(FORBIDDEN)) return { allow: true };
  return { allow: false, reasonCode, because: `the suite forbids ${name}` };
}

function another(url: string): ServerUnderTest {
  return {
    tcp: hostIn(url),
    ws: WS_URL_OF_ANOTHER === undefined ? undefined : hostIn(WS_URL_OF_ANOTHER),
    passSeconds: (seconds) => timePasses(seconds * 1000),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function hostIn(url: string): Host {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** Time as it passes, which a test can push forward. */
class HastyClock {
  #aheadMs = 0;
  readonly #running = new Set<() => void>();

  wall(): number {
    return Date.now() + this.#aheadMs;
  }

  monotonic(): number {
    return performance.now() + this.#aheadMs;
  }

  every(ms: number, run: () => void): () => void {
    const timer = setInterval(run, ms);
    this.#running.add(run);
    return () => {
      clearInterval(timer);
      this.#running.delete(run);
    };
  }

  /** Everything that is due by then has happened when this resolves. */
  async pass(ms: number): Promise<void> {
    this.#aheadMs += ms;
    for (const run of this.#running) run();
    await Promise.resolve();
  }
}
