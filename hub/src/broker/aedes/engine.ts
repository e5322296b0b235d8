/**
 * The MQTT engine: aedes with what it needs around it to be safe.
 * Each trap of aedes is cured in a file of its own beside this one; here they are put together.
 * Nothing of aedes shows outside this folder.
 */
import { randomUUID } from "node:crypto";
import type { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { Aedes, type Client } from "aedes";
import type { BrokerCounters, BrokerOptions, ClientSession, MqttMessage } from "../contract.ts";
import { BrokerError } from "../errors.ts";
import { MalformedLog, type MalformedReport } from "../malformed.ts";
import type { BrokerTiming } from "../timing.ts";
import { isTopicName } from "../topic.ts";
import { ClientIds } from "./client-ids.ts";
import { Connection } from "./connection.ts";
import { aedesOptions } from "./hooks.ts";
import { type EngineBroker, inside, insideClient, type RoutedPacket } from "./internals.ts";
import { MemoryStore } from "./memory-store.ts";
import { MessageRouter } from "./message-router.ts";
import { toMessage } from "./messages.ts";
import { endIfStuck, type OutgoingContext } from "./outgoing.ts";
import { guardPackets } from "./packet-gate.ts";
import { ListenerOwners, noDuplicates } from "./subscription-table.ts";
import { dueAtOnce } from "./will.ts";

const DEFAULT_MAX_OUTGOING_BYTES = 16 * 1024 * 1024;
/** Births of large Sparkplug nodes have megabytes. */
const DEFAULT_MAX_PACKET_BYTES = 8 * 1024 * 1024;

/** How long `stop` waits for messages that are on their way to subscribers. */
const LAST_DELIVERIES_MS = 500;

type Counters = { -readonly [Name in keyof BrokerCounters]: BrokerCounters[Name] };

/** Takes connections and carries their messages. Opens no port; `stop` ends all that it was given. */
export class Engine {
  readonly #counters: Counters = { received: 0, droppedSlow: 0, malformed: 0 };
  readonly #options: BrokerOptions;
  readonly #timing: BrokerTiming;
  readonly maxPacketBytes: number;
  readonly #store: MemoryStore;
  readonly #owners = new ListenerOwners();
  readonly #connections = new WeakMap<object, Connection>();
  readonly #open = new Set<Connection>();
  readonly #malformedLog: MalformedLog;
  readonly #outgoing: OutgoingContext;
  readonly #engineId = randomUUID();
  readonly #router: MessageRouter;
  readonly #aedes: Aedes;
  readonly #broker: EngineBroker;
  #stopping: Promise<void> | undefined;

  private constructor(options: BrokerOptions, timing: BrokerTiming) {
    this.#options = options;
    this.#timing = timing;
    this.maxPacketBytes = options.maxPacketBytes ?? DEFAULT_MAX_PACKET_BYTES;
    this.#store = new MemoryStore(options.log);
    this.#malformedLog = new MalformedLog(options.log, () => options.now());
    this.#outgoing = {
      maxOutgoingBytes: options.maxOutgoingBytes ?? DEFAULT_MAX_OUTGOING_BYTES,
      log: options.log,
      dropped: () => {
        this.#counters.droppedSlow += 1;
      },
    };
    this.#router = this.#makeRouter();
    this.#aedes = this.#makeAedes();
    this.#broker = inside(this.#aedes);
  }

  static async start(options: BrokerOptions, timing: BrokerTiming): Promise<Engine> {
    const engine = new Engine(options, timing);
    engine.#watch();
    // Trap A1: aedes looks up client ids in plain objects, and one CONNECT of `constructor` or `__proto__` ends the process.
    engine.#broker.clients = Object.create(null);
    engine.#broker.brokers = Object.create(null);
    await engine.#aedes.listen();
    return engine;
  }

  get counters(): BrokerCounters {
    return this.#counters;
  }

  /** Serves a client on this stream and closes it in the end. */
  take(raw: Duplex, address: string): void {
    if (this.#stopping !== undefined) {
      raw.destroy();
      return;
    }
    const connection = new Connection(raw, {
      address,
      maxPacketBytes: this.maxPacketBytes,
      timing: this.#timing,
      handle: (stream) => insideClient(this.#aedes.handle(stream)),
      violated: ({ client, stream }, violation) => {
        const clientId = client.id ?? undefined;
        this.reportMalformed({ address, clientId, violation, head: stream.head });
      },
      timedOut: ({ client }, because) => {
        this.#options.log.info(
          { clientId: client.id, address, because },
          "a client was disconnected",
        );
      },
      ended: (ended) => this.#ended(ended),
    });
    const { client } = connection;
    this.#connections.set(client, connection);
    this.#open.add(connection);
    client.subscriptions = this.#owners.tableFor(client);
    client.duplicates = noDuplicates();
    guardPackets(connection, () => endIfStuck(connection, this.#outgoing));
  }

  /** Counts and logs bytes that are not MQTT; also those that never became a connection. */
  reportMalformed(report: MalformedReport): void {
    this.#counters.malformed += 1;
    this.#malformedLog.report(report);
  }

  /** Publishes a message of the hub. */
  async publish({ topic, payload, qos, retain }: MqttMessage): Promise<void> {
    if (this.#stopping !== undefined) {
      throw new BrokerError("STOPPED", `publish "${topic}": the MQTT server is stopped`);
    }
    if (!isTopicName(topic)) {
      throw new BrokerError("TOPIC_INVALID", `publish "${topic}": not a legal topic name`);
    }
    const bytes = Buffer.from(payload); // a copy: the caller may use its array again
    const packet = { cmd: "publish", dup: false, topic, payload: bytes, qos, retain };
    await new Promise<void>((resolve, reject) => {
      this.#broker.publish(packet, null, (error) => (error ? reject(error) : resolve()));
    });
  }

  sessions(): readonly ClientSession[] {
    return [...this.#open].flatMap((connection) => connection.session() ?? []);
  }

  /** Ends all connections; resolves when their Wills are published. */
  stop(): Promise<void> {
    this.#stopping ??= this.#endAll();
    return this.#stopping;
  }

  async #endAll(): Promise<void> {
    await this.#router.delivered(LAST_DELIVERIES_MS);
    const connections = [...this.#open];
    for (const connection of connections) {
      dueAtOnce(connection.client);
      connection.end(0x8b, "the server is shutting down"); // [MQTT5-3.14.4-1]
    }
    await Promise.all(connections.map(({ ended }) => ended));
    await new Promise<void>((resolve) => this.#aedes.close(resolve));
  }

  #makeRouter(): MessageRouter {
    return new MessageRouter({
      housekeepingPrefix: `$SYS/${this.#engineId}/`,
      ownerOf: (listener) => this.#owners.of(listener),
      passing: (packet) => this.#passing(packet),
      failed: (error, topic) => {
        this.#options.log.error({ error, topic }, "a subscriber could not be given a message");
      },
    });
  }

  #makeAedes(): Aedes {
    return new Aedes(
      aedesOptions({
        options: this.#options,
        engineId: this.#engineId,
        maxPacketBytes: this.maxPacketBytes,
        store: this.#store,
        router: this.#router,
        clientIds: new ClientIds(),
        outgoing: this.#outgoing,
        broker: () => this.#broker,
        connectionOf: (client) => this.#connectionOf(client),
      }),
    );
  }

  #watch(): void {
    const { log } = this.#options;
    this.#aedes.on("connackSent", ({ reasonCode = 0, returnCode = 0 }, client) => {
      if (reasonCode === 0 && returnCode === 0) this.#connected(this.#connectionOf(client));
    });
    this.#aedes.on("client", (client) => {
      // Trap A9: a connection that closed while its CONNECT was handled stays in aedes' table.
      if (client.closed) this.#broker.deleteClient(client.id);
    });
    this.#aedes.on("keepaliveTimeout", ({ id }) => {
      log.info({ clientId: id }, "a client was silent for longer than its keep-alive allows");
    });
    this.#aedes.on("clientError", ({ id }, { message }) => {
      log.debug({ clientId: id, because: message }, "a connection ended with an error");
    });
    const events: EventEmitter = this.#aedes; // aedes' types do not name this event
    events.on("error", (error: Error) => log.error({ error }, "the MQTT engine reports an error"));
  }

  #connectionOf(client: Client): Connection {
    const connection = this.#connections.get(client);
    if (connection === undefined) throw new Error("a client of the engine without a connection");
    return connection;
  }

  #connected(connection: Connection): void {
    const { identity } = connection;
    if (identity === undefined || connection.isEnding) return;
    connection.connectedAt = this.#options.now();
    this.#tell("connected", () => this.#options.connected?.(identity));
    connection.stream.release();
  }

  #ended(connection: Connection): void {
    const { client, identity, connectedAt } = connection;
    this.#open.delete(connection);
    if (identity === undefined || connectedAt === undefined) return;
    // Trap A5: what aedes keeps of QoS 2 outlives a session that ended with its connection.
    if (client.sessionExpiryInterval === 0) this.#store.cleanSubscriptions(client);
    this.#tell("disconnected", () => this.#options.disconnected?.(identity));
  }

  #passing(packet: RoutedPacket): void {
    this.#counters.received += 1;
    const receivedAt = this.#options.now();
    const { clientId } = packet;
    this.#tell("published", () =>
      this.#options.published({ ...toMessage(packet), clientId, receivedAt }),
    );
  }

  /** Tells the rest of the hub. A bug there is reported and costs no client its connection. */
  #tell(what: string, tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#options.log.error(
        { error, what },
        "the hub failed to take what the MQTT server told it",
      );
    }
  }
}
