/** All adapters of one hub: started, reloaded, asked and stopped together; each on its own otherwise. */
import { isDeepStrictEqual } from "node:util";
import type { DeviceDiagnostics, LookAnswer, LookQuestion, TracedFrame } from "@unshub/adapter";
import { messageOf } from "../caught.ts";
import type { AdapterEntry } from "../config/index.ts";
import type { AdapterReport } from "./adapter-state.ts";
import type { AdapterAccount } from "./adapter-story.ts";
import { carryFolders } from "./folder-owners.ts";
import { SupervisedAdapter, type SupervisorOptions } from "./supervised-adapter.ts";
import type { ReloadPlan } from "./thread-messages.ts";
import { tryConnection, type Trial, type TrialWish } from "./trial.ts";

/** How a device of an adapter stands. */
export interface AdapterDevice extends DeviceDiagnostics {
  readonly adapter: string;
  readonly groupId: string;
  readonly edgeNodeId: string;
}

/** What a reload could not do. */
export interface ReloadFailure {
  readonly adapter: string;
  /** A sentence; the adapter goes on as it was. */
  readonly because: string;
}

/** A large server takes its time to be browsed. */
const LOOK_WITHIN_MS = 60_000;

export class Supervisor {
  readonly #options: SupervisorOptions;
  #adapters: readonly SupervisedAdapter[];
  #isRunning = false;
  readonly #stopping = new AbortController();
  #trial: Promise<unknown> = Promise.resolve();
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(entries: readonly AdapterEntry[], options: SupervisorOptions) {
    this.#options = options;
    this.#adapters = entries.map((entry) => new SupervisedAdapter(entry, options));
  }

  start(): void {
    this.#isRunning = true;
    const entries = this.#adapters.map(({ entry }) => entry);
    this.#tellHeld(entries);
    carryFolders(this.#options, entries, new Set());
    for (const adapter of this.#adapters) startUnlessStopped(adapter);
  }

  /** Whether every adapter that shall run has started; devices may still be unreachable. */
  get isStarted(): boolean {
    return (
      this.#isRunning &&
      this.#adapters.every(({ entry, isStarted }) => entry.stopped !== undefined || isStarted)
    );
  }

  /** What became of the adapters and their devices. */
  accounts(): readonly AdapterAccount[] {
    return this.#adapters.map(({ story }) => story.now);
  }

  /** DDEATH and NDEATH of all, then their threads. Twice does no harm. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#stopping.abort();
    await Promise.all([...this.#adapters.map((adapter) => adapter.stop()), this.#trial]);
  }

  /** Applies the difference; entries that are the same are asked too, since files that they name may be others. One at a time; never rejects. */
  async reload(entries: readonly AdapterEntry[]): Promise<readonly ReloadFailure[]> {
    const turn = this.#reloading.then(() => this.#reload(entries));
    this.#reloading = turn;
    return await turn;
  }

  /** Everything about every adapter. Asks their threads; those that do not answer are shown without diagnostics. */
  async reports(): Promise<readonly AdapterReport[]> {
    return await Promise.all(
      this.#adapters.map(async (adapter) => ({
        ...adapter.state,
        diagnostics: await adapter.diagnostics(),
      })),
    );
  }

  /** How each device of each adapter stands, in the adapter's own words. */
  async deviceStates(): Promise<readonly AdapterDevice[]> {
    const reports = await this.reports();
    return reports.flatMap(({ name, groupId, edgeNodeId, diagnostics }) =>
      diagnostics.devices.map((device) => ({ ...device, adapter: name, groupId, edgeNodeId })),
    );
  }

  /** The last frames of a link; `undefined` when there is no such adapter or link. */
  async trace(adapter: string, link: string): Promise<readonly TracedFrame[] | undefined> {
    const answer = await this.#find(adapter)?.ask({ kind: "trace", link });
    return answer?.kind === "trace" ? answer.frames : undefined;
  }

  /** `false`: there is no such adapter or link. */
  async setTrace(adapter: string, link: string, isOn: boolean): Promise<boolean> {
    const answer = await this.#find(adapter)?.ask({ kind: "setTrace", link, isOn });
    return answer?.kind === "setTrace" && answer.isKnown;
  }

  /** What stands in a device of an adapter, or why it cannot be seen; `undefined`: there is no such adapter. */
  async look(adapter: string, look: LookQuestion): Promise<LookAnswer | string | undefined> {
    const answer = await this.#find(adapter)?.ask({ kind: "look", look }, LOOK_WITHIN_MS);
    if (answer === undefined) return undefined;
    if (answer.kind === "look") return answer.found;
    return answer.kind === "failed" ? answer.because : "the adapter said something else";
  }

  /** Tries a connection beside those of the adapters, one at a time. Never rejects. */
  async tryConnection(wish: TrialWish): Promise<Trial> {
    const { dataDir } = this.#options;
    const { signal } = this.#stopping;
    const trial = this.#trial.then(() => tryConnection(dataDir, wish, signal));
    this.#trial = trial.catch(() => undefined); // as whoever asked is told
    return await trial;
  }

  /** What a changed entry of an adapter that runs would do, with the files that it names; `undefined`: nobody can say. */
  async plan(entry: AdapterEntry): Promise<ReloadPlan | undefined> {
    const adapter = this.#find(entry.name);
    return adapter !== undefined && isSame(adapter.entry, entry)
      ? await adapter.plan(entry)
      : undefined;
  }

  #find(name: string): SupervisedAdapter | undefined {
    return this.#adapters.find(({ entry }) => entry.name === name);
  }

  async #reload(entries: readonly AdapterEntry[]): Promise<readonly ReloadFailure[]> {
    if (!this.#isRunning) return [];
    const kept = entries.map((entry) => this.#adapters.find((each) => isSame(each.entry, entry)));
    const gone = this.#adapters.filter((adapter) => !kept.includes(adapter));
    for (const { entry } of gone) this.#options.onHeld?.(entry, false);
    this.#tellHeld(entries);
    await Promise.all(gone.map((adapter) => adapter.stop())); // first: a name may come back elsewhere
    const running = kept.flatMap((adapter) => adapter?.entry.name ?? []);
    carryFolders(this.#options, entries, new Set(running));
    const next = entries.map((entry, index) => this.#nextOf(entry, kept[index]));
    this.#adapters = next.map(({ adapter }) => adapter);
    const outcomes = await Promise.all(next.map(({ done }) => done));
    return outcomes.filter((outcome) => outcome !== undefined);
  }

  #tellHeld(entries: readonly AdapterEntry[]): void {
    for (const entry of entries) this.#options.onHeld?.(entry, entry.stopped !== undefined);
  }

  #nextOf(
    entry: AdapterEntry,
    known: SupervisedAdapter | undefined,
  ): { readonly adapter: SupervisedAdapter; readonly done: Promise<ReloadFailure | undefined> } {
    if (known !== undefined) return { adapter: known, done: reloaded(known, entry) };
    const adapter = new SupervisedAdapter(entry, this.#options);
    startUnlessStopped(adapter);
    return { adapter, done: Promise.resolve(undefined) };
  }
}

/** One name and one edge node: anything else may change while it runs. Who is stopped, or started, begins anew. */
function isSame(before: AdapterEntry, entry: AdapterEntry): boolean {
  const { name, groupId, edgeNodeId, stopped } = entry;
  const isPlaceSame = before.groupId === groupId && before.edgeNodeId === edgeNodeId;
  const isAsStopped = isDeepStrictEqual(before.stopped, stopped);
  return before.name === name && isPlaceSame && isAsStopped;
}

function startUnlessStopped(adapter: SupervisedAdapter): void {
  if (adapter.entry.stopped === undefined) adapter.start();
}

async function reloaded(
  adapter: SupervisedAdapter,
  entry: AdapterEntry,
): Promise<ReloadFailure | undefined> {
  try {
    await adapter.reload(entry);
    return undefined;
  } catch (error) {
    return { adapter: entry.name, because: messageOf(error) };
  }
}
