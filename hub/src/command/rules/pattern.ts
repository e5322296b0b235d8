/** Patterns of metrics: MQTT filters over `group/edge node/device/metric name` or over the path in the plant. */

/** Why a text is no pattern; `undefined` when it is one. */
export function patternFault(pattern: string): string | undefined {
  if (pattern === "") return "is empty; name metrics as Plant1/gw-press/press-01/Setpoints/#";
  const levels = pattern.split("/");
  const hash = levels.findIndex((level) => level.includes("#"));
  if (hash >= 0 && (levels[hash] !== "#" || hash !== levels.length - 1)) {
    return "has a # that is not the whole last level";
  }
  const isMixed = levels.some((level) => level.includes("+") && level !== "+");
  return isMixed ? "has a + that is not a whole level" : undefined;
}

/** Whether a pattern names an address; `#` stands for at least one level. */
export function isNamed(pattern: string, address: string): boolean {
  const wanted = pattern.split("/");
  const levels = address.split("/");
  for (const [depth, level] of wanted.entries()) {
    const own = levels[depth];
    if (own === undefined) return false;
    if (level === "#") return true;
    if (level !== "+" && level !== own) return false;
  }
  return wanted.length === levels.length;
}
