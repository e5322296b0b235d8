/**
 * A server that answers with what another server once said: to a request like a recorded one goes the recorded answer, with
 * the numbers of this connection. What was never asked is answered with a ServiceFault. What the recorded server said after
 * something was done to it is held back until `pass`.
 */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  changesSomething,
  likeness,
  parseRecording,
  type Exchange,
  type Recording,
} from "./opcua-recording.ts";
import { ReplayConnection, type Asked } from "./opcua-replay-connection.ts";
import { SERVICE } from "./opcua-wire.ts";

/** asyncua 2.1.0, recorded by `npm run record:opcua`. */
export const RECORDING = resolve(import.meta.dirname, "../fixtures/opcua/asyncua-2.1.0.txt");

const KEEP_ALIVE_MS = 100;

/** The publishing of one session. */
interface Publishing {
  readonly answers: readonly Exchange[];
  readonly waiting: Asked[];
  sent: number;
}

export class OpcUaReplay implements AsyncDisposable {
  readonly marks: readonly string[];
  readonly #server = createServer((socket) => this.#take(socket));
  readonly #sockets = new Set<Socket>();
  readonly #recording: Recording;
  readonly #alike: ReadonlyMap<string, readonly Exchange[]>;
  readonly #publishing = new Map<string, Publishing>();
  readonly #used = new Set<Exchange>();
  /** Of each session, how many of its requests changed something. */
  readonly #changes = new Map<string, number>();
  readonly #keepAlive = setInterval(() => this.#keepAlives(), KEEP_ALIVE_MS);
  #passed = 0;
  #connections = 0;
  /** Requests that were answered with a ServiceFault of our own, by service. */
  readonly refused: number[] = [];
  readonly #surprise = Promise.withResolvers<never>();
  /** Rejects once it is asked what the recording has no answer to; then the recording is older than the adapter. */
  readonly surprised = this.#surprise.promise;

  private constructor(recording: Recording) {
    this.surprised.catch(() => undefined);
    this.#recording = recording;
    this.marks = recording.marks;
    this.#alike = Map.groupBy(recording.exchanges, ({ request }) => likeness(request));
  }

  static async start(): Promise<OpcUaReplay> {
    const replay = new OpcUaReplay(parseRecording(readFileSync(RECORDING, "utf8")));
    replay.#server.listen(0, "127.0.0.1");
    await once(replay.#server, "listening");
    return replay;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new TypeError("not listening");
    return address.port;
  }

  get endpoint(): string {
    return `opc.tcp://127.0.0.1:${this.port}`;
  }

  /** The next mark is behind us; answers its words. */
  pass(): string {
    const words = this.marks[this.#passed];
    if (words === undefined) throw new RangeError("there are no more marks");
    this.#passed += 1;
    for (const token of this.#publishing.keys()) this.#publish(token);
    return words;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#keepAlive);
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    const { acknowledge } = this.#recording;
    this.#connections += 1;
    const options = { socket, acknowledge, channelId: 40 + this.#connections };
    const connection: ReplayConnection = new ReplayConnection(options, (asked) => {
      if (asked.request.service === SERVICE.publish) this.#wantsPublish(asked);
      else this.#answer(asked);
    });
    socket.on("data", (bytes) => connection.receive(Buffer.from(bytes)));
  }

  #answer(asked: Asked): void {
    const { service, token } = asked.request;
    const exchange = this.#find(asked);
    if (exchange === undefined) {
      this.#refuse(asked);
      return;
    }
    this.#used.add(exchange);
    asked.answer(exchange.answer);
    if (!changesSomething(service)) return;
    this.#changes.set(token, (this.#changes.get(token) ?? 0) + 1);
    this.#publish(token);
  }

  #refuse(asked: Asked): void {
    const { service } = asked.request;
    this.refused.push(service);
    asked.refuse();
    const what = `The recording has no answer to this request of service ${service}`;
    this.#surprise.reject(
      new Error(`${what}: if the adapter rightly asks it, npm run record:opcua`),
    );
  }

  /** Of the newest step that we have come to, the first that was not used, else the last. */
  #find({ request }: Asked): Exchange | undefined {
    const alike = this.#alike.get(likeness(request)) ?? [];
    const isSequence = changesSomething(request.service);
    if (isSequence) return alike.find((each) => !this.#used.has(each)) ?? alike.at(-1);
    const reached = alike.filter((each) => this.#isReached(each));
    const newest = reached.at(-1);
    if (newest === undefined) return alike[0];
    const ofStep = reached.filter(
      ({ at }) => at.marks === newest.at.marks && at.changes === newest.at.changes,
    );
    return ofStep.find((each) => !this.#used.has(each)) ?? newest;
  }

  #isReached({ at, request }: Exchange): boolean {
    return at.marks <= this.#passed && at.changes <= (this.#changes.get(request.token) ?? 0);
  }

  #wantsPublish(asked: Asked): void {
    const { token } = asked.request;
    const answers = this.#alike.get(likeness(asked.request));
    if (answers === undefined) {
      this.#refuse(asked);
      return;
    }
    const publishing = this.#publishing.get(token) ?? { answers, waiting: [], sent: 0 };
    this.#publishing.set(token, publishing);
    publishing.waiting.push(asked);
    this.#publish(token);
  }

  #publish(token: string): void {
    const publishing = this.#publishing.get(token);
    if (publishing === undefined) return;
    const { answers, waiting } = publishing;
    for (const next of answers.slice(publishing.sent)) {
      const asked = this.#isReached(next) ? waiting.shift() : undefined;
      if (asked === undefined) return;
      asked.answer(next.answer);
      publishing.sent += 1;
    }
  }

  /** Says the last keep-alive again where nothing else is to be said. It is the shortest of all: nothing is in it. */
  #keepAlives(): void {
    for (const { answers, waiting, sent } of this.#publishing.values()) {
      const shortest = Math.min(...answers.map(sizeOf));
      const last = answers[sent - 1];
      if (last !== undefined && sizeOf(last) === shortest) waiting.shift()?.answer(last.answer);
    }
  }
}

function sizeOf({ answer }: Exchange): number {
  return answer.reduce((sum, chunk) => sum + chunk.length, 0);
}
