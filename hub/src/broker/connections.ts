/** All connections: who is open, and who has to go because of time: no CONNECT, no sign of life, no reading. */
import type { Connection } from "./connection.ts";
import { IN_PROCESS } from "./connection-owner.ts";
import type { BrokerCounters, Counting } from "./counters.ts";
import { Crowd } from "./crowd.ts";
import type { BrokerLimits } from "./limits.ts";
import type { MemoryRoom } from "./memory-room.ts";
import { Reason } from "./reason.ts";

/** So many are looked at in one turn of the event loop. */
const AT_ONCE = 100;

export class Connections {
  readonly #limits: BrokerLimits;
  readonly #room: Pick<MemoryRoom, "outgoingBytes">;
  readonly #counting: Counting;
  readonly #all = new Set<Connection>();
  /** Those that have not sent CONNECT, the oldest first. */
  readonly #silent = new Set<Connection>();
  readonly #waitingForStore = new Set<Connection>();
  readonly #crowd = new Crowd();
  #isSweeping = false;

  /** `room`: what may wait in memory for all of them together. */
  constructor(limits: BrokerLimits, counting: Counting, room: Pick<MemoryRoom, "outgoingBytes">) {
    this.#limits = limits;
    this.#room = room;
    this.#counting = counting;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Those that have sent CONNECT. */
  get clients(): number {
    return this.#all.size - this.#silent.size;
  }

  /** Those that were accepted, by their version of MQTT. */
  byProtocol(): BrokerCounters["clients"] {
    const clients = { "3.1": 0, "3.1.1": 0, "5": 0 };
    for (const { isOpen, client } of this.#all) {
      if (isOpen && client !== undefined) clients[client.protocol] += 1;
    }
    return clients;
  }

  all(): IterableIterator<Connection> {
    return this.#all.values();
  }

  add(connection: Connection): void {
    this.#all.add(connection);
    this.#crowd.moved();
    this.#counting.sockets += 1;
    this.#silent.add(connection);
    if (this.#silent.size > this.#limits.maxConnections) this.#endOldestSilent();
  }

  connectReceived(connection: Connection): void {
    this.#silent.delete(connection);
  }

  delete(connection: Connection): void {
    if (this.#all.delete(connection)) this.#crowd.moved();
    if (connection.client !== undefined) this.#uncount(connection);
    this.#silent.delete(connection);
    this.#waitingForStore.delete(connection);
  }

  #uncount({ address }: Connection): void {
    this.#counting.connected -= 1;
    if (address !== IN_PROCESS) this.#counting.connectedOutside -= 1;
  }

  waitForStore(connection: Connection): void {
    this.#waitingForStore.add(connection);
  }

  /** Those that wait for the store; each must be told, and says so again if it still waits. */
  takeWaiting(): readonly Connection[] {
    const waiting = [...this.#waitingForStore];
    this.#waitingForStore.clear();
    return waiting;
  }

  /**
   * To be called every half a second. Ends what has waited too long. A few in each turn: to look at a thousand takes a millisecond, in which others' messages
   * would wait.
   */
  sweep(now: number): void {
    this.#crowd.look();
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    this.#sweepSome(this.#all.values(), now, 0);
  }

  /** Nobody will sweep any more. */
  stop(): void {
    this.#crowd.end();
  }

  /** `waiting`: bytes that wait for those who were looked at before. */
  #sweepSome(rest: IterableIterator<Connection>, now: number, waiting: number): void {
    let bytes = waiting;
    for (let left = AT_ONCE; left > 0; left -= 1) {
      const { value: connection, done } = rest.next();
      if (done === true) {
        this.#isSweeping = false;
        if (bytes > this.#room.outgoingBytes) this.#endLargest();
        return;
      }
      if (connection.isOpen) this.#sweepOpen(connection, now);
      else this.#sweepNew(connection, now);
      if (connection.isOpen) bytes += waitingBytes(connection);
    }
    setImmediate(() => this.#sweepSome(rest, now, bytes));
  }

  /** When too much waits for all clients together, those for whom most waits go. */
  #endLargest(): void {
    const open = [...this.#all].filter(({ isOpen }) => isOpen);
    let bytes = open.reduce((sum, connection) => sum + waitingBytes(connection), 0);
    for (const connection of open.toSorted((a, b) => waitingBytes(b) - waitingBytes(a))) {
      if (bytes <= this.#room.outgoingBytes) return;
      bytes -= waitingBytes(connection);
      connection.end(Reason.quotaExceeded, "too much waits for all clients, and most for this one");
    }
  }

  /** Sockets that say nothing must not keep others out. */
  #endOldestSilent(): void {
    const [oldest] = this.#silent;
    this.#counting.turnedAway += 1;
    oldest?.end(Reason.serverBusy, "sent no CONNECT while others wanted to come in");
  }

  #sweepNew(connection: Connection, now: number): void {
    const since = Math.max(connection.openedAt, connection.heldBackUntil);
    if (connection.session !== undefined || now - since < this.#limits.connectWithinMs) return;
    this.#counting.turnedAway += 1;
    connection.end(Reason.keepAliveTimeout, "sent no CONNECT in time");
  }

  #sweepOpen(connection: Connection, now: number): void {
    connection.session?.noteSent(connection.sent, now);
    if (connection.isHeldUp) connection.lastHeardAt = now; // it may have sent something that is not read yet
    if (connection.keepAliveMs > 0 && now - connection.lastHeardAt > connection.keepAliveMs) {
      connection.end(
        Reason.keepAliveTimeout,
        "nothing was heard within one and a half times the keep alive",
      ); // [MQTT5-3.1.2-22]
      return;
    }
    const { outbox } = connection;
    if (outbox.waiting > this.#limits.outgoingHardBytes) {
      return connection.end(Reason.quotaExceeded, "too much waits for it: it reads too slowly");
    }
    if (outbox.isBusy && now - connection.lastTakenAt > this.#limits.stalledAfterMs) {
      return connection.end(Reason.quotaExceeded, "it does not read what is sent to it");
    }
    connection.slowSince = connection.sender.hasRoom ? undefined : (connection.slowSince ?? now);
    if (connection.slowSince !== undefined && now - connection.slowSince > this.#limits.slowForMs) {
      connection.end(Reason.quotaExceeded, "it reads too slowly");
    }
  }
}

function waitingBytes({ outbox, session }: Connection): number {
  return outbox.waiting + (session?.outgoing.bytesInMemory ?? 0);
}
