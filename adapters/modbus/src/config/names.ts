/** Which names can be names of metrics and devices. Subscribers make a path of them and a topic. */
import { OWN_PREFIXES } from "@unshub/adapter";

/** Why `name` cannot be the name of a metric, or `undefined` when it can. */
export function metricNameProblem(name: string): string | undefined {
  if (/[+#]/.test(name)) return `"${name}" contains + or #, which are wildcards in MQTT`;
  if (/\p{Cc}/u.test(name)) return `${JSON.stringify(name)} contains a control character`;
  if (name.split("/").includes("")) return `"${name}" has an empty part between its slashes`;
  if (Buffer.byteLength(name) > 255) return `is longer than 255 bytes`;
  const own = OWN_PREFIXES.find((prefix) => name.startsWith(prefix));
  return own && `"${name}" begins with ${own}, where every device has metrics of its own`;
}

/** Why `name` cannot be the name of a device, which is one level of a topic. */
export function deviceNameProblem(name: string): string | undefined {
  return name.includes("/")
    ? `"${name}" contains /, which separates topic levels`
    : metricNameProblem(name);
}
