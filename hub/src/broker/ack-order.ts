/**
 * The acknowledgements of one connection, in the order of what they acknowledge: each leaves when what it promises is
 * durable, and none before those ahead of it. [MQTT5-4.6.0-2] [MQTT5-4.6.0-3] [MQTT311-4.6.0-2] [MQTT311-4.6.0-3]
 */
import type { Connection } from "./connection.ts";
import { Reason } from "./reason.ts";
import type { AckKind } from "./sender.ts";
import type { Session } from "./session.ts";
import type { Store } from "./store/store.ts";

export interface Ack {
  readonly kind: AckKind;
  readonly packetId: number;
  readonly reasonCode?: number;
  readonly because?: string;
}

/** The batch of what promises nothing that must be stored. */
export const NOTHING_STORED = 0;

interface Waiting {
  /** The batch of the store that must be settled first. */
  readonly batch: number;
  /** Told whether the batch was lost. */
  readonly send: (hasFailed: boolean) => void;
}

export class AckOrder {
  readonly #connection: Connection;
  readonly #onWaiting: () => void;
  readonly #waiting: Waiting[] = [];
  #pubacks = 0;

  /** `onWaiting` is told when `settled` must be called later. */
  constructor(connection: Connection, onWaiting: () => void) {
    this.#connection = connection;
    this.#onWaiting = onWaiting;
  }

  /** Acknowledgements that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** PUBACKs that wait. */
  get pubacks(): number {
    return this.#pubacks;
  }

  /** Sends this acknowledgement once `batch` of the store is settled; at once when it is and nothing waits. */
  add(store: Store, batch: number, ack: Ack): void {
    const { kind } = ack;
    const isLost = (): boolean =>
      kind === "pubrel" || kind === "pubcomp"
        ? store.hasFailedToRemove(batch)
        : store.hasFailed(batch);
    if (this.isOpen(store, batch)) return this.#send(ack, batch, isLost());
    if (kind === "puback") this.#pubacks += 1;
    const send = (): void => {
      if (kind === "puback") this.#pubacks -= 1;
      this.#send(ack, batch, isLost());
    };
    this.#wait({ batch, send });
  }

  /** Whether an acknowledgement for `batch` may leave at once. */
  isOpen(store: Store, batch: number): boolean {
    return this.#waiting.length === 0 && batch <= store.settledBatch;
  }

  /** As `add`, for anything else that promises something. */
  call(store: Store, batch: number, send: (hasFailed: boolean) => void): void {
    if (this.isOpen(store, batch)) return send(store.hasFailed(batch));
    this.#wait({ batch, send });
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

  #send({ kind, packetId, reasonCode, because }: Ack, batch: number, isLost: boolean): void {
    if (!isLost) return this.#connection.sender.ack(kind, packetId, reasonCode, because);
    if (kind === "pubrec") forgetIncoming(this.#connection.session, packetId, batch);
    if (this.#connection.isVersion5 && (kind === "puback" || kind === "pubrec")) {
      return this.#connection.sender.ack(
        kind,
        packetId,
        Reason.quotaExceeded,
        "the server could not store the message",
      );
    }
    // MQTT 3 has no word for it, and neither have PUBREL and PUBCOMP: the client asks again after it has come back.
    this.#connection.end(Reason.quotaExceeded, "the server could not store the message");
  }
}

/** The message was lost, so that one with the same packet identifier is a new one. */
function forgetIncoming(session: Session | undefined, packetId: number, batch: number): void {
  if (session?.incoming.get(packetId) === batch) session.incoming.delete(packetId);
}
