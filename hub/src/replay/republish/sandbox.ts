/** Under a prefix: the plain topics of then, where nobody takes them for what is now. */
import type { UnsTree } from "../../tree/index.ts";
import type { PlainTopics } from "../value-source.ts";
import type { PastEvent } from "./past-events.ts";
import type { Publish, Target } from "./target.ts";

export interface SandboxOptions {
  readonly prefix: string;
  readonly tree: UnsTree;
  readonly plain: PlainTopics;
  readonly publish: Publish;
}

export class Sandbox implements Target {
  readonly #options: SandboxOptions;

  constructor(options: SandboxOptions) {
    this.#options = options;
  }

  async begin(): Promise<void> {}

  async say(events: readonly PastEvent[]): Promise<number> {
    const { prefix, plain, publish } = this.#options;
    const messages = events.flatMap(({ metric, value }) => plain.past(metric.id, value) ?? []);
    await Promise.all(
      messages.map((message) =>
        publish({ ...message, topic: `${prefix}/${message.topic}`, retain: false }),
      ),
    );
    return messages.length;
  }

  async end(): Promise<void> {}
}
