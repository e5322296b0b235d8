/** Addresses of a template, moved: `hr:100` by 50 is `hr:150`, `40101` is `40151`. */

const PARTS = /^(?<head>[a-z]+:?|[0134](?=\d{4})|[0134]x)(?<number>0x[0-9a-f]+|\d+)(?<tail>.*)$/i;

/**
 * `text` with its number changed by `offset`. What is no address comes back as it is; what leaves the table is refused
 * where addresses are checked.
 */
export function shiftedAddress(text: string, offset: number): string {
  const { head, number, tail } = PARTS.exec(text)?.groups ?? {};
  if (head === undefined || number === undefined) return text;
  const moved = String(Number(number) + offset);
  return `${head}${/^\d/.test(head) ? moved.padStart(number.length, "0") : moved}${tail ?? ""}`;
}
