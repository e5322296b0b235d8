/** Troubles by chance between an OPC UA server and the adapter, for as many simulated hours as are wished. */
import { ServerState } from "node-opcua-client";
import { seeded } from "./seeded.ts";
import { OpcUaLab } from "./opcua-lab.ts";
import type { OpcUaEvent } from "./opcua-run.ts";
import { OpcUaTruth } from "./opcua-truth.ts";
import type { TroubledLab } from "./opcua-weather.ts";
import { warped } from "./warped-clock.ts";

const HOUR_MS = 3_600_000;
const NEW_VALUE_MS = 15_000;
/** The publish watchdog's 1.5 keep-alives of 5 s, its question, and one publishing interval. */
const MOST_SILENCE_MS = 20_000;
const LENGTHS_MS = [500, 3_000, 15_000, 50_000, 120_000, 600_000];
/** Longest pause between attempts, missing nodes looked for, births held off. */
const RECOVERED_MS = 180_000;

/** What begins, and what ends it. */
interface Trouble {
  readonly begin: () => Promise<void> | void;
  readonly end?: () => void;
}

export class OpcUaStorm {
  readonly truth: OpcUaTruth;
  /** What there was, in order. */
  readonly troubles: string[] = [];
  /** After each trouble, whatever is not as it should be. */
  readonly unwell: string[] = [];
  readonly #plant: TroubledLab;
  readonly #names: readonly string[];
  readonly #random: () => number;
  #lab: OpcUaLab;
  #isSuspended = false;
  #isVanished = false;
  #heard: OpcUaEvent | undefined;
  /** Where the server's namespaces begin. */
  #shift = 0;

  constructor(plant: TroubledLab, names: readonly string[], seed: number) {
    this.truth = new OpcUaTruth(names);
    this.#plant = plant;
    this.#lab = plant.lab;
    this.#names = names;
    this.#random = seeded(seed);
    this.#forget();
  }

  async blow(hours: number): Promise<void> {
    const endMs = warped.nowMs + hours * HOUR_MS;
    this.#setNext();
    await this.#live(60_000);
    while (warped.nowMs < endMs) {
      await this.#trouble();
      await this.#live(RECOVERED_MS + this.#random() * HOUR_MS * 0.7);
    }
  }

  /** The server that is left, if it is not the first one. */
  async end(): Promise<void> {
    if (this.#lab !== this.#plant.lab) await warped.finish(this.#lab[Symbol.asyncDispose]());
  }

  async #trouble(): Promise<void> {
    const kinds = Object.entries(this.#kinds());
    const [name, { begin, end }] = this.#oneOf(kinds);
    const forMs = this.#oneOf(LENGTHS_MS);
    this.troubles.push(`${name} for ${forMs} ms`);
    await begin();
    if (end !== undefined) {
      await this.#live(forMs);
      end();
    }
    await this.#live(RECOVERED_MS);
    const unwell = this.truth.unwell();
    if (unwell.length > 0) this.unwell.push(`${unwell.join()} after ${this.troubles.at(-1)}`);
  }

  #oneOf<Kind>(list: readonly Kind[]): Kind {
    const one = list[Math.floor(this.#random() * list.length)];
    if (one === undefined) throw new RangeError("the list is empty");
    return one;
  }

  #kinds(): Readonly<Record<string, Trouble>> {
    const { proxy } = this.#plant;
    return {
      "a cut": { begin: () => proxy.cut() },
      "nobody listens": { begin: () => proxy.refuse(), end: () => proxy.allow() },
      silence: { begin: () => proxy.freeze(), end: () => proxy.thaw() },
      "a black hole": { begin: () => proxy.swallow(), end: () => proxy.heal() },
      "a slow network": {
        begin: () => void (proxy.delayMs = 700),
        end: () => void (proxy.delayMs = 0),
      },
      "a closed session": { begin: () => this.#lab.closeSessions() },
      "a session closed without its subscriptions": {
        begin: () => this.#lab.closeSessions("subscriptions"),
      },
      "a suspended server": { begin: () => this.#suspend(true), end: () => this.#suspend(false) },
      "a vanished node": { begin: () => this.#vanish(), end: () => this.#appear() },
      "a restart with other namespaces": { begin: () => this.#restart() },
    };
  }

  #suspend(isSuspended: boolean): void {
    this.#isSuspended = isSuspended;
    const { engine } = this.#lab.server;
    engine.setServerState(isSuspended ? ServerState.Suspended : ServerState.Running);
  }

  #vanish(): void {
    const [name = ""] = this.#names;
    this.#isVanished = true;
    this.#lab.remove(name);
  }

  #appear(): void {
    const [name = ""] = this.#names;
    this.#isVanished = false;
    this.#lab.addDouble(name, 0);
    this.#setAll();
  }

  async #restart(): Promise<void> {
    const { proxy, lab } = this.#plant;
    if (this.#lab === lab) this.#lab.closeSessions();
    else await warped.finish(this.#lab[Symbol.asyncDispose]());
    proxy.cut();
    this.#shift += 1;
    const before = Array.from({ length: this.#shift % 4 }, (_, index) => `urn:other:${index}`);
    this.#lab = await warped.finish(OpcUaLab.start({ before }));
    for (const name of this.#names) this.#lab.addDouble(name, 0);
    this.#setAll();
    proxy.targetPort = this.#lab.port;
    proxy.cut();
  }

  /** Time passes, values change, and what is told is looked at. */
  async #live(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= NEW_VALUE_MS) {
      await warped.pass(Math.min(left, NEW_VALUE_MS));
      this.#look();
      this.#setNext();
    }
    await warped.pass(MOST_SILENCE_MS - NEW_VALUE_MS);
    this.#look();
  }

  #look(): void {
    const { run } = this.#plant;
    for (const event of run.events) if (event !== this.#heard) this.truth.heard(event);
    this.#forget();
    this.truth.lookForSilence(Date.now(), MOST_SILENCE_MS);
  }

  /** The last birth stays. */
  #forget(): void {
    const { run } = this.#plant;
    run.forget();
    [this.#heard] = run.events;
  }

  #setNext(): void {
    this.truth.next(Date.now());
    if (this.#isSuspended) this.truth.excuse();
    if (this.#isVanished) this.truth.excuse(this.#names[0]);
    this.#setAll();
  }

  #setAll(): void {
    const at = new Date(this.truth.setAt);
    for (const [name, value] of this.truth.values) this.#lab.setDouble(name, value, { at });
  }
}
