/**
 * Names as they can be read. Whoever names a metric may use any character: a line break would break the row, a bidi
 * control would turn the text around, an empty name would be a blank row. Here each becomes something one can see.
 * What is copied keeps the true text.
 */

export interface VisibleText {
  readonly text: string;
  /** There is no text; what is shown instead is `texts.emptyName`, in another style so that no name can look like it. */
  readonly isEmpty: boolean;
}

/**
 * Controls (C0, DEL, C1), the line separators, and what turns text around (U+200E/F, U+061C, U+202A–202E, U+2066–2069)
 * or takes no room at all. U+200C and U+200D stay: Persian and Hindi words and emoji are written with them.
 */
export const INVISIBLE = /[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** All of it white space: nothing of it would be seen. */
const BLANK = /^\s+$/;

/** A name or another text from a source, on one line and with nothing hidden in it. */
export function visibleText(text: string): VisibleText {
  const shown = text.replace(INVISIBLE, symbolOf);
  return { text: BLANK.test(shown) ? shown.replace(/\s/g, symbolOf) : shown, isEmpty: text === "" };
}

/** `⟨U+000A⟩` and not `␊`: a panel PC may lack the control pictures, and then all of them are the same empty box. */
function symbolOf(sign: string): string {
  const code = sign.charCodeAt(0); // all of them are below U+10000
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
