/** Text in lines that fit a terminal. */

const WIDTH = 100;

/** Each line begins with `indent`; the second and later ones two spaces further in. Words longer than a line stay whole. */
export function wrapped(text: string, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    const isFresh = line.trim() === "";
    if (!isFresh && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `${indent}  ${word}`;
    } else line = isFresh ? `${line}${word}` : `${line} ${word}`;
  }
  return [...lines, line];
}
