/** The door to the SDK, which is loaded when somebody asks the first time: most gateways are never asked. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { McpCaller, McpRooms } from "./rooms.ts";
import type { Served } from "./serve.ts";

const LOOK_EVERY_MS = 2000;

export class Mcp {
  readonly #rooms: McpRooms;
  #serving: Promise<Served> | undefined;
  #looking: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  #isClosed = false;

  constructor(rooms: McpRooms) {
    this.#rooms = rooms;
  }

  /** Answers a request whose caller is known. */
  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    caller: McpCaller,
  ): Promise<void> {
    const served = await this.#serve();
    await served.handle(request, response, caller);
  }

  /** Ends what listens. Twice does no harm. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#looking);
    await (await this.#serving)?.close();
  }

  #serve(): Promise<Served> {
    this.#serving ??= this.#load();
    return this.#serving;
  }

  async #load(): Promise<Served> {
    const { serve } = await import("./serve.ts");
    const served = serve(this.#rooms);
    this.#lookedAt = this.#rooms.now();
    if (!this.#isClosed) this.#looking = setInterval(() => this.#look(served), LOOK_EVERY_MS);
    return served;
  }

  #look(served: Served): void {
    const since = this.#lookedAt;
    this.#lookedAt = this.#rooms.now();
    if (this.#rooms.findings(since).length > 0) served.violationsChanged();
  }
}
