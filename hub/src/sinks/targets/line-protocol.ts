/**
 * Line protocol over HTTP: InfluxDB 1, 2 and 3, VictoriaMetrics, QuestDB. One line a value; the field is named by the
 * kind of the value, so that no field ever has two types.
 */
import type { SinkOf } from "../config/index.ts";
import { qualityCode, type Content, type RecordSubject, type SinkRecord } from "../record.ts";
import type { Target } from "../target.ts";
import { basic, post } from "./http.ts";

type Config = SinkOf<"line-protocol">;

export class LineProtocolTarget implements Target {
  readonly #config: Config;
  readonly #url: URL;

  constructor(config: Config) {
    this.#config = config;
    this.#url = writeUrl(config);
  }

  async write(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    const { gzip, measurement } = this.#config;
    const authorization = authorizationOf(this.#config);
    const headers = {
      "content-type": "text/plain; charset=utf-8",
      ...(authorization !== undefined && { authorization }),
    };
    const body = linesOf(records, measurement);
    await post({ url: this.#url, headers, body, gzip, signal });
  }

  async close(): Promise<void> {
    // connections are those of fetch, which ends them when they are idle
  }
}

/** Where the interface of the configuration is written to; times are milliseconds. */
function writeUrl(config: Config): URL {
  const { api, database, retentionPolicy, org, bucket } = config;
  const [path, query] = {
    v1: ["write", { db: database, rp: retentionPolicy, precision: "ms" }] as const,
    v2: ["api/v2/write", { org, bucket, precision: "ms" }] as const,
    v3: ["api/v3/write_lp", { db: database, precision: "millisecond" }] as const,
  }[api];
  const url = new URL(config.url);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/${path}`;
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(key, value);
  }
  return url;
}

function authorizationOf({ api, user, password, token }: Config): string | undefined {
  if (token !== undefined) return `${api === "v3" ? "Bearer" : "Token"} ${token.read()}`;
  return user === undefined ? undefined : basic(user, password?.read() ?? "");
}

export function linesOf(records: readonly SinkRecord[], measurement: string): string {
  const heads = new Map<RecordSubject, string>();
  const lines: string[] = [];
  for (const { subject, content, quality, time } of records) {
    let head = heads.get(subject);
    if (head === undefined) {
      head = headOf(subject, measurement);
      heads.set(subject, head);
    }
    lines.push(`${head} ${fieldOf(content)}q=${qualityCode(quality)}i ${Math.trunc(time)}\n`);
  }
  return lines.join("");
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

function fieldOf(content: Content): string {
  switch (content.kind) {
    case "number":
      return `num=${content.value},`;
    case "integer":
      return `int=${content.value}i,`;
    case "truth":
      return `bool=${content.value},`;
    case "text":
      return `str="${fieldText(content.value)}",`;
    case "json":
      return `json="${fieldText(content.value)}",`;
    case "none":
      return "";
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
