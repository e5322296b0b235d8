/** Text from the wire as a terminal may show it: what could move the cursor, change colours or turn letters round, is written out. */

// oxlint-disable-next-line no-control-regex -- control characters are what we look for
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** @example printable("a\u001b[31m") → "a\\u001b[31m" */
export function printable(text: string): string {
  return text.replaceAll(
    HARMFUL,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
