/** `unshub host --json` in this process: events as they are printed, lines as they are typed. */
import assert from "node:assert/strict";
import { run } from "../../hub/src/cli/run.ts";
import type { Ending } from "./hub.ts";
import { Inbox } from "./mqtt-inbox.ts";

export type PrintedEvent = Readonly<Record<string, unknown>>;

export class HostCommand {
  readonly events = new Inbox<PrintedEvent>();
  readonly complaints = new Inbox<string>();
  readonly #stop = new AbortController();
  readonly #typed = new Inbox<string>();
  readonly #ended: Promise<number>;

  /** Starts it; it stops with the test at the latest. */
  constructor(t: Ending, ...args: readonly string[]) {
    this.#ended = run(["host", "--json", ...args], {
      print: (line) => this.events.push(parsed(line)),
      complain: (line) => this.complaints.push(line),
      stop: this.#stop.signal,
      lines: () => this.#lines(),
    });
    t.after(() => this.stop());
  }

  /** The next event of this kind, whatever comes before it. */
  next(event: string, fits: PrintedEvent = {}): Promise<PrintedEvent> {
    return this.events.find(
      (found) =>
        found["event"] === event &&
        Object.entries(fits).every(([key, value]) => found[key] === value),
    );
  }

  type(line: string): void {
    this.#typed.push(line);
  }

  /** What `tree` says of a path now. */
  async look(path: string): Promise<PrintedEvent> {
    this.type(`tree ${path}`);
    return await this.next("tree", { path });
  }

  /** Ctrl-C; the exit code. */
  async stop(): Promise<number> {
    this.#stop.abort();
    return await this.#ended;
  }

  async *#lines(): AsyncGenerator<string> {
    for (;;) yield await this.#typed.next();
  }
}

function parsed(line: string): PrintedEvent {
  const event: unknown = JSON.parse(line);
  assert.ok(typeof event === "object" && event !== null);
  return { ...event };
}
