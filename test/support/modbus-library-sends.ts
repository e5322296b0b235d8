/** When clients of `modbus-serial` in this process send their reads: on a busy machine the other end hears of one much later. */
import library from "modbus-serial";

/** By the path of the serial port, or the number of the TCP port: `performance.now()` of each read, in order. */
const sends = new Map<string, number[]>();
const READS = ["readHoldingRegisters", "readInputRegisters"] as const;

/** Begins to note them; for the whole process. */
export function watchLibrarySends(): void {
  const prototype: object = library.default.prototype;
  for (const name of READS) {
    const read: unknown = Reflect.get(prototype, name);
    if (typeof read !== "function") throw new TypeError(`modbus-serial has no ${name}`);
    Reflect.set(prototype, name, function send(this: object, ...given: unknown[]): unknown {
      note(portOf(this));
      return Reflect.apply(read, this, given);
    });
  }
}

/** When the `number`th read went out over a port, the first one being 1; `undefined`: it did not. */
export function sentAt(port: string | number, number: number): number | undefined {
  return sends.get(String(port))?.[number - 1];
}

function note(port: string): void {
  const before = sends.get(port);
  if (before === undefined) sends.set(port, [performance.now()]);
  else before.push(performance.now());
}

/** Where the library keeps it: a serial port has a path, a TCP port a number. */
function portOf(client: object): string {
  const port = Object(Reflect.get(client, "_port"));
  const serial = Object(Reflect.get(port, "_client"));
  return String(Reflect.get(serial, "path") ?? Reflect.get(port, "port"));
}
