/** What JSON cannot say otherwise, as a metric's value: 64-bit integers are texts there, times ISO 8601, bytes Base64. */
import type { MetricValue } from "@unshub/sparkplug";
import type { BuiltInType } from "../built-in-types.ts";

const WHOLE = /^-?\d{1,20}$/;
const NO_BASE64 = /[^\w+/-]/;

/** `null`, or the text as it is: nothing that a value of the type could be. */
export function valueOfJson(given: unknown, { name }: BuiltInType): MetricValue {
  if (typeof given === "string") {
    const is64 = name === "Int64" || name === "UInt64";
    if (is64 && WHOLE.test(given)) return BigInt(given);
    if (name === "DateTime") return Date.parse(given);
    if (name === "ByteString") return bytesIn(given) ?? given;
    return given;
  }
  return typeof given === "number" || typeof given === "boolean" ? given : null;
}

/** Node would leave out whatever is no Base64, and write the rest. */
function bytesIn(text: string): Uint8Array | undefined {
  const letters = text.replace(/={1,2}$/, "");
  if (NO_BASE64.test(letters) || letters.length % 4 === 1) return undefined;
  return Uint8Array.from(Buffer.from(letters, "base64"));
}
