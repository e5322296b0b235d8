/** As much of DER as certificates and revocation lists take. */

/** One value: its tag, its bytes with the head, and what is inside. */
export interface DerValue {
  readonly tag: number;
  readonly whole: Buffer;
  readonly content: Buffer;
}

/** The value at the start of `bytes`; `undefined` when there is none that fits into them. */
export function derValue(bytes: Buffer): DerValue | undefined {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) return undefined;
  const digits = first < 0x80 ? 0 : first & 0x7f;
  if (digits > 4 || first === 0x80 || bytes.length < 2 + digits) return undefined;
  const length = digits === 0 ? first : bytes.readUIntBE(2, digits);
  const end = 2 + digits + length;
  if (end > bytes.length) return undefined;
  return { tag, whole: bytes.subarray(0, end), content: bytes.subarray(2 + digits, end) };
}

/** The values inside of a value, one after the other; what does not fit ends the list. */
export function derChildren({ content }: DerValue): readonly DerValue[] {
  const children: DerValue[] = [];
  let rest = content;
  for (let child = derValue(rest); child !== undefined; child = derValue(rest)) {
    children.push(child);
    rest = rest.subarray(child.whole.length);
  }
  return children;
}
