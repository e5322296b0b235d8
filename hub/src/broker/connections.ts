/** All connections: who is open, and who has to go because of time: no CONNECT, no sign of life, no reading. */
import type { Connection } from "./connection.ts";
import type { Counting } from "./counters.ts";
import type { BrokerLimits } from "./limits.ts";
import { Reason } from "./reason.ts";

export class Connections {
  readonly #limits: BrokerLimits;
  readonly #counting: Counting;
  readonly #all = new Set<Connection>();
  readonly #waitingForStore = new Set<Connection>();

  constructor(limits: BrokerLimits, counting: Counting) {
    this.#limits = limits;
    this.#counting = counting;
  }

  get size(): number {
    return this.#all.size;
  }

  all(): IterableIterator<Connection> {
    return this.#all.values();
  }

  add(connection: Connection): void {
    this.#all.add(connection);
    this.#counting.connectionsMaximum = Math.max(this.#counting.connectionsMaximum, this.#all.size);
  }

  delete(connection: Connection): void {
    this.#all.delete(connection);
    this.#waitingForStore.delete(connection);
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

  /** Ends what has waited too long. */
  sweep(now: number): void {
    for (const connection of this.#all) {
      if (connection.isOpen) this.#sweepOpen(connection, now);
      else this.#sweepNew(connection, now);
    }
  }

  #sweepNew(connection: Connection, now: number): void {
    if (
      connection.session !== undefined ||
      now - connection.openedAt < this.#limits.connectWithinMs
    )
      return;
    this.#counting.turnedAway += 1;
    connection.end(Reason.keepAliveTimeout, "sent no CONNECT in time");
  }

  #sweepOpen(connection: Connection, now: number): void {
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
