/**
 * A log for what others can cause at will: of each sentence one line a minute for each client, or each address where no
 * client is known; then one that says how many were left out. What a reconnect loop writes is a line a minute.
 */
import type { Logger } from "@unshub/adapter";

const ONE_LINE_PER_MS = 60_000;
/** Clients and sentences remembered at most; what is beyond them shares one line per sentence. */
const MAX_REMEMBERED = 2000;

type Level = keyof Logger;

interface Said {
  readonly level: Level;
  readonly sentence: string;
  /** Of the last one. */
  fields: object;
  since: number;
  unreported: number;
}

export class RareLog implements Logger {
  readonly #log: Logger;
  readonly #monotonic: () => number;
  /** The oldest first. */
  readonly #said = new Map<string, Said>();

  constructor(log: Logger, monotonic: () => number) {
    this.#log = log;
    this.#monotonic = monotonic;
  }

  debug(fields: object, sentence: string): void {
    this.say("debug", fields, sentence);
  }

  info(fields: object, sentence: string): void {
    this.say("info", fields, sentence);
  }

  warn(fields: object, sentence: string): void {
    this.say("warn", fields, sentence);
  }

  error(fields: object, sentence: string): void {
    this.say("error", fields, sentence);
  }

  /** `about`: what has a line of its own; a client may choose its identifier, but not its address. */
  say(level: Level, fields: object, sentence: string, about: string = subjectOf(fields)): void {
    const isCrowded = this.#said.size >= MAX_REMEMBERED;
    const key = `${sentence}\n${about}`;
    const known = this.#said.get(key) ?? (isCrowded ? this.#said.get(sentence) : undefined);
    if (known !== undefined) {
      known.unreported += 1;
      known.fields = fields;
      return;
    }
    const since = this.#monotonic();
    this.#said.set(isCrowded ? sentence : key, { level, sentence, fields, since, unreported: 0 });
    this.#log[level](fields, sentence);
  }

  /** Time has passed: says how many lines were left out in the last minute, and forgets what is over. */
  sweep(): void {
    const now = this.#monotonic();
    for (const [key, said] of this.#said) {
      if (now - said.since < ONE_LINE_PER_MS) return;
      this.#said.delete(key);
      if (said.unreported === 0) continue;
      this.#tell(said);
      this.#said.set(key, { ...said, since: now, unreported: 0 });
    }
  }

  /** Says what was left out until now. */
  end(): void {
    for (const said of this.#said.values()) if (said.unreported > 0) this.#tell(said);
    this.#said.clear();
  }

  /** The last one of those that were left out, and how many there were besides. */
  #tell({ level, fields, sentence, unreported }: Said): void {
    this.#log[level]({ ...fields, unreported: unreported - 1 }, sentence);
  }
}

/** The client, or the address without its port, that a line is about. */
function subjectOf(fields: object): string {
  if ("clientId" in fields && typeof fields.clientId === "string") return fields.clientId;
  return "address" in fields && typeof fields.address === "string" ? hostOf(fields.address) : "";
}

/** `10.0.0.7:40001` → `10.0.0.7`: ports change with each connection. */
export function hostOf(address: string): string {
  return address.slice(0, Math.max(address.lastIndexOf(":"), 0)) || address;
}
