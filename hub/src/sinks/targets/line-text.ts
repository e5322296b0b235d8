/** Lines of the line protocol, by metric or by device. */
import { qualityCode, type Content, type RecordSubject, type SinkRecord } from "../record.ts";

/** One line a value; the field is named by the kind of the value, so that no field ever has two types. */
export function metricLines(records: readonly SinkRecord[], measurement: string): string {
  const heads = new Map<RecordSubject, string>();
  const lines: string[] = [];
  for (const { subject, content, quality, time } of records) {
    let head = heads.get(subject);
    if (head === undefined) {
      head = headOf(subject, measurement);
      heads.set(subject, head);
    }
    const value = valueText(content);
    const field = value === undefined ? "" : `${FIELDS[content.kind]}=${value},`;
    lines.push(`${head} ${field}q=${qualityCode(quality)}i ${Math.trunc(time)}\n`);
  }
  return lines.join("");
}

/** One line for all that a device says at one time: a field for each metric, and one for its quality. */
export function deviceLines(records: readonly SinkRecord[], measurement: string): string {
  const lines = new Map<string, Map<string, string>>();
  for (const { subject, content, quality, time } of records) {
    const key = `${subject.place} ${time}`;
    const fields = lines.get(key) ?? new Map([["", deviceHead(subject, measurement)]]);
    const name = tagText(subject.path.slice(subject.place.length + 1));
    const value = valueText(content);
    if (value !== undefined) fields.set(name, `${name}=${value}`);
    fields.set(`${name}.q`, `${name}.q=${qualityCode(quality)}i`);
    lines.set(key, fields);
  }
  const texts = Array.from(lines, ([key, fields]) => {
    const [head = "", ...rest] = fields.values();
    return `${head} ${rest.join(",")} ${Math.trunc(Number(key.slice(key.lastIndexOf(" "))))}\n`;
  });
  return texts.join("");
}

function deviceHead(subject: RecordSubject, measurement: string): string {
  return headOf({ ...subject, path: subject.place, metric: "" }, measurement);
}

function headOf(subject: RecordSubject, measurement: string): string {
  const { path, groupId, edgeNodeId, deviceId, metric, levels } = subject;
  const own = [
    ["path", path],
    ["group", groupId],
    ["node", edgeNodeId],
    ["device", deviceId],
    ["metric", metric],
  ] as const;
  const taken = new Set<string>([...own.map(([key]) => key), "time"]);
  const more = levels.map(([name, value]) => [name.toLowerCase(), value] as const);
  const tags = [...own, ...more.filter(([key]) => !taken.has(key))]
    .filter(([, value]) => value !== "")
    .map(([key, value]) => `,${tagText(key)}=${tagText(value)}`);
  return `${measurementText(measurement)}${tags.join("")}`;
}

const FIELDS = {
  number: "num",
  integer: "int",
  truth: "bool",
  text: "str",
  json: "json",
  none: "",
};

/** `undefined`: there is none. */
function valueText(content: Content): string | undefined {
  switch (content.kind) {
    case "number":
    case "truth":
      return String(content.value);
    case "integer":
      return `${content.value}i`;
    case "text":
    case "json":
      return `"${fieldText(content.value)}"`;
    case "none":
      return undefined;
  }
}

/** A line ends at a line end, and a backslash at the end of a tag would take the comma behind it with it. */
function tagText(text: string): string {
  return text
    .replaceAll(/[\n\r\0]/g, (letter) => encodeURIComponent(letter))
    .replace(/\\$/, "%5C")
    .replaceAll(/[,= ]/g, String.raw`\$&`);
}

function measurementText(text: string): string {
  return tagText(text).replaceAll(String.raw`\=`, "=");
}

function fieldText(text: string): string {
  return text.replaceAll(/["\\]/g, String.raw`\$&`);
}
