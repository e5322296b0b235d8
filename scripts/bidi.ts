/**
 * WebDriver BiDi, as far as tests need it: commands and their answers over one WebSocket, and events. Firefox speaks it by
 * itself; Playwright drives only a Firefox of its own make, and a `geckodriver` would be one program more.
 */
import { once } from "node:events";
import { WebSocket } from "ws";

/** What one side says: the shapes differ by command and are read where they are used. */
export type BidiFields = Readonly<Record<string, unknown>>;

interface Waiting {
  readonly resolve: (result: BidiFields) => void;
  readonly reject: (error: Error) => void;
  readonly method: string;
}

export class BidiLine {
  readonly #socket: WebSocket;
  readonly #hear: (method: string, params: BidiFields) => void;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  private constructor(socket: WebSocket, hear: (method: string, params: BidiFields) => void) {
    this.#socket = socket;
    this.#hear = hear;
    socket.on("message", (data: Buffer) => this.#take(fieldsOf(JSON.parse(data.toString()))));
    socket.on("close", () => this.#giveUp());
  }

  /** @param hear gets each event that was subscribed to */
  static async open(
    url: string,
    hear: (method: string, params: BidiFields) => void,
  ): Promise<BidiLine> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await once(socket, "open");
    return new BidiLine(socket, hear);
  }

  /** @throws {Error} what the browser says to a command that it refuses */
  send(method: string, params: BidiFields = {}): Promise<BidiFields> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, method });
      this.#socket.send(JSON.stringify({ id, method, params }), (error) => {
        if (error instanceof Error) this.#end(id)?.reject(error);
      });
    });
  }

  close(): void {
    this.#socket.terminate();
  }

  #take(said: BidiFields): void {
    if (said["type"] === "event") {
      return this.#hear(String(said["method"]), fieldsOf(said["params"]));
    }
    const waiting = this.#end(Number(said["id"]));
    if (waiting === undefined) return;
    if (said["type"] === "success") return waiting.resolve(fieldsOf(said["result"]));
    waiting.reject(new Error(`${waiting.method}: ${String(said["message"])}`));
  }

  #end(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #giveUp(): void {
    for (const { reject, method } of this.#waiting.values()) {
      reject(new Error(`${method}: the browser has gone`));
    }
    this.#waiting.clear();
  }
}

/** @returns no fields for what is not an object */
export function fieldsOf(value: unknown): BidiFields {
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
