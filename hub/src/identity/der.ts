/** As much of DER (X.690) as a list of revoked certificates takes. */

/** The file is no list, or nobody who is trusted has signed it. */
export class CrlError extends Error {
  override readonly name = "CrlError";
}

/** One value. */
export interface DerNode {
  readonly tag: number;
  readonly value: Buffer;
  readonly whole: Buffer;
}

export const INTEGER = 0x02;
export const SEQUENCE = 0x30;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

/** The values that stand one after the other in `bytes`. @throws {CrlError} for bytes that are no DER. */
export function nodesIn(bytes: Buffer): DerNode[] {
  const nodes: DerNode[] = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at + 1] ?? 0xff;
    const digits = first < 0x80 ? 0 : first & 0x7f;
    if (digits > 4 || first === 0x80 || at + 2 + digits > bytes.length)
      throw new CrlError("it is no DER");
    const length = digits === 0 ? first : bytes.readUIntBE(at + 2, digits);
    const start = at + 2 + digits;
    if (start + length > bytes.length) throw new CrlError("it is cut off");
    const end = start + length;
    nodes.push({
      tag: bytes[at] ?? 0,
      value: bytes.subarray(start, end),
      whole: bytes.subarray(at, end),
    });
    at = end;
  }
  return nodes;
}

export function isTime(node: DerNode | undefined): node is DerNode {
  return node?.tag === UTC_TIME || node?.tag === GENERALIZED_TIME;
}

/** Milliseconds since 1970 UTC. UTCTime has two digits of the year: 50 to 99 are of the last century. */
export function timeOf({ tag, value }: DerNode): number | undefined {
  const text = value.toString("latin1");
  const century = tag === UTC_TIME ? (Number(text.slice(0, 2)) < 50 ? "20" : "19") : "";
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(century + text);
  if (digits === null) return undefined;
  const [, year, month, day, hour, minute, second] = digits;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
