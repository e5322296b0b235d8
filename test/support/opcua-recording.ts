/**
 * What a client and a server of OPC UA said to each other, as text: a line is `CONNECTION> HEX` (client), `CONNECTION< HEX`
 * (server), `mark WORDS` (something was done to the server) or `# …`.
 */
import {
  bodyOf,
  isFinal,
  kindOf,
  parseRequest,
  requestIdOf,
  SERVICE,
  type WireRequest,
} from "./opcua-wire.ts";

/** How far a life has come: marks passed, and of one session the requests that change something. */
export interface Step {
  readonly marks: number;
  readonly changes: number;
}

/** A request and the chunks of its answer. */
export interface Exchange {
  readonly request: WireRequest;
  readonly at: Step;
  readonly answer: readonly Buffer[];
}

export interface Recording {
  readonly exchanges: readonly Exchange[];
  readonly acknowledge: Buffer;
  /** The words of each. */
  readonly marks: readonly string[];
}

const CHANGES_NOTHING: ReadonlySet<number> = new Set([
  SERVICE.getEndpoints,
  SERVICE.browse,
  SERVICE.browseNext,
  SERVICE.translatePaths,
  SERVICE.read,
  SERVICE.publish,
]);

export function changesSomething(service: number): boolean {
  return !CHANGES_NOTHING.has(service);
}

/** What two requests have in common that are answered alike. */
export function likeness({ service, token, asks }: WireRequest): string {
  switch (service) {
    case SERVICE.getEndpoints:
    case SERVICE.openChannel:
    case SERVICE.createSession:
      return String(service);
    case SERVICE.activateSession:
    case SERVICE.closeSession:
    case SERVICE.publish:
      return `${service} ${token}`;
    default:
      return `${service} ${token} ${asks}`;
  }
}

export function parseRecording(text: string): Recording {
  const reader = new RecordingReader();
  for (const line of text.split("\n")) reader.line(line);
  return reader.end();
}

class RecordingReader {
  readonly #exchanges: Exchange[] = [];
  readonly #marks: string[] = [];
  /** By connection and request id. */
  readonly #asked = new Map<string, { readonly request: WireRequest; readonly chunks: Buffer[] }>();
  /** Of each session. */
  readonly #changes = new Map<string, number>();
  #acknowledge: Buffer | undefined;

  line(line: string): void {
    const mark = /^mark (.+)$/.exec(line)?.[1];
    if (mark !== undefined) this.#marks.push(mark);
    const [, connection, direction, hex] = /^(\d+)([<>]) ([0-9a-f]+)$/.exec(line) ?? [];
    if (connection === undefined || hex === undefined) return;
    const frame = Buffer.from(hex, "hex");
    if (kindOf(frame) === "ACK") this.#acknowledge ??= frame;
    else if (kindOf(frame) === "OPN" || kindOf(frame) === "MSG") {
      const key = `${connection} ${requestIdOf(frame)}`;
      if (direction === ">") {
        this.#asked.set(key, { request: parseRequest(bodyOf(frame)), chunks: [] });
      } else this.#answered(key, frame);
    }
  }

  /** @throws {Error} when the file is no recording. */
  end(): Recording {
    const acknowledge = this.#acknowledge;
    if (acknowledge === undefined) throw new Error("The recording has no ACK: record it again.");
    return { acknowledge, exchanges: this.#exchanges, marks: this.#marks };
  }

  #answered(key: string, frame: Buffer): void {
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    asked.chunks.push(frame);
    if (!isFinal(frame)) return;
    const { request, chunks } = asked;
    const changes = this.#changes.get(request.token) ?? 0;
    const at = { marks: this.#marks.length, changes };
    this.#exchanges.push({ request, at, answer: chunks });
    if (changesSomething(request.service)) this.#changes.set(request.token, changes + 1);
  }
}
