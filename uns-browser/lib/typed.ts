/**
 * A field whose text stands in the address bar, which needs a moment to say it back: what is typed is shown at once, and
 * the address wins only where somebody else changed it, by the way back or a link.
 */
export interface Typed {
  /** What is in the field. */
  readonly text: string;
  /** What the address says. */
  readonly known: string;
  /** What the address was told and has not said yet, the oldest first. */
  readonly told: readonly string[];
}

export function typedAs(known: string): Typed {
  return { text: known, known, told: [] };
}

export function withText(typed: Typed, text: string): Typed {
  return { ...typed, text };
}

/** The address is told what is in the field. */
export function withTold({ text, known, told }: Typed): Typed {
  return { text, known, told: text === known ? [] : [...told, text] };
}

/** The address says this, maybe something else than before. */
export function withKnown(typed: Typed, known: string): Typed {
  if (known === typed.known) return typed;
  const { text, told } = typed;
  const at = told.indexOf(known);
  const isEcho = at >= 0 && known !== text;
  return isEcho ? { text, known, told: told.slice(at + 1) } : typedAs(known);
}

/** Whether the address has still to be told. */
export function isUntold({ text, known, told }: Typed): boolean {
  return text !== (told.at(-1) ?? known);
}
