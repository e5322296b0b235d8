/** The library's client in the place of a carrier, and what hears its line. */
import type { ModbusRTU } from "modbus-serial/ModbusRTU.js";
import { ModbusError } from "../errors.ts";
import type { Carrier, CarrierEvents } from "./carrier.ts";
import type { LineWitness } from "./line-witness.ts";
import { why } from "./tcp-carrier.ts";

/** The library's client; it is not a stream of bytes, so nobody writes to it. */
export class LibraryCarrier implements Carrier {
  readonly client: ModbusRTU;
  readonly witness: LineWitness | undefined;
  #isClosing = false;

  constructor(
    client: ModbusRTU,
    witness: LineWitness | undefined,
    { name, events }: { readonly name: string; readonly events: CarrierEvents },
  ) {
    this.client = client;
    this.witness = witness;
    const lost = (reason: string): void => {
      if (!this.#isClosing)
        events.closed(new ModbusError("LINK_LOST", `connection to ${name}: ${reason}`));
    };
    client.on("close", () => lost("closed"));
    client.on("error", (cause) => lost(why(cause)));
  }

  write(): void {
    throw new ModbusError("BAD_REQUEST", "modbus-serial makes its own frames");
  }

  close(): Promise<void> {
    if (this.#isClosing || !this.client.isOpen) return Promise.resolve();
    this.#isClosing = true;
    return new Promise((resolve) => this.client.close(() => resolve()));
  }
}
