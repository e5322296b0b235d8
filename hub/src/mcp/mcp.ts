/** The door to the SDK, which is loaded when somebody asks the first time: most gateways are never asked. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { McpCaller, McpRooms } from "./rooms.ts";
import type { Served } from "./serve.ts";

export class Mcp {
  readonly #rooms: McpRooms;
  #serving: Promise<Served> | undefined;

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
    await (await this.#serving)?.close();
  }

  #serve(): Promise<Served> {
    this.#serving ??= this.#load();
    return this.#serving;
  }

  async #load(): Promise<Served> {
    const { serve } = await import("./serve.ts");
    return serve(this.#rooms);
  }
}
