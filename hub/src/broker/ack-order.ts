/**
 * The acknowledgements of one connection, in the order of what they acknowledge: each leaves when what it promises is
 * durable, and none before those ahead of it. [MQTT5-4.6.0-2] [MQTT5-4.6.0-3] [MQTT311-4.6.0-2] [MQTT311-4.6.0-3]
 */
import type { Connection } from "./connection.ts";
import { Reason } from "./reason.ts";
import type { AckKind } from "./sender.ts";
import type { Store } from "./store/store.ts";

export interface Ack {
  readonly kind: AckKind;
  readonly packetId: number;
  readonly reasonCode?: number;
  readonly because?: string;
}

interface Waiting {
  /** Whether it is PUBACK, which takes room of the Receive Maximum until it leaves. */
  readonly isPuback: boolean;
  /** The batch of the store that must be settled first. */
  readonly batch: number;
  /** Told whether the batch was lost. */
  readonly send: (hasFailed: boolean) => void;
}

export class AckOrder {
  readonly #connection: Connection;
  readonly #onWaiting: () => void;
  readonly #waiting: Waiting[] = [];

  /** `onWaiting` is told when `settled` must be called later. */
  constructor(connection: Connection, onWaiting: () => void) {
    this.#connection = connection;
    this.#onWaiting = onWaiting;
  }

  /** Acknowledgements that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** QoS 1 messages whose acknowledgement waits. */
  get pubacks(): number {
    return this.#waiting.reduce((count, { isPuback }) => count + (isPuback ? 1 : 0), 0);
  }

  /** Sends this acknowledgement once `batch` of the store is settled; at once when it is and nothing waits. */
  add(store: Store, batch: number, ack: Ack): void {
    if (this.#waiting.length === 0 && batch <= store.settledBatch) return this.#send(ack, false);
    const isPuback = ack.kind === "puback";
    this.#wait({ batch, isPuback, send: (hasFailed) => this.#send(ack, hasFailed) });
  }

  /** As `add`, for anything else that promises something. */
  call(store: Store, batch: number, send: (hasFailed: boolean) => void): void {
    if (this.#waiting.length === 0 && batch <= store.settledBatch) return send(false);
    this.#wait({ batch, isPuback: false, send });
  }

  #wait(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#onWaiting();
  }

  /** More of the store is settled. */
  settled(store: Store): void {
    let sent = 0;
    for (const { batch, send } of this.#waiting) {
      if (batch > store.settledBatch) break;
      send(store.hasFailed(batch));
      sent += 1;
    }
    this.#waiting.splice(0, sent);
  }

  #send({ kind, packetId, reasonCode, because }: Ack, hasFailed: boolean): void {
    if (!hasFailed) return this.#connection.sender.ack(kind, packetId, reasonCode, because);
    if (this.#connection.isVersion5) {
      return this.#connection.sender.ack(
        kind,
        packetId,
        Reason.quotaExceeded,
        "the server could not store the message",
      );
    }
    // MQTT 3 has no word for it: without an acknowledgement the client sends it again after it has come back.
    this.#connection.end(Reason.quotaExceeded, "the server could not store the message");
  }
}
