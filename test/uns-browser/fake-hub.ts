/** A hub and a clock for tests of the page: nothing waits, nothing opens a port. */
import type { ClientMessage, HubMessage, TreeRow, WelcomeMessage } from "@unshub/hub/feed";
import type { LineEvents, SocketWorld } from "../../uns-browser/lib/socket.ts";

interface Planned {
  readonly at: number;
  readonly run: () => void;
}

/** Timers that run when the test says so. */
export class FakeTime {
  now = 1_000_000;
  readonly #planned = new Set<Planned>();

  readonly timer = (afterMs: number, run: () => void): (() => void) => {
    const planned = { at: this.now + afterMs, run };
    this.#planned.add(planned);
    return () => this.#planned.delete(planned);
  };

  /** How long until the next timer. */
  get nextMs(): number {
    return Math.min(...[...this.#planned].map((planned) => planned.at)) - this.now;
  }

  pass(ms: number): void {
    const until = this.now + ms;
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#planned.delete(next);
      this.now = next.at;
      next.run();
    }
    this.now = until;
  }

  #next(until: number): Planned | undefined {
    const due = [...this.#planned].filter((planned) => planned.at <= until);
    return due.toSorted((a, b) => a.at - b.at)[0];
  }
}

/** Accepts lines, keeps what the page says, says what the test wants. */
export class FakeHub {
  readonly time = new FakeTime();
  readonly said: ClientMessage[] = [];
  opened = 0;
  epoch = "e1";
  /** The last line; older ones are kept to see that they are heard no more. */
  lines: LineEvents[] = [];

  readonly world: SocketWorld = {
    open: (events) => {
      this.opened += 1;
      this.lines.push(events);
      // The page sends only what it made itself.
      return { send: (text) => this.said.push(JSON.parse(text)), close: () => undefined };
    },
    timer: this.time.timer,
    random: () => 0.5,
  };

  get line(): LineEvents {
    const line = this.lines.at(-1);
    if (line === undefined) throw new Error("The page opened no line.");
    return line;
  }

  say(message: HubMessage): void {
    this.line.received(JSON.stringify(message));
  }

  /** Opens the line and welcomes the page. */
  welcome(more: Partial<WelcomeMessage> = {}): void {
    this.line.opened();
    this.say({
      op: "welcome",
      v: 1,
      epoch: this.epoch,
      hz: 10,
      now: this.time.now,
      maxRows: 400,
      build: "b1",
      hub: "plant1",
      ...more,
    });
  }

  /** What the page said of this kind. */
  heard<Op extends ClientMessage["op"]>(op: Op): readonly Extract<ClientMessage, { op: Op }>[] {
    return this.said.filter(
      (message): message is Extract<ClientMessage, { op: Op }> => message.op === op,
    );
  }
}

/** A metric row. */
export function metricRow(id: number, parent: number | null, name: string): TreeRow {
  return { id, parent, name, kind: "metric", branch: false };
}

/** A row with rows below it. */
export function branchRow(
  id: number,
  parent: number | null,
  name: string,
  more: Partial<TreeRow> = {},
): TreeRow {
  return { id, parent, name, kind: parent === null ? "group" : "folder", branch: true, ...more };
}

/** Lets promises that are settled run on. */
export async function settled(): Promise<void> {
  await new Promise((done) => setImmediate(done));
}
