/** A copy of the store's file while it is written to, seen from the main thread. One at a time. */
import { BrokerError } from "../errors.ts";
import type { FromWriter } from "./writer-messages.ts";
import type { WriterThread } from "./writer-thread.ts";

export class Copying {
  #copy: PromiseWithResolvers<void> | undefined;

  /**
   * Everything that was told to the writer before is in the copy.
   * @throws {BrokerError} STORE_UNREADABLE, STORE_CLOSED
   */
  async copy(thread: WriterThread | undefined, to: string): Promise<void> {
    if (this.#copy !== undefined)
      throw new BrokerError("STORE_UNREADABLE", "the store is being copied already");
    if (thread === undefined) throw new BrokerError("STORE_CLOSED", "the store has no writer");
    this.#copy = Promise.withResolvers();
    thread.tell({ kind: "copy", to });
    await this.#copy.promise;
  }

  ended({ because }: Pick<Extract<FromWriter, { kind: "copied" }>, "because">): void {
    const copy = this.#copy;
    this.#copy = undefined;
    if (because === undefined) copy?.resolve();
    else copy?.reject(new BrokerError("STORE_UNREADABLE", `no copy of the store: ${because}`));
  }
}
