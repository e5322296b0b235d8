/** What the plant's own process and its parent say to each other over IPC. Both sides check what they hear. */

/** From the plant: it listens, or it cannot. */
export type PlantReport =
  | { readonly kind: "ready"; readonly modbusPort: number; readonly opcuaPort: number }
  | { readonly kind: "failed"; readonly message: string };

/** `undefined` for anything that is no report. */
export function readReport(message: unknown): PlantReport | undefined {
  if (typeof message !== "object" || message === null || !("kind" in message)) return undefined;
  if (message.kind === "failed" && "message" in message && typeof message.message === "string") {
    return { kind: "failed", message: message.message };
  }
  if (message.kind !== "ready" || !("modbusPort" in message) || !("opcuaPort" in message)) {
    return undefined;
  }
  const { modbusPort, opcuaPort } = message;
  if (typeof modbusPort !== "number" || typeof opcuaPort !== "number") return undefined;
  return { kind: "ready", modbusPort, opcuaPort };
}

/** Whether the parent asks the plant to end. */
export function isStop(message: unknown): boolean {
  return (
    typeof message === "object" && message !== null && "kind" in message && message.kind === "stop"
  );
}
