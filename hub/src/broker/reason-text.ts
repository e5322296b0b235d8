/** Sentences for clients and logs. They may quote what a client sent, so their length is limited. */

/** A reason string has at most 65 535 bytes, and nobody wants to read that. (MQTT 5, section 1.5.4) */
const MAX_CHARACTERS = 250;

/** At most the beginning of a sentence. */
export function shortened(sentence: string): string {
  if (sentence.length <= MAX_CHARACTERS) return sentence;
  return `${sentence.slice(0, MAX_CHARACTERS).toWellFormed()}…`;
}
