import type { StoreFile } from "./store-file.ts";

/** Removes what ended sessions left behind, in steps between other work. */
export class Sweeping {
  readonly #file: StoreFile;
  #next: NodeJS.Immediate | undefined;

  constructor(file: StoreFile) {
    this.#file = file;
  }

  schedule(): void {
    this.#next ??= setImmediate(() => {
      this.#next = undefined;
      if (this.#file.sweep()) this.schedule();
    });
  }

  stop(): void {
    clearImmediate(this.#next);
  }
}
