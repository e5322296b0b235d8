/** From a path to the byte: the way back of `wire-path.ts`, and like it only gone when something is wrong. */
import { fieldAt, FIELDS, type FoundField, type Message } from "./wire-path.ts";

/**
 * The byte at which the field of `path` begins, as far as the path can be followed: that of `metrics[0]` when there is
 * no more of it in the bytes, that of the properties when it goes on with a key.
 */
export function offsetOf(bytes: Uint8Array, path: string): number {
  let message: Message | undefined = "payload";
  let start = 0;
  let end = bytes.length;
  let offset = 0;
  for (const segment of path.split(".")) {
    const [whole = "", name = "", index] = /^(\w+)(?:\[(\d+)\])?/.exec(segment) ?? [];
    if (message === undefined) return offset;
    const found: Found | undefined = find(bytes, { message, name, index, start, end });
    if (found === undefined) return offset;
    offset = found.at;
    if (whole !== segment) return offset;
    message = found.message;
    start = found.content;
    end = found.end;
  }
  return offset;
}

interface Found extends FoundField {
  readonly at: number;
  /** The message inside, when there is one. */
  readonly message: Message | undefined;
}

interface Wanted {
  readonly message: Message;
  readonly name: string;
  /** Which of several; the last one when it is left out. */
  readonly index: string | undefined;
  readonly start: number;
  readonly end: number;
}

function find(bytes: Uint8Array, { message, name, index, start, end }: Wanted): Found | undefined {
  const number = FIELDS[message].findIndex((field) => field.name === name) + 1;
  const inner = FIELDS[message][number - 1]?.message;
  let left = Number(index ?? Number.POSITIVE_INFINITY);
  let last: Found | undefined;
  for (let at = start; at < end && left >= 0;) {
    const field = fieldAt(bytes, at);
    if (field === undefined) break;
    if (field.number === number) {
      last = { ...field, at, message: inner };
      left -= 1;
    }
    at = field.end;
  }
  return last;
}
