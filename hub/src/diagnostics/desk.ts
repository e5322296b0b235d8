/**
 * Everything that was found, whoever found it, with what became of it: open, acknowledged by somebody, or over by itself;
 * muted besides. What comes back after it was over is open again, whoever had acknowledged it.
 */
import type { Logger } from "@unshub/adapter";
import type { Finding } from "../finding.ts";
import { endingOf, endOfForgotten, type EndingFacts } from "./endings.ts";
import { Marks, type FindingKey, type Mark } from "./marks.ts";

export interface FindingGroup extends Finding {
  readonly state: "open" | "acknowledged" | "resolved";
  readonly acknowledged: NonNullable<Mark["acknowledged"]> | null;
  /** As long as it holds. */
  readonly muted: NonNullable<Mark["muted"]> | null;
  readonly resolved: NonNullable<Mark["resolved"]> | null;
  /** When it is over by itself, in words; `null`: the hub cannot know. */
  readonly ends: string | null;
}

/** Groups by state, without muted ones, which have a count of their own. */
export interface FindingCounts {
  readonly open: number;
  readonly acknowledged: number;
  readonly resolved: number;
  readonly muted: number;
  /** Open ones that are more than noted. */
  readonly problems: number;
}

export interface FindingDeskOptions {
  readonly file: string;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** All that was found and is remembered. */
  findings(since?: number): readonly Finding[];
  /** As it is at this moment; one answer tells of one moment. */
  facts(): EndingFacts;
}

export class FindingDesk {
  readonly #options: FindingDeskOptions;
  readonly #marks: Marks;

  constructor(options: FindingDeskOptions) {
    this.#options = options;
    this.#marks = new Marks(options.file, options.log, options.now);
  }

  /** `since`: milliseconds since 1970 UTC; only what was seen then or later. */
  groups(since?: number): readonly FindingGroup[] {
    this.look();
    const facts = this.#options.facts();
    const now = this.#options.now();
    return this.#options.findings(since).map((finding) => this.#groupOf(finding, facts, now));
  }

  find({ code, clientId }: FindingKey): FindingGroup | undefined {
    return this.groups().find((group) => group.code === code && group.clientId === clientId);
  }

  /** Notes what is over by itself, and what has come back. */
  look(): void {
    const facts = this.#options.facts();
    const now = this.#options.now();
    const findings = this.#options.findings();
    const changed = findings.flatMap((finding) => {
      const mark = this.#marks.of(finding);
      const resolved = mark?.resolved;
      if (resolved !== undefined && finding.lastAt <= resolved.at) return [];
      const over = endingOf(finding, facts, now)?.over;
      if (over === undefined)
        return resolved === undefined ? [] : [markOf(finding, now, { muted: mark?.muted })];
      const at = Math.max(over.at, finding.lastAt); // the clock may have been set back between
      return [markOf(finding, now, { muted: mark?.muted, resolved: { ...over, at } })];
    });
    const ended = this.#marks.acknowledgedWithout(findings).flatMap((mark) => {
      const over = endOfForgotten(mark, facts, now);
      return over === undefined ? [] : [markOf(mark, now, { muted: mark.muted, resolved: over })];
    });
    if (changed.length + ended.length > 0) this.#marks.tryPut([...changed, ...ended], findings);
  }

  /** @throws as the disk does; then nothing has changed. */
  acknowledge(
    key: FindingKey,
    { by, note }: { readonly by: string; readonly note: string | null },
  ): void {
    const at = this.#options.now();
    const muted = this.#marks.of(key)?.muted;
    this.#put(markOf(key, at, { muted, acknowledged: { by, at, note } }));
  }

  /** @throws as `acknowledge` does. */
  openAgain(key: FindingKey): void {
    this.#put(markOf(key, this.#options.now(), { muted: this.#marks.of(key)?.muted }));
  }

  /** `until`: milliseconds since 1970 UTC. @throws as `acknowledge` does. */
  mute(key: FindingKey, { by, until }: { readonly by: string; readonly until: number }): void {
    const at = this.#options.now();
    const { acknowledged, resolved } = this.#marks.of(key) ?? {};
    this.#put(markOf(key, at, { acknowledged, resolved, muted: { by, at, until } }));
  }

  /** @throws as `acknowledge` does. */
  unmute(key: FindingKey): void {
    const { acknowledged, resolved } = this.#marks.of(key) ?? {};
    this.#put(markOf(key, this.#options.now(), { acknowledged, resolved }));
  }

  #put(mark: Mark): void {
    this.#marks.put([mark], this.#options.findings());
  }

  #groupOf(finding: Finding, facts: EndingFacts, now: number): FindingGroup {
    const { acknowledged = null, muted, resolved: over } = this.#marks.of(finding) ?? {};
    const resolved = over !== undefined && finding.lastAt <= over.at ? over : null;
    return {
      ...finding,
      state: resolved !== null ? "resolved" : acknowledged === null ? "open" : "acknowledged",
      acknowledged: resolved === null ? acknowledged : null,
      muted: muted !== undefined && muted.until > now ? muted : null,
      resolved,
      ends: endingOf(finding, facts, now)?.when ?? null,
    };
  }
}

/** How many there are of each kind. */
export function countsOf(groups: readonly FindingGroup[]): FindingCounts {
  const heard = groups.filter(({ muted }) => muted === null);
  const open = heard.filter(({ state }) => state === "open");
  return {
    open: open.length,
    acknowledged: heard.filter(({ state }) => state === "acknowledged").length,
    resolved: heard.filter(({ state }) => state === "resolved").length,
    muted: groups.length - heard.length,
    problems: open.filter(({ level }) => level === "warn" || level === "reject").length,
  };
}

type Said = { readonly [Key in "acknowledged" | "muted" | "resolved"]?: Mark[Key] };

function markOf({ code, clientId }: FindingKey, at: number, said: Said): Mark {
  const { acknowledged, muted, resolved } = said;
  return {
    code,
    clientId,
    at,
    ...(acknowledged !== undefined && { acknowledged }),
    ...(muted !== undefined && muted.until > at && { muted }),
    ...(resolved !== undefined && { resolved }),
  };
}
