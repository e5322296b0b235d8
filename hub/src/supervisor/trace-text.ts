/** A protocol trace as a file for people: a line per frame. */
import type { TracedFrame } from "@unshub/adapter";

const ARROWS = { sent: ">", received: "<" } as const;

/** `2026-03-01T10:00:00.000Z > 00 01 00 00 00 06 01 03 00 64 00 02  FC3 hr:100..101  [Pressure]` */
export function traceText(frames: readonly TracedFrame[]): string {
  const lines = frames.map(({ at, direction, hex, header, tags }) => {
    const bytes = hex.replaceAll(/[^0-9a-f]/gi, "").replaceAll(/..(?=.)/g, "$& ");
    const behind = tags.length === 0 ? "" : `  [${tags.join(", ")}]`;
    return `${new Date(at).toISOString()} ${ARROWS[direction]} ${bytes}  ${header}${behind}\n`;
  });
  return lines.join("");
}
