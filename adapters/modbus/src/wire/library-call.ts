/** A request through the library `modbus-serial`: the PDU is taken apart again for the method that makes the same of it. */
import type { ModbusRTU } from "modbus-serial/ModbusRTU.js";
import { ModbusError } from "../errors.ts";
import { wordAt } from "./pdu.ts";
import type { WireRequest } from "./request.ts";

/** What the library says of a request: data of a read, an exception, or something went wrong. */
export type Said =
  | { readonly kind: "done"; readonly data: Uint8Array | undefined }
  | { readonly kind: "exception"; readonly code: number }
  | { readonly kind: "timeout" | "failed" };

/** Asks through `client`. Never rejects. */
export async function hear(client: ModbusRTU, request: WireRequest): Promise<Said> {
  try {
    return { kind: "done", data: await callLibrary(client, request) };
  } catch (cause) {
    const code: unknown = Reflect.get(Object(cause), "modbusCode");
    if (typeof code === "number") return { kind: "exception", code };
    const isLate = Reflect.get(Object(cause), "name") === "TransactionTimedOutError";
    return { kind: isLate ? "timeout" : "failed" };
  }
}

/** The data of a read, nothing of a write. */
async function callLibrary(
  client: ModbusRTU,
  { unit, pdu, timeoutMs }: WireRequest,
): Promise<Uint8Array | undefined> {
  client.setID(unit);
  client.setTimeout(timeoutMs);
  const start = wordAt(pdu, 1);
  const word = wordAt(pdu, 3);
  switch (pdu[0] ?? 0) {
    case 1:
      return (await client.readCoils(start, word)).buffer;
    case 2:
      return (await client.readDiscreteInputs(start, word)).buffer;
    case 3:
      return (await client.readHoldingRegisters(start, word)).buffer;
    case 4:
      return (await client.readInputRegisters(start, word)).buffer;
    default:
      await write(client, pdu, start, word);
      return undefined;
  }
}

async function write(
  client: ModbusRTU,
  pdu: Uint8Array,
  start: number,
  word: number,
): Promise<void> {
  switch (pdu[0] ?? 0) {
    case 5:
      await client.writeCoil(start, word !== 0);
      return;
    case 6:
      await client.writeRegister(start, word);
      return;
    case 15:
      await client.writeCoils(start, bitsOf(pdu.subarray(6), word));
      return;
    case 16:
      await client.writeRegisters(start, Buffer.from(pdu.subarray(6)));
      return;
    case 22:
      await client.maskWriteRegister(start, word, wordAt(pdu, 5));
      return;
    default:
      throw new ModbusError("BAD_REQUEST", `function ${pdu[0]} is not known`);
  }
}

function bitsOf(bytes: Uint8Array, count: number): boolean[] {
  return Array.from({ length: count }, (_, index) => {
    return ((bytes[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  });
}
