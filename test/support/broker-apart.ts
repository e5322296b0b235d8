/** A broker in a process of its own, so that its memory is its own. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { BrokerCounters } from "../../hub/src/broker/counters.ts";
import type { BrokerLimits } from "../../hub/src/broker/limits.ts";
import { Inbox } from "./mqtt-inbox.ts";

export interface ApartFigures {
  /** Of objects and buffers that are in use, after a garbage collection. */
  readonly bytes: number;
  readonly rss: number;
  readonly counters: BrokerCounters;
  /** What it logged as errors. */
  readonly errors: readonly string[];
}

export type ApartAnswer =
  | { readonly kind: "ports"; readonly ports: readonly number[] }
  | { readonly kind: "figures"; readonly figures: ApartFigures };

export const MIB = 1024 * 1024;

export class BrokerApart implements AsyncDisposable {
  readonly port: number;
  readonly wsPort: number;
  readonly #child: ChildProcess;
  readonly #answers: Inbox<ApartAnswer>;

  private constructor(child: ChildProcess, answers: Inbox<ApartAnswer>, ports: readonly number[]) {
    this.#child = child;
    this.#answers = answers;
    [this.port = 0, this.wsPort = 0] = ports;
  }

  static async start(limits: Partial<BrokerLimits> = {}): Promise<BrokerApart> {
    const file = new URL("broker-child.ts", import.meta.url);
    const child = fork(file, [JSON.stringify(limits)], {
      execArgv: ["--expose-gc"],
      serialization: "advanced",
    });
    const answers = new Inbox<ApartAnswer>();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is our own child
    child.on("message", (message) => answers.push(message as ApartAnswer));
    const first = await answers.next();
    if (first.kind !== "ports") throw new Error("the broker did not start");
    return new BrokerApart(child, answers, first.ports);
  }

  /** Fails when the process has ended. */
  async figures(): Promise<ApartFigures> {
    this.#child.send("figures");
    const answer = await this.#answers.next();
    if (answer.kind !== "figures") throw new Error("asked for figures, got ports");
    return answer.figures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    await ended;
  }
}
