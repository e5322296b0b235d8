/**
 * Lets a recorder see what comes from clients. Packets that lie behind each other in one read buffer are shown as one run
 * of bytes: of a busy publisher some hundred messages cost one call.
 */
import type { Connection } from "./connection.ts";
import type { PacketTap } from "./contract.ts";
import type { ReceivedFrame } from "./wire/packet-check.ts";

export class TapRun {
  readonly #tap: PacketTap;
  #connection: Connection | undefined;
  #bytes: Buffer = NOTHING;
  #start = 0;
  #end = 0;

  constructor(tap: PacketTap) {
    this.#tap = tap;
  }

  connect(connection: Connection, { bytes, start, end }: ReceivedFrame): void {
    const { number, address } = connection;
    this.#tap.connect(number, address, bytes.subarray(start, end));
  }

  /** Before anything is done with the packet: it may end the connection. */
  note(connection: Connection, frame: ReceivedFrame): void {
    const continues = this.#bytes === frame.bytes && this.#end === frame.start;
    if (continues && frame.end - this.#start <= MOST_BYTES) {
      this.#end = frame.end;
      return;
    }
    this.flush();
    this.#connection = connection;
    this.#bytes = frame.bytes;
    this.#start = frame.start;
    this.#end = frame.end;
  }

  /** Must be called before the bytes change. */
  flush(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#tap.packets(connection.number, this.#bytes, this.#start, this.#end);
    this.#connection = undefined;
    this.#bytes = NOTHING;
    this.#end = 0;
  }

  ended({ number, endedBy }: Connection): void {
    this.flush();
    this.#tap.ended(number, endedBy);
  }
}

/** Longer ones are shown in parts. */
const MOST_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);
