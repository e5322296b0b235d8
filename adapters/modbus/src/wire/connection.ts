/** One connection of a link, from open to closed: it ends once, by whomever, and hands the engine over and back. */
import { ModbusError } from "../errors.ts";
import type { Carrier, CarrierEvents, OpenCarrier } from "./carrier.ts";
import type { Engine } from "./engine.ts";

/** A connection that is opened, used by the engine, and closed. Who is told the bytes hears nothing after it has ended. */
export class Connection implements CarrierEvents {
  /** Resolves when it has ended, by whomever. */
  readonly ended: Promise<ModbusError | "idle">;
  readonly #engine: Engine;
  readonly #receive: (bytes: Uint8Array, length: number) => void;
  readonly #resolve: (cause: ModbusError | "idle") => void;
  #carrier: Carrier | undefined;
  #closing: Promise<void> | undefined;
  #hasEnded = false;
  #isAttached = false;

  constructor(engine: Engine, receive: (bytes: Uint8Array, length: number) => void) {
    const { promise, resolve } = Promise.withResolvers<ModbusError | "idle">();
    this.ended = promise;
    this.#resolve = resolve;
    this.#engine = engine;
    this.#receive = receive;
  }

  received(bytes: Uint8Array, length: number): void {
    if (!this.#hasEnded) this.#receive(bytes, length);
  }

  closed(cause: ModbusError): void {
    this.end(cause);
  }

  async open(open: OpenCarrier, signal: AbortSignal): Promise<void> {
    this.#carrier = await open(this, signal);
  }

  attach(readyAt: number): void {
    if (this.#hasEnded || this.#carrier === undefined) return;
    this.#isAttached = true;
    this.#engine.attach(this.#carrier, readyAt);
  }

  /** Ends it at once: every request on the wire is finished before this returns. */
  end(cause: ModbusError | "idle"): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#closing = this.#carrier?.close();
    if (this.#isAttached)
      this.#engine.detach(cause === "idle" ? new ModbusError("LINK_DOWN", "closed, idle") : cause);
    this.#resolve(cause);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#carrier?.close();
    await this.#closing;
  }
}
