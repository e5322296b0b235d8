/** The protocol trace of a link: its last chunks with the service that each belongs to, for the engineer. Off until asked for. */
import type { TracedFrame } from "@unshub/adapter";
import { member } from "../values/scalar.ts";

/** Which tags a request or an answer is about. */
export type TagsOf = (message: object) => readonly string[];

interface Kept {
  readonly at: number;
  readonly direction: "sent" | "received";
  readonly bytes: Buffer;
  readonly size: number;
  words: string;
  tags: readonly string[];
}

const MOST_FRAMES = 1_000;
/** Of a chunk so many bytes are kept. */
const MOST_BYTES = 512;
const MOST_TAGS = 20;
/** Carries the login: of its chunks only the head is kept. */
const LOGIN = "ActivateSessionRequest";
const HEAD_BYTES = 8;

export class LinkTrace {
  readonly #tagsOf: TagsOf;
  #isOn = false;
  #frames: Kept[] = [];
  #next = 0;
  #request: { readonly words: string; readonly tags: readonly string[] } | undefined;
  /** Chunks of an answer that is not read to its end yet. */
  #received: Kept[] = [];

  constructor(tagsOf: TagsOf) {
    this.#tagsOf = tagsOf;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Begins anew. What was kept stays readable when it is switched off. */
  switch(isOn: boolean): void {
    if (isOn && !this.#isOn) {
      this.#frames = [];
      this.#next = 0;
    }
    this.#isOn = isOn;
    this.#received = [];
  }

  /** Its chunks follow. */
  request(message: object): void {
    this.#request = { words: wordsOf(message), tags: this.#namesIn(message) };
  }

  /** Its chunks came before. */
  response(message: object): void {
    const words = wordsOf(message);
    const tags = this.#namesIn(message);
    for (const frame of this.#received) {
      frame.words = words;
      frame.tags = tags;
    }
    this.#received = [];
  }

  chunk(direction: "sent" | "received", bytes: Buffer, at: number): void {
    const isOurs = direction === "sent";
    const isLogin = isOurs && this.#request?.words.startsWith(LOGIN) === true;
    const kept: Kept = {
      at,
      direction,
      bytes: Buffer.from(bytes.subarray(0, isLogin ? HEAD_BYTES : MOST_BYTES)),
      size: bytes.length,
      words: (isOurs ? this.#request?.words : undefined) ?? "",
      tags: (isOurs ? this.#request?.tags : undefined) ?? [],
    };
    this.#frames[this.#next] = kept;
    this.#next = (this.#next + 1) % MOST_FRAMES;
    if (!isOurs && this.#received.length < MOST_FRAMES) this.#received.push(kept);
  }

  /** Oldest first. */
  frames(): readonly TracedFrame[] {
    const inOrder = [...this.#frames.slice(this.#next), ...this.#frames.slice(0, this.#next)];
    return inOrder.map(({ at, direction, bytes, size, words, tags }) => ({
      at,
      direction,
      hex: bytes.toString("hex"),
      header: `${kindOf(bytes)} ${sizeText(size, bytes.length)} ${words}`.trimEnd(),
      tags,
    }));
  }

  #namesIn(message: object): readonly string[] {
    const names = [...new Set(this.#tagsOf(message))];
    if (names.length <= MOST_TAGS) return names;
    return [...names.slice(0, MOST_TAGS), `and ${names.length - MOST_TAGS} more`];
  }
}

/** `MSG F`: the type of the message, and whether it is its final chunk. */
function kindOf(bytes: Buffer): string {
  return `${bytes.toString("latin1", 0, 3)} ${bytes.toString("latin1", 3, 4)}`;
}

function sizeText(size: number, shown: number): string {
  return size > shown ? `${size} bytes, the first ${shown} shown` : `${size} bytes`;
}

/** `ReadRequest 12`, `ReadResponse 12 BadTooManyOperations` */
function wordsOf(message: object): string {
  const header = member(message, "requestHeader") ?? member(message, "responseHeader");
  const handle = member(header, "requestHandle");
  const result = member(header, "serviceResult");
  const status: unknown = member(result, "name");
  const said = typeof status === "string" && status !== "Good" ? ` ${status}` : "";
  const service = message.constructor.name;
  return `${service} ${typeof handle === "number" ? handle : "?"}${said}`;
}
