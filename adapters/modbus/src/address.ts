/**
 * Where a value lives inside a device. Canonical: `table:address[.bit][/count]` with the zero-based address of the
 * PDU, e.g. `hr:100`, `ir:0x1F`, `co:5`, `hr:10.3`, `hr:200/8`. `HR101` is the same without the colon; devices whose
 * manual counts from 1 say so once. Modicon numbers (`40101`, `400101`, `4x101`) are one-based whatever the device.
 * Off by one is the most frequent mistake: nothing but this file converts.
 */

/** Coils, discrete inputs, input registers, holding registers. */
export type Table = "co" | "di" | "ir" | "hr";

/** One place in a table. */
export interface Address {
  readonly table: Table;
  /** As in the PDU: zero-based, 0 to 65 535. */
  readonly start: number;
  /** Bit of the register, 0 is the lowest, 15 the highest. */
  readonly bit?: number;
  /** Number of registers; for what has no length of its own. */
  readonly count?: number;
}

/** Either the address or a sentence that says what is wrong with it. */
export type ParsedAddress =
  | { readonly kind: "address"; readonly address: Address }
  | { readonly kind: "problem"; readonly problem: string };

/** The highest address of every table. */
export const LAST_ADDRESS = 65_535;

const CANONICAL =
  /^(?<name>co|di|ir|hr):?(?<zeroBased>0x[0-9a-f]+|\d+)(?:\.(?<bit>\d+))?(?:\/(?<count>\d+))?$/i;
const MODICON =
  /^(?<name>[0134])(?<oneBased>x\d{1,5}|\d{4,5})(?:\.(?<bit>\d+))?(?:\/(?<count>\d+))?$/i;
const TABLES: ReadonlyMap<string, Table> = new Map<string, Table>([
  ["co", "co"],
  ["di", "di"],
  ["ir", "ir"],
  ["hr", "hr"],
  ["0", "co"],
  ["1", "di"],
  ["3", "ir"],
  ["4", "hr"],
]);

/** Whether the table holds single bits rather than 16-bit registers. */
export function isBitTable(table: Table): boolean {
  return table === "co" || table === "di";
}

/** The address that `text` names; `base` is what the device calls the first one where the text is canonical. */
export function parseAddress(text: string, base: 0 | 1 = 0): ParsedAddress {
  const match = CANONICAL.exec(text) ?? MODICON.exec(text);
  const { name = "", zeroBased, oneBased = "", bit, count } = match?.groups ?? {};
  const table = TABLES.get(name.toLowerCase());
  if (table === undefined) {
    return problem(
      `"${text}" is not an address; write e.g. hr:100, ir:0x1F, co:5, di:0, hr:10.3, hr:200/8 (zero-based) ` +
        `or 40101, 400101 (one-based)`,
    );
  }
  const start =
    zeroBased === undefined ? Number(oneBased.replace(/^x/i, "")) - 1 : Number(zeroBased) - base;
  if (start < 0) {
    const who = zeroBased === undefined ? "Modicon numbers" : "addresses of this device";
    return problem(`"${text}": ${who} begin at 1`);
  }
  return checked(text, { table, start, ...tail(bit, count) });
}

/** The canonical text of an address, zero-based: what stands beside the one that was written. */
export function addressText({ table, start, bit, count }: Address): string {
  const tailText = bit === undefined ? "" : `.${bit}`;
  return `${table}:${start}${tailText}${count === undefined ? "" : `/${count}`}`;
}

function tail(bit: string | undefined, count: string | undefined): Partial<Address> {
  return {
    ...(bit === undefined ? {} : { bit: Number(bit) }),
    ...(count === undefined ? {} : { count: Number(count) }),
  };
}

function checked(text: string, address: Address): ParsedAddress {
  const { table, start, bit, count } = address;
  if (start > LAST_ADDRESS) {
    return problem(`"${text}" is address ${start}; a table ends at ${LAST_ADDRESS}`);
  }
  if (isBitTable(table) && (bit !== undefined || count !== undefined)) {
    return problem(
      `"${text}": a ${table} address is one bit already; it has neither a bit nor a length`,
    );
  }
  if (bit !== undefined && bit > 15)
    return problem(`"${text}": bit ${bit}; a register has 0 to 15`);
  if (bit !== undefined && count !== undefined) {
    return problem(`"${text}": either a bit or a length, not both`);
  }
  if (count === 0) return problem(`"${text}": a length of 0 registers`);
  return { kind: "address", address };
}

function problem(sentence: string): ParsedAddress {
  return { kind: "problem", problem: sentence };
}
