/** Asking those who watch messages. One that throws is a bug of ours: it is logged, and the message passes. */
import type { Logger } from "@unshub/adapter";
import type { PublishedMessage, Watched, Watcher } from "./contract.ts";

export class Watching {
  readonly #log: Logger;
  #isBusy = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Whether somebody is being asked at this moment. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  ask(watcher: Watcher, message: PublishedMessage): Watched {
    const wasBusy = this.#isBusy; // a watcher may end a client whose Will is watched too
    this.#isBusy = true;
    try {
      return watcher(message);
    } catch (error) {
      this.#log.error({ topic: message.topic, error }, "a message could not be watched");
      return undefined;
    } finally {
      this.#isBusy = wasBusy;
    }
  }
}
