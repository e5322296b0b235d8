/**
 * Deleting retained messages, without its screen: a dry run, the deletion of exactly what it found, and bringing back what
 * was deleted. The hub does all of it.
 */
import { askHub, isRecord, sentenceOf, type Answer, type SendLike } from "./hub-request.ts";
import { formatTime } from "./format.ts";
import { createSignal, type Signal } from "./signal.ts";
import { texts } from "./texts.ts";
import { visibleText } from "./visible.ts";

interface PlannedMessage {
  readonly topic: string;
  readonly size: number;
  readonly publisher: string | null;
  /** Whether anybody subscribes to it. */
  readonly isHeard: boolean;
}

export interface DryRun {
  readonly filter: string;
  readonly messages: readonly PlannedMessage[];
  readonly bytes: number;
  readonly refused: readonly { readonly topic: string; readonly because: string }[];
  readonly isTooMany: boolean;
  readonly plan: string;
}

/** Times are milliseconds since 1970 UTC. */
export interface Deletion {
  readonly id: string;
  readonly at: number;
  readonly by: string;
  readonly filter: string;
  readonly count: number;
  readonly until: number;
}

export type Clearing =
  | { readonly kind: "asking" }
  | { readonly kind: "planned"; readonly plan: DryRun; readonly isBusy: boolean }
  | {
      readonly kind: "deleted";
      readonly deletion: Deletion;
      /** Topics that got another message meanwhile. */
      readonly left: readonly string[];
      readonly isBusy: boolean;
    }
  | { readonly kind: "listed"; readonly deletions: readonly Deletion[]; readonly isBusy: boolean }
  | { readonly kind: "restored"; readonly count: number; readonly left: readonly string[] }
  | { readonly kind: "failed"; readonly because: string };

/** A deletion or restoration that the hub has answered. */
interface Ended {
  readonly sentence: string;
  /** The dialog shows something else by now, or is closed. */
  readonly isLate: boolean;
}

export interface Clearer {
  /** The dialog as long as it is open. */
  readonly state: Signal<Clearing | null>;
  /** What was done last, also when its dialog was closed meanwhile. */
  readonly ended: Signal<Ended | null>;
  /** Dry run. `filter`: a topic, or an MQTT filter. */
  plan(filter: string): Promise<void>;
  /** Deletes what the dry run found. */
  delete(): Promise<void>;
  /** What was deleted in the last day. */
  list(): Promise<void>;
  restore(id: string): Promise<void>;
  close(): void;
}

type Question = readonly [method: string, url: string, body?: object];
type Read = (value: unknown) => Clearing | null;

const URL = "/api/v1/retained";

/** The topic itself and all below it. */
export function filterBelow(topic: string): string {
  return `${topic}/#`;
}

export function createClearer(send: SendLike): Clearer {
  return new RetainedClearer(send);
}

class RetainedClearer implements Clearer {
  readonly state = createSignal<Clearing | null>(null);
  readonly ended = createSignal<Ended | null>(null);
  readonly #send: SendLike;
  /** Tells an answer that its dialog was closed, or asked something else, meanwhile. */
  #asked = 0;

  constructor(send: SendLike) {
    this.#send = send;
  }

  async plan(filter: string): Promise<void> {
    this.state.set({ kind: "asking" });
    const url = `${URL}/plan?filter=${encodeURIComponent(filter.toWellFormed())}`;
    await this.#ask(["GET", url], (value) => {
      const plan = parseDryRun(value);
      return plan && { kind: "planned", plan, isBusy: false };
    });
  }

  async delete(): Promise<void> {
    const state = this.state.get();
    if (state?.kind !== "planned" || state.isBusy) return;
    const { filter, plan } = state.plan;
    this.state.set({ ...state, isBusy: true });
    await this.#do(["POST", `${URL}/delete`, { filter, plan }], (value) => {
      const deletion = parseDeletion(value);
      const left = isRecord(value) ? textsOf(value["left"]) : [];
      return deletion && { kind: "deleted", deletion, left, isBusy: false };
    });
  }

  async list(): Promise<void> {
    this.state.set({ kind: "asking" });
    await this.#ask(["GET", `${URL}/deleted`], (value) => {
      if (!isRecord(value) || !Array.isArray(value["deletions"])) return null;
      const deletions = value["deletions"].flatMap((one: unknown) => parseDeletion(one) ?? []);
      return { kind: "listed", deletions, isBusy: false };
    });
  }

  async restore(id: string): Promise<void> {
    const state = this.state.get();
    if (state === null || !("isBusy" in state) || state.isBusy) return;
    this.state.set({ ...state, isBusy: true });
    const url = `${URL}/deleted/${encodeURIComponent(id)}/restore`;
    await this.#do(["POST", url], (value) => {
      if (!isRecord(value) || typeof value["restored"] !== "number") return null;
      return { kind: "restored", count: value["restored"], left: textsOf(value["left"]) };
    });
  }

  close(): void {
    this.#asked += 1;
    this.state.set(null);
  }

  async #do(question: Question, read: Read): Promise<void> {
    const { state, isLate } = await this.#ask(question, read);
    this.ended.set({ sentence: sentenceOfEnd(state), isLate });
  }

  async #ask(
    question: Question,
    read: Read,
  ): Promise<{ readonly state: Clearing; readonly isLate: boolean }> {
    this.#asked += 1;
    const mine = this.#asked;
    const state = stateOf(await askHub(this.#send, ...question), read);
    const isLate = mine !== this.#asked;
    if (!isLate) this.state.set(state);
    return { state, isLate };
  }
}

function sentenceOfEnd(state: Clearing): string {
  const { retained } = texts;
  if (state.kind === "failed") return state.because;
  if (state.kind === "deleted")
    return retained.deleted(state.deletion.count, formatTime(state.deletion.until));
  if (state.kind !== "restored") return texts.notUnderstood;
  const { count, left } = state;
  const stays = left.length === 0 ? "" : ` ${retained.left} ${visibleText(left.join(", ")).text}`;
  return `${retained.restored(count)}${stays}`;
}

function stateOf(answer: Answer, read: (value: unknown) => Clearing | null): Clearing {
  if (answer.kind !== "done") return { kind: "failed", because: sentenceOf(answer) };
  return read(answer.value) ?? { kind: "failed", because: texts.notUnderstood };
}

function parseDryRun(value: unknown): DryRun | null {
  if (!isRecord(value)) return null;
  const { filter, messages, bytes, refused, isTooMany, plan } = value;
  if (typeof filter !== "string" || typeof plan !== "string" || !Array.isArray(messages))
    return null;
  return {
    filter,
    plan,
    messages: messages.flatMap((one: unknown) => parseMessage(one) ?? []),
    bytes: typeof bytes === "number" ? bytes : 0,
    refused: Array.isArray(refused)
      ? refused.flatMap((one: unknown) => parseRefused(one) ?? [])
      : [],
    isTooMany: isTooMany === true,
  };
}

function parseMessage(value: unknown): PlannedMessage | null {
  if (!isRecord(value)) return null;
  const { topic, size, publisher, isHeard } = value;
  if (typeof topic !== "string" || typeof size !== "number") return null;
  const who = typeof publisher === "string" ? publisher : null;
  return { topic, size, publisher: who, isHeard: isHeard === true };
}

function parseRefused(value: unknown): DryRun["refused"][number] | null {
  if (!isRecord(value)) return null;
  const { topic, because } = value;
  return typeof topic === "string" && typeof because === "string" ? { topic, because } : null;
}

function parseDeletion(value: unknown): Deletion | null {
  if (!isRecord(value)) return null;
  const { id, at, by, filter, count, until } = value;
  if (typeof id !== "string" || typeof by !== "string" || typeof filter !== "string") return null;
  if (typeof at !== "number" || typeof count !== "number" || typeof until !== "number") return null;
  return { id, at, by, filter, count, until };
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
