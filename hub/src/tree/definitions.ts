/** What the last birth said of each metric, in columns: its member, datatype, alias, access and properties. */
import { datatypeOf, type Datatype } from "@unshub/sparkplug";
import { FIRST_ROOM, grown, roomFor, type Column } from "./columns.ts";

/** What a birth says of one metric. */
export interface Definition {
  /** The row of its device, or of its edge node. */
  readonly memberRow: number;
  /** As announced; 0 when it was left out. */
  readonly datatypeCode: number;
  readonly alias: number | bigint | undefined;
  readonly writable: boolean;
  /** Its number in the pool of properties. */
  readonly properties: number;
}

/** The code has no place in one byte. */
const OTHER_CODE = 255;
const NO_ALIAS = -1;
/** The alias has no place in 31 bits. */
const OTHER_ALIAS = -2;

/** Flags. */
const DESCRIBED = 1;
const WRITABLE = 2;
const BORN = 4;

const DATATYPES: readonly (Datatype | undefined)[] = Array.from({ length: OTHER_CODE }, (_, code) =>
  datatypeOf(code),
);

export class Definitions {
  #members = new Int32Array(FIRST_ROOM);
  #codes = new Uint8Array(FIRST_ROOM);
  #flags = new Uint8Array(FIRST_ROOM);
  #aliases = new Int32Array(FIRST_ROOM);
  #properties = new Int32Array(FIRST_ROOM);
  readonly #otherCodes = new Map<number, number>();
  readonly #otherAliases = new Map<number, number | bigint>();

  /** Whether a birth ever named it. */
  has(id: number): boolean {
    return ((this.#flags[id] ?? 0) & DESCRIBED) !== 0;
  }

  memberRow(id: number): number {
    return this.#members[id] ?? 0;
  }

  datatypeCode(id: number): number {
    const code = this.#codes[id] ?? 0;
    return code === OTHER_CODE ? (this.#otherCodes.get(id) ?? 0) : code;
  }

  /** `undefined` when the code is none of the standard's. */
  datatype(id: number): Datatype | undefined {
    return DATATYPES[this.#codes[id] ?? 0];
  }

  alias(id: number): number | bigint | undefined {
    const alias = this.#aliases[id] ?? NO_ALIAS;
    if (alias >= 0) return alias;
    return alias === OTHER_ALIAS ? this.#otherAliases.get(id) : undefined;
  }

  isWritable(id: number): boolean {
    return ((this.#flags[id] ?? 0) & WRITABLE) !== 0;
  }

  properties(id: number): number {
    return this.#properties[id] ?? 0;
  }

  /** Whether the last birth of its member names it. */
  isBorn(id: number): boolean {
    return ((this.#flags[id] ?? 0) & BORN) !== 0;
  }

  setBorn(id: number, born: boolean): void {
    const flags = this.#flags[id] ?? 0;
    this.#flags[id] = born ? flags | BORN : flags & ~BORN;
  }

  set(id: number, definition: Definition): void {
    this.reserve(id + 1);
    this.#members[id] = definition.memberRow;
    this.#properties[id] = definition.properties;
    const born = (this.#flags[id] ?? 0) & BORN;
    this.#flags[id] = DESCRIBED | born | (definition.writable ? WRITABLE : 0);
    this.#setCode(id, definition.datatypeCode);
    this.#setAlias(id, definition.alias);
  }

  reserve(size: number): void {
    if (size <= this.#members.length) return;
    const room = roomFor(size, this.#members.length);
    this.#members = grown(new Int32Array(room), this.#members);
    this.#codes = grown(new Uint8Array(room), this.#codes);
    this.#flags = grown(new Uint8Array(room), this.#flags);
    this.#aliases = grown(new Int32Array(room), this.#aliases);
    this.#properties = grown(new Int32Array(room), this.#properties);
  }

  /** What a snapshot keeps of all metrics; what `aside` gives comes with it. */
  columns(): readonly Column[] {
    return [this.#members, this.#codes, this.#flags, this.#aliases, this.#properties];
  }

  /** What of a metric has no place in columns. */
  aside(id: number): OddDefinition | undefined {
    const [code, alias] = [this.#otherCodes.get(id), this.#otherAliases.get(id)];
    return code === undefined && alias === undefined ? undefined : { code, alias };
  }

  setAside(id: number, { code, alias }: OddDefinition): void {
    if (code !== undefined) this.#otherCodes.set(id, code);
    if (alias !== undefined) this.#otherAliases.set(id, alias);
  }

  #setCode(id: number, code: number): void {
    if (this.#codes[id] === OTHER_CODE) this.#otherCodes.delete(id);
    this.#codes[id] = code < OTHER_CODE ? code : OTHER_CODE;
    if (code >= OTHER_CODE) this.#otherCodes.set(id, code);
  }

  #setAlias(id: number, alias: number | bigint | undefined): void {
    if (this.#aliases[id] === OTHER_ALIAS) this.#otherAliases.delete(id);
    if (alias === undefined) this.#aliases[id] = NO_ALIAS;
    else if (typeof alias === "number" && alias <= 0x7fff_ffff) this.#aliases[id] = alias;
    else {
      this.#aliases[id] = OTHER_ALIAS;
      this.#otherAliases.set(id, alias);
    }
  }
}

export interface OddDefinition {
  readonly code: number | undefined;
  readonly alias: number | bigint | undefined;
}
