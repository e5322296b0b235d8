/** Answers that a server gives to a whole request instead of to its parts. */

/** With these nothing of the request was carried out; with others, as a time-out within the server, nobody knows. */
const NOTHING_DONE: ReadonlySet<string> = new Set([
  "BadDecodingError",
  "BadRequestHeaderInvalid",
  "BadRequestTooLarge",
  "BadRequestTypeInvalid",
  "BadSecurityModeInsufficient",
  "BadServiceUnsupported",
  "BadSessionClosed",
  "BadSessionIdInvalid",
  "BadSessionNotActivated",
  "BadTooManyOperations",
  "BadUserAccessDenied",
]);

/** The name of the status when a server answered so, and nothing was done; `undefined`: it is another error, or none of a server. */
export function refusalOf(cause: unknown): string | undefined {
  const status = fieldOf(fieldOf(fieldOf(cause, "response"), "responseHeader"), "serviceResult");
  const name = fieldOf(status, "name");
  return typeof name === "string" && NOTHING_DONE.has(name) ? name : undefined;
}

/** The library does not show in its types what its errors carry. */
function fieldOf(from: unknown, name: string): unknown {
  return typeof from === "object" && from !== null ? Reflect.get(from, name) : undefined;
}
