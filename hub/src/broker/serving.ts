/**
 * What follows from what connections say: a frame goes to the part that takes it, an end to all who must know of it.
 * It is made once; each frame of a client passes here, so nothing is made per frame.
 */
import type { ClientBook } from "./client-book.ts";
import type { Connecting } from "./connecting.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionOwner } from "./connection-owner.ts";
import type { Connections } from "./connections.ts";
import type { Counting } from "./counters.ts";
import type { Deliverer } from "./deliverer.ts";
import type { EngineContext } from "./engine-context.ts";
import type { BrokerLimits } from "./limits.ts";
import type { Qos } from "./message.ts";
import { OutboxTurn } from "./outbox.ts";
import type { OwnMessages } from "./own-messages.ts";
import type { PacketIntake } from "./packet-intake.ts";
import { TapRun } from "./packet-tap.ts";
import type { PublishIntake } from "./publish-intake.ts";
import { Reason } from "./reason.ts";
import type { Reports } from "./reports.ts";
import { TopicRoom } from "./routing/known-topics.ts";
import type { Sessions } from "./sessions.ts";
import { Unfinished } from "./unfinished.ts";
import type { Violation } from "./violation.ts";
import { BufferPool } from "./wire/buffer-pool.ts";
import type { ReceivedFrame } from "./wire/packet-check.ts";

export interface ServingParts {
  readonly context: EngineContext;
  readonly connections: Connections;
  readonly connecting: Connecting;
  readonly publishes: PublishIntake;
  readonly packets: PacketIntake;
  readonly deliverer: Deliverer;
  readonly own: OwnMessages;
  readonly sessions: Sessions;
  readonly clients: ClientBook;
  readonly reports: Reports;
  readonly isStopping: () => boolean;
}

export class Serving implements ConnectionOwner {
  readonly limits: BrokerLimits;
  readonly turn = new OutboxTurn(new BufferPool());
  readonly unfinished: Unfinished;
  readonly topicRoom: TopicRoom;
  readonly monotonic: () => number;
  readonly #parts: ServingParts;
  readonly #counting: Counting;
  readonly #publishes: PublishIntake;
  readonly #deliverer: Deliverer;
  readonly #own: OwnMessages;
  readonly #tap: TapRun | undefined;

  constructor(parts: ServingParts) {
    const { limits, monotonic, counting, options } = parts.context;
    this.limits = limits;
    this.monotonic = monotonic;
    this.unfinished = new Unfinished(limits.maxUnfinishedBytes);
    this.topicRoom = new TopicRoom(limits.maxKnownTopicBytes);
    this.#parts = parts;
    this.#counting = counting;
    this.#publishes = parts.publishes;
    this.#deliverer = parts.deliverer;
    this.#own = parts.own;
    this.#tap = options.tap && new TapRun(options.tap);
  }

  countReceived(bytes: number): void {
    this.#counting.bytesReceived += bytes;
  }

  countSent(qos: Qos, messages: number, payloadBytes: number): void {
    this.#counting.sent[qos] += messages;
    this.#counting.payloadBytesSent += payloadBytes;
  }

  connectReceived(connection: Connection, frame: ReceivedFrame): void {
    this.#counting.otherPacketsReceived += 1;
    this.#parts.connections.connectReceived(connection);
    this.#tap?.connect(connection, frame);
    this.#parts.connecting.begin(connection, frame);
  }

  publishReceived(connection: Connection, frame: ReceivedFrame): void {
    this.#tap?.note(connection, frame);
    const violation = this.#publishes.take(connection, frame);
    if (violation !== undefined) this.violated(connection, violation);
    this.#own.publishAfterwards();
  }

  packetReceived(connection: Connection, frame: ReceivedFrame): void {
    this.#counting.otherPacketsReceived += 1;
    this.#deliverer.lane.flush();
    this.#tap?.note(connection, frame);
    const { session } = connection;
    if (session === undefined) return;
    const violation = this.#parts.packets.take(connection, session, frame);
    if (violation !== undefined) this.violated(connection, violation);
  }

  pieceEnded(): void {
    this.#tap?.flush();
    this.#deliverer.lane.flush();
  }

  waitsForStore(connection: Connection): void {
    this.#parts.connections.waitForStore(connection);
  }

  violated(connection: Connection, violation: Violation): void {
    this.#deliverer.lane.flush();
    this.#parts.reports.violated(connection, violation);
    connection.end(violation.reasonCode, violation.because);
  }

  failed(connection: Connection, error: unknown): void {
    this.#parts.reports.failed(connection, error);
    connection.end(Reason.unspecifiedError, "the server failed");
  }

  throttled(connection: Connection): void {
    this.#parts.reports.throttled(connection);
  }

  slow(connection: Connection): void {
    this.#parts.reports.slow(connection);
  }

  ending(connection: Connection, reasonCode: number, because: string): void {
    this.#parts.reports.ending(connection, reasonCode, because);
  }

  ended(connection: Connection): void {
    this.#deliverer.lane.flush();
    this.#tap?.ended(connection);
    this.#parts.connections.delete(connection);
    const { session } = connection;
    if (session === undefined) return;
    if (session.claimedBy === connection) session.claimedBy = undefined;
    const wasOpen = session.connection === connection;
    const { client, endedBy } = connection;
    if (client !== undefined) this.#parts.clients.ended(client, endedBy);
    if (!wasOpen && session.claimedBy !== undefined) return;
    const { options } = this.#parts.context;
    if (this.#parts.isStopping() && options.storage !== undefined) {
      session.connection = undefined; // the store goes on saying that it is connected
      session.outgoing.streams.clear();
    } else this.#parts.sessions.left(session, connection);
    if (!wasOpen || client === undefined) return;
    this.#parts.reports.ended(connection);
    options.disconnected?.(client, endedBy);
  }
}
