/** The error of a value that does not fit, and the path that grows as it passes outwards. */
import { SparkplugError } from "./errors.ts";

/** `path`: from the value at hand to the part that does not fit. */
export function misfit(message: string, path?: string): SparkplugError {
  return new SparkplugError("VALUE_MISFIT", message, path === undefined ? {} : { place: { path } });
}

/** The same error, seen from outside: `path` comes before its own. Errors of others are passed on. */
export function within(path: string, error: unknown): unknown {
  if (!(error instanceof SparkplugError)) return error;
  const inner = error.place.path;
  const whole = inner === undefined || inner === "" ? path : `${path}.${inner}`;
  const place = { ...error.place, path: whole };
  return new SparkplugError(error.code, error.message, { cause: error, place });
}
