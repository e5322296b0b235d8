/** The address bar as the Namespace page keeps it. Where the person is outlives ids, which end with their epoch. */
import { type PageAddress, readAddress, writeAddress } from "./path.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";

export interface AddressBarWorld {
  /** The query string of the address bar. */
  readonly readSearch: () => string;
  readonly replaceSearch: (search: string) => void;
  readonly timer: StartTimer;
}

const WRITE_AFTER_MS = 200;

export class AddressBar {
  readonly #world: AddressBarWorld;
  #address: PageAddress;
  #cancelWrite = nothingToStop;

  constructor(world: AddressBarWorld) {
    this.#world = world;
    this.#address = readAddress(world.readSearch());
  }

  get(): PageAddress {
    return this.#address;
  }

  /** Where the person goes; written when he has stood still for a moment. */
  moveTo(change: Partial<PageAddress>): void {
    this.#address = { ...this.#address, ...change };
    this.#cancelWrite();
    this.#cancelWrite = this.#world.timer(WRITE_AFTER_MS, () => {
      this.#world.replaceSearch(writeAddress(this.#world.readSearch(), this.#address));
    });
  }

  /** Somebody went back, or typed. */
  read(): void {
    this.#address = readAddress(this.#world.readSearch());
  }

  stop(): void {
    this.#cancelWrite();
  }
}
