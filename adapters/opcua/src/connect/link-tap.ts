/** Listens to what a client of the library sends and receives: counts it, and traces it where that was asked for. */
import type { TracedFrame } from "@unshub/adapter";
import type { OPCUAClient } from "node-opcua-client";
import { member } from "../values/scalar.ts";
import { FigureCounter, type LinkFigures } from "./link-figures.ts";
import { LinkTrace, type TagsOf } from "./link-trace.ts";

/** Lives as long as the adapter; clients come and go. */
export class LinkTap {
  readonly #figures = new FigureCounter();
  readonly #trace: LinkTrace;
  readonly #now: () => number;

  /** `now`: milliseconds since 1970 UTC. */
  constructor(tagsOf: TagsOf, now: () => number) {
    this.#trace = new LinkTrace(tagsOf);
    this.#now = now;
  }

  get isTracing(): boolean {
    return this.#trace.isOn;
  }

  switchTrace(isOn: boolean): void {
    this.#trace.switch(isOn);
  }

  frames(): readonly TracedFrame[] {
    return this.#trace.frames();
  }

  figures(): LinkFigures {
    return this.#figures.report(performance.now());
  }

  /** Until the client is closed. */
  listenTo(client: OPCUAClient): void {
    this.#figures.forgetOpen();
    client.on("send_request", (request) => this.#sent(request));
    client.on("receive_response", (response) => this.#received(response));
    client.on("timed_out_request", (request) => {
      this.#figures.timedOut(handleOf(request, "requestHeader"));
    });
    client.on("send_chunk", (chunk) => this.#chunk("sent", chunk));
    client.on("receive_chunk", (chunk) => this.#chunk("received", chunk));
  }

  #sent(request: object): void {
    // A publish request is answered when there is something to tell, not at once.
    const isTimed = request.constructor.name !== "PublishRequest";
    this.#figures.sent(handleOf(request, "requestHeader"), performance.now(), isTimed);
    if (this.#trace.isOn) this.#trace.request(request);
  }

  #received(response: object): void {
    const result = member(member(response, "responseHeader"), "serviceResult");
    const status = member(result, "value");
    const isFault = typeof status === "number" && status >>> 30 === 2;
    this.#figures.answered(handleOf(response, "responseHeader"), performance.now(), isFault);
    if (this.#trace.isOn) this.#trace.response(response);
  }

  #chunk(direction: "sent" | "received", chunk: Buffer): void {
    if (this.#trace.isOn) this.#trace.chunk(direction, chunk, this.#now());
  }
}

function handleOf(message: object, header: "requestHeader" | "responseHeader"): number {
  const handle = member(member(message, header), "requestHandle");
  return typeof handle === "number" ? handle : -1;
}
