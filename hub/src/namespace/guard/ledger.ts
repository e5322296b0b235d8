/**
 * What was found: one finding for each rule and client, counted, the newest kept. A rule that is broken with every
 * message costs a counter; its sentence is made anew once a second.
 */
import type { RuleCode, RuleLevel } from "../../config/index.ts";
import type { Finding as AnyFinding } from "../../finding.ts";
import { CATALOGUE, idsOf } from "./catalogue.ts";
import { sentenceOf, type Fault } from "./faults.ts";
import type { Occasion } from "./rule.ts";

/** One kind of deviation by one client, with how often it was seen. */
export type Finding = AnyFinding<RuleCode, RuleLevel>;

/** Whom a fault is about, and where it was seen. */
export interface Sighting {
  readonly clientId: string;
  readonly address: string;
  readonly subject: string;
  readonly occasion: Occasion;
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
}

type Entry = { -readonly [Key in keyof Finding]: Finding[Key] };

/** Findings kept; the one that was seen last the longest ago goes first. */
const MAX_FINDINGS = 1000;
const HEAD_BYTES = 64;
/** Of the last message of each finding, for whoever wants to see it decoded; longer ones are not kept. */
const MESSAGE_BYTES = 2048;
/** Within this time after a finding, the same again is only counted. */
const SAME_MS = 1000;

export class Ledger {
  readonly #entries = new Map<string, Entry>();
  readonly #changed = new Set<string>();
  /** Payloads as they came, by the same keys. */
  readonly #messages = new Map<string, Uint8Array>();
  /** How often something was found. */
  changes = 0;
  /** Findings that were forgotten since somebody asked. */
  #gone: Finding[] = [];

  /** Answers the finding, and whether it is the first of its kind. */
  note(
    fault: Fault,
    level: RuleLevel,
    seen: Sighting,
  ): { readonly finding: Finding; readonly isFirst: boolean } {
    const key = keyOf(fault.code, seen.clientId);
    this.changes += 1;
    const before = this.#entries.get(key);
    this.#changed.add(key);
    if (
      before !== undefined &&
      seen.at - before.lastAt < SAME_MS &&
      before.subject === seen.subject
    ) {
      before.count += 1 + fault.more;
      return { finding: before, isFirst: false };
    }
    const entry = entryOf(fault, level, seen, before);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#keepMessage(key, seen.payload);
    if (this.#entries.size > MAX_FINDINGS) this.#forgetOldest();
    return { finding: entry, isFirst: before === undefined };
  }

  /** Takes a finding that was kept from before; one that was found again since is newer. */
  restore(finding: Finding): void {
    const key = keyOf(finding.code, finding.clientId);
    if (this.#entries.has(key)) return;
    this.#entries.set(key, { ...finding });
    this.#changed.add(key);
    if (this.#entries.size > MAX_FINDINGS) this.#forgetOldest();
  }

  /** What was found so far, the newest last. `since`: only what was seen then or later. */
  findings(since = 0): readonly Finding[] {
    return [...this.#entries.values()]
      .filter(({ lastAt }) => lastAt >= since)
      .map((entry) => ({ ...entry }));
  }

  /** The payload in which it was found last; `undefined`: there was none, it was long, or is of before the hub started. */
  messageOf({ code, clientId }: Pick<AnyFinding, "code" | "clientId">): Uint8Array | undefined {
    return this.#messages.get(JSON.stringify([code, clientId]));
  }

  /** Up to `most` findings that changed since they were taken, and all that were forgotten. */
  takeChanged(most: number): {
    readonly changed: readonly Finding[];
    readonly gone: readonly Finding[];
  } {
    const changed: Finding[] = [];
    for (const key of this.#changed) {
      if (changed.length >= most) break;
      this.#changed.delete(key);
      const entry = this.#entries.get(key);
      if (entry !== undefined) changed.push({ ...entry });
    }
    const gone = this.#gone;
    this.#gone = [];
    return { changed, gone };
  }

  #keepMessage(key: string, payload: Uint8Array): void {
    const isKept = payload.length > 0 && payload.length <= MESSAGE_BYTES;
    if (isKept) this.#messages.set(key, Uint8Array.from(payload));
    else this.#messages.delete(key);
  }

  #forgetOldest(): void {
    const [oldest] = this.#entries;
    if (oldest === undefined) return;
    const [key, entry] = oldest;
    this.#entries.delete(key);
    this.#changed.delete(key);
    this.#messages.delete(key);
    if (this.#gone.length < MAX_FINDINGS) this.#gone.push(entry);
  }
}

function keyOf(code: RuleCode, clientId: string): string {
  return JSON.stringify([code, clientId]);
}

// oxlint-disable-next-line max-params -- what was there before, and all that is new
function entryOf(fault: Fault, level: RuleLevel, seen: Sighting, before: Entry | undefined): Entry {
  const { code, occasion } = fault;
  const { title, advice } = CATALOGUE[code];
  const { clientId, address, subject, topic, at } = seen;
  return {
    code,
    title,
    level,
    clientId,
    address,
    subject,
    topic,
    because: sentenceOf(fault),
    advice,
    ids: idsOf(code, occasion ?? seen.occasion),
    head: Buffer.from(seen.payload.subarray(0, HEAD_BYTES)).toString("hex"),
    count: (before?.count ?? 0) + 1 + fault.more,
    firstAt: before?.firstAt ?? at,
    lastAt: at,
  };
}
