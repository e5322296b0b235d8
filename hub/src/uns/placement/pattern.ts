/** Which ids a rule is for: `*` stands for anything, everything else for itself. */

export function patternOf(text: string): RegExp {
  const parts = text.split("*").map((part) => part.replaceAll(/[\\^$.|?+()[\]{}/]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "su");
}

/** Whether a pattern fits one id only. */
export function isExact(text: string | undefined): boolean {
  return text !== undefined && !text.includes("*");
}
