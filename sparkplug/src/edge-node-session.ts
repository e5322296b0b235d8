/**
 * An edge node on the network: connects with the Will of its next session, subscribes, waits for its primary host if it
 * has one, births, and starts again when the connection goes. With several servers it is on one at a time and walks to
 * the next when the host is not there.
 */
import { PrimaryHost, type HostVerdict } from "./edge-node-primary.ts";
import { EdgeNode } from "./edge-node.ts";
import type { EdgeNodeSessionOptions, EdgeSessionState } from "./edge-node-session-options.ts";
import { Reconnecting } from "./session-backoff.ts";
import type { Cancel } from "./session-clock.ts";
import { connectRequest, DISCONNECT_WITH_WILL, type Connection } from "./transport-connector.ts";
import type { SparkplugMessage } from "./transport.ts";

const KEEP_ALIVE_SECONDS = 30;
const HOST_TIMEOUT_MS = 30_000;
const GOODBYE_MS = 500;

/**
 * An edge node that connects by itself: tell `node` what devices say, at any time, and `start`.
 * It owns its connection; `stop` closes it.
 */
export class EdgeNodeSession {
  /** Takes `born`, `changed` and `died`. */
  readonly node: EdgeNode;
  readonly #options: EdgeNodeSessionOptions;
  readonly #host: PrimaryHost | undefined;
  readonly #reconnecting: Reconnecting;
  #state: EdgeSessionState = { kind: "stopped" };
  #connection: Connection | undefined;
  #cancel: Cancel | undefined;
  #serverIndex = 0;
  /** What the host's STATE said before SUBACK came: retained messages may overtake it. */
  #early: HostVerdict = "ignored";
  #stopping: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  /** @throws {SparkplugError} ID_ILLEGAL when an id cannot stand in a topic. */
  constructor(options: EdgeNodeSessionOptions) {
    this.#options = options;
    const { primaryHostId } = options;
    this.#reconnecting = new Reconnecting(options);
    const unreadable = (topic: string, because: string): void => options.onRefused(topic, because);
    this.#host =
      primaryHostId === undefined ? undefined : new PrimaryHost(primaryHostId, unreadable);
    const transport = {
      publish: (message: SparkplugMessage) => this.#connection?.publish(message),
      canTake: () => this.#connection?.canTake?.() ?? true,
    };
    this.node = new EdgeNode({ ...options, transport });
  }

  get state(): EdgeSessionState {
    return this.#state;
  }

  /** Connects, and goes on doing so until `stop`. */
  start(): void {
    if (this.#state.kind === "stopped") this.#connect();
  }

  /** Deaths, DISCONNECT, close. Resolves when the connection is gone. Twice does no harm. */
  async stop(): Promise<void> {
    if (this.#state.kind === "stopped") return;
    if (this.#stopping === undefined) {
      this.node.leave();
      if (this.#connection === undefined) return this.#toStopped();
      this.#stopping = Promise.withResolvers();
      this.#close();
    }
    await this.#stopping.promise;
  }

  /** The address of the server whose turn it is. */
  get #server(): string {
    const { servers } = this.#options;
    return servers[this.#serverIndex % servers.length] ?? servers[0];
  }

  /**
   * One connection, one Will. [tck-id-message-flow-edge-node-birth-publish-will-message]
   * [tck-id-operational-behavior-primary-application-state-with-multiple-servers-single-server]
   */
  #connect(): void {
    const { connector, clientId, mqttVersion = "5" } = this.#options;
    const keepAliveSeconds = this.#options.keepAliveSeconds ?? KEEP_ALIVE_SECONDS;
    const server = this.#server;
    this.#early = "ignored";
    this.#enter({ kind: "connecting", server });
    const client = { clientId, mqttVersion, keepAliveSeconds };
    const connection: Connection = connector(
      server,
      connectRequest(client, this.node.beginSession()),
      {
        opened: () => connection.subscribe([...this.node.filters, ...(this.#host?.filters ?? [])]),
        subscribed: () => this.#subscribed(server),
        received: (topic, payload) => this.#received(server, topic, payload),
        drained: () => this.node.drained(),
        closed: (because) => this.#closed(because),
      },
    );
    this.#connection = connection;
  }

  /** [tck-id-message-flow-edge-node-birth-publish-phid-wait] [tck-id-operational-behavior-edge-node-birth-sequence-wait] */
  #subscribed(server: string): void {
    if (this.#state.kind !== "connecting") return;
    if (this.#host === undefined || this.#early === "online") return this.#beBorn(server);
    this.#enter({ kind: "waitingForHost", server });
    if (this.#early === "offline" && this.#options.servers.length > 1) return this.#hostAway();
    this.#cancel = this.#options.clock.after(this.#options.hostTimeoutMs ?? HOST_TIMEOUT_MS, () =>
      this.#hostAway(),
    );
  }

  #received(server: string, topic: string, payload: Uint8Array): void {
    const { kind } = this.#state;
    if (kind === "closing" || kind === "stopped") return;
    const verdict = this.#host?.judge(server, topic, payload) ?? "ignored";
    if (verdict !== "ignored" && kind === "connecting") this.#early = verdict;
    else if (verdict === "online" && kind === "waitingForHost") this.#beBorn(server);
    else if (verdict === "offline") this.#hostAway();
    if (this.#host?.filters.includes(topic) !== true) this.node.received(topic, payload);
  }

  /**
   * The host is not at this server. Born: NDEATH, disconnect, next server. Not born: the same without NDEATH, but with
   * one server there is nowhere to go. [tck-id-message-flow-edge-node-birth-publish-phid-offline]
   * [tck-id-operational-behavior-edge-node-termination-host-offline]
   * [tck-id-operational-behavior-edge-node-termination-host-offline-reconnect]
   * [tck-id-operational-behavior-primary-application-state-with-multiple-servers-walk]
   */
  #hostAway(): void {
    const { kind } = this.#state;
    if (kind !== "born" && (kind !== "waitingForHost" || this.#options.servers.length === 1))
      return;
    this.#serverIndex += 1;
    this.node.endSession();
    this.#close();
  }

  #beBorn(server: string): void {
    this.#cancel?.();
    this.#reconnecting.succeeded();
    this.#enter({ kind: "born", server });
    this.node.sessionOpened();
  }

  /**
   * NDEATH, if there was to be one, is taken already.
   * [tck-id-payloads-ndeath-will-message-publisher-disconnect-mqtt311]
   * [tck-id-payloads-ndeath-will-message-publisher-disconnect-mqtt50]
   * [tck-id-operational-behavior-edge-node-intentional-disconnect-packet]
   */
  #close(): void {
    this.#cancel?.();
    this.#enter({ kind: "closing", server: this.#server });
    this.#cancel = this.#options.clock.after(GOODBYE_MS, () => this.#connection?.cut());
    this.#connection?.close(DISCONNECT_WITH_WILL);
  }

  /** A server that could not be reached at all gives way to the next. */
  #closed(because: string): void {
    this.#cancel?.();
    this.#connection = undefined;
    this.node.sessionLost();
    if (this.#stopping !== undefined) return this.#toStopped();
    if (this.#state.kind === "connecting") this.#serverIndex += 1;
    this.#enter({ kind: "pausing", because });
    this.#cancel = this.#reconnecting.failed(() => this.#connect());
  }

  #toStopped(): void {
    this.#cancel?.();
    this.#enter({ kind: "stopped" });
    this.#stopping?.resolve();
    this.#stopping = undefined;
  }

  #enter(state: EdgeSessionState): void {
    this.#state = state;
    this.#options.onState?.(state);
  }
}
