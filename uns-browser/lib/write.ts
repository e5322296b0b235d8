/**
 * Writing a metric, without its screen: what may be written, sending it, the steps that the hub saw meanwhile, and what
 * came of it. A wish is never shown as a value: only what the plant says changes the tree.
 */
import {
  parseCommands,
  parseOutcome,
  parsePlan,
  type Command,
  type Outcome,
  type Step,
  type WritePlan,
} from "./commands.ts";
import { formatForCopy } from "./format.ts";
import { askHub, sentenceOf, type Answer, type SendLike } from "./hub-request.ts";
import { createSignal, type Signal } from "./signal.ts";
import { texts } from "./texts.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";

/** A metric that somebody looks at. */
interface WriteTarget {
  readonly id: number;
  /** As in the address bar. */
  readonly path: string;
}

type PlanState =
  | { readonly kind: "asking" }
  /** Nothing can be written; why, as a sentence. */
  | { readonly kind: "closed"; readonly because: string }
  | { readonly kind: "open"; readonly plan: WritePlan };

type Stage =
  | { readonly kind: "editing" }
  | { readonly kind: "sending"; readonly steps: readonly Step[] }
  | {
      readonly kind: "ended";
      readonly outcome: Outcome;
      readonly steps: readonly Step[];
      /** Of the command in the hub's list; `null`: it is not known. */
      readonly command: number | null;
    }
  /** The hub gave no answer, or one without an outcome. */
  | { readonly kind: "unknown"; readonly because: string };

type LastStage = Extract<Stage, { kind: "ended" | "unknown" }>;

/** The dialog as long as it is open. */
export interface Writing {
  readonly target: WriteTarget;
  readonly plan: WritePlan;
  readonly stage: Stage;
}

export interface Writer {
  /** For the metric that is looked at; `null`: none is. */
  readonly plan: Signal<PlanState | null>;
  readonly writing: Signal<Writing | null>;
  /** What is under way: the row of the metric and the text that was asked for. */
  readonly pending: Signal<{ readonly id: number; readonly text: string } | null>;
  /** The dialog is that of the metric that is looked at: looking at another one closes it. */
  look(target: WriteTarget | null): void;
  /** Opens the dialog for the metric that is looked at, when it may be written. */
  open(): void;
  send(text: string, reason: string): Promise<void>;
  /** Back to the fields, after something was refused. */
  again(): void;
  close(): void;
}

export interface WriterWorld {
  readonly send: SendLike;
  readonly timer: StartTimer;
  /** What came of a command whose dialog was closed meanwhile. */
  readonly told: (sentence: string) => void;
}

/** Holding an arrow key must not ask for every row that passes. */
const ASK_AFTER_MS = 80;
const STEPS_EVERY_MS = 300;
const COMMANDS_URL = "/api/v1/commands";

export function createWriter(world: WriterWorld): Writer {
  return new MetricWriter(world);
}

class MetricWriter implements Writer {
  readonly plan = createSignal<PlanState | null>(null);
  readonly writing = createSignal<Writing | null>(null);
  readonly pending = createSignal<{ readonly id: number; readonly text: string } | null>(null);
  readonly #world: WriterWorld;
  #target: WriteTarget | null = null;
  #cancel = nothingToStop;

  constructor(world: WriterWorld) {
    this.#world = world;
  }

  look(target: WriteTarget | null): void {
    this.#cancel();
    const isSame = target?.path === this.#target?.path;
    this.#target = target;
    if (!isSame) this.close();
    if (target === null) return this.plan.set(null);
    if (!isSame || this.plan.get() === null) this.plan.set({ kind: "asking" });
    this.#cancel = this.#world.timer(ASK_AFTER_MS, () => void this.#ask(target));
  }

  open(): void {
    const plan = this.plan.get();
    const target = this.#target;
    if (plan?.kind !== "open" || target === null || this.pending.get() !== null) return;
    this.writing.set({ target, plan: plan.plan, stage: { kind: "editing" } });
  }

  async send(text: string, reason: string): Promise<void> {
    const writing = this.writing.get();
    if (writing?.stage.kind !== "editing") return;
    const { target } = writing;
    this.pending.set({ id: target.id, text });
    this.#show(writing, { kind: "sending", steps: [] });
    const before = (await this.#commands())[0]?.id ?? 0;
    const find = async (): Promise<Command | undefined> =>
      (await this.#commands()).find(
        ({ id, path, asked }) =>
          id > before && path === target.path && formatForCopy(asked) === text,
      );
    const stopLooking = this.#watchSteps(writing, find);
    const body = { path: target.path, value: text, ...(reason !== "" && { reason }) };
    const answer = await askHub(this.#world.send, "POST", "/api/ns/write", body);
    stopLooking();
    const stage = await stageAfter(answer, find);
    this.pending.set(null);
    this.#end(writing, stage);
    if (this.#target !== null) this.look(this.#target);
  }

  again(): void {
    const writing = this.writing.get();
    if (writing !== null) this.writing.set({ ...writing, stage: { kind: "editing" } });
  }

  close(): void {
    this.writing.set(null);
  }

  async #ask(target: WriteTarget): Promise<void> {
    const url = `${COMMANDS_URL}/plan?path=${encodeURIComponent(target.path)}`;
    const answer = await askHub(this.#world.send, "GET", url);
    if (this.#target !== target) return;
    if (answer.kind !== "done") {
      return this.plan.set({ kind: "closed", because: sentenceOf(answer) });
    }
    const plan = parsePlan(answer.value);
    if (plan === null) return this.plan.set({ kind: "closed", because: texts.notUnderstood });
    this.plan.set(
      plan.refusal === null ? { kind: "open", plan } : { kind: "closed", because: plan.refusal },
    );
  }

  /** The newest first; none when they may not be read. */
  async #commands(): Promise<readonly Command[]> {
    const answer = await askHub(this.#world.send, "GET", `${COMMANDS_URL}?limit=20`);
    return answer.kind === "done" ? (parseCommands(answer.value) ?? []) : [];
  }

  #watchSteps(writing: Writing, find: () => Promise<Command | undefined>): () => void {
    let isOpen = true;
    let cancel = nothingToStop;
    const look = async (): Promise<void> => {
      const command = await find();
      if (!isOpen) return;
      if (command !== undefined) this.#show(writing, { kind: "sending", steps: command.steps });
      cancel = this.#world.timer(STEPS_EVERY_MS, () => void look());
    };
    cancel = this.#world.timer(STEPS_EVERY_MS, () => void look());
    return () => {
      isOpen = false;
      cancel();
    };
  }

  #end(writing: Writing, stage: LastStage): void {
    const isShown = this.writing.get()?.target === writing.target;
    if (isShown) return this.#show(writing, stage);
    this.#world.told(
      stage.kind === "ended" ? texts.command.results[stage.outcome.result] : stage.because,
    );
  }

  /** A dialog that was closed, or opened for another metric, stays as it is. */
  #show(writing: Writing, stage: Stage): void {
    if (this.writing.get()?.target === writing.target) this.writing.set({ ...writing, stage });
  }
}

/** `find`: the command in the hub's list. */
async function stageAfter(
  answer: Answer,
  find: () => Promise<Command | undefined>,
): Promise<LastStage> {
  if (answer.kind !== "done") return { kind: "unknown", because: sentenceOf(answer) };
  const outcome = parseOutcome(answer.value);
  if (outcome === null) return { kind: "unknown", because: texts.notUnderstood };
  const command = await find();
  return { kind: "ended", outcome, steps: command?.steps ?? [], command: command?.id ?? null };
}

/** What a person has typed. */
export interface WriteInput {
  readonly text: string;
  readonly isText: boolean;
  /** The name of the metric, typed again, where it is guarded. */
  readonly typedName: string;
}

/**
 * Why it cannot be sent as it stands, where that can be said without the hub; the hub checks all of it, and more.
 * `name`: the last part of the path.
 */
export function inputFault(
  { text, isText, typedName }: WriteInput,
  { low, high, isGuarded }: WritePlan,
  name: string,
): string | null {
  const { write } = texts;
  if (!isText && text.trim() === "") return write.noValue;
  const number = isText ? Number.NaN : Number(text);
  if (low !== null && number < low) return write.below(low);
  if (high !== null && number > high) return write.above(high);
  return isGuarded && typedName !== name ? write.notTyped : null;
}

/** Why nobody should write by what this page shows now; `null`: it is live. */
export function pageFault(state: string): string | null {
  const { write } = texts;
  if (state === "paused") return write.paused;
  if (state === "past") return write.past;
  if (state === "lagging") return write.lagging;
  return state === "reconnecting" ? write.noLink : null;
}

/** What the metric is held to, in a line; `null`: to nothing but its datatype. */
export function limitsOf(plan: WritePlan, unit: string): string | null {
  const { low, high, step, maxChange } = plan;
  const { write } = texts;
  const parts = [
    low === null && high === null ? null : write.range(low, high, unit),
    step === null ? null : write.step(step),
    maxChange === null ? null : write.maxChange(maxChange),
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(" · ");
}
