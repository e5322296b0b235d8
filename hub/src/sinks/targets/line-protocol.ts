/**
 * Line protocol over HTTP: InfluxDB 1, 2 and 3, VictoriaMetrics, QuestDB. How
 * lines look: `line-text.ts`.
 */
import type { SinkOf } from "../config/index.ts";
import type { SinkRecord } from "../record.ts";
import type { Target } from "../target.ts";
import { basic, post } from "./http.ts";
import { deviceLines, metricLines } from "./line-text.ts";

type Config = SinkOf<"line-protocol">;

export class LineProtocolTarget implements Target {
  readonly #config: Config;
  readonly #url: URL;

  constructor(config: Config) {
    this.#config = config;
    this.#url = writeUrl(config);
  }

  async write(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    const { gzip, measurement, row } = this.#config;
    const authorization = authorizationOf(this.#config);
    const headers = {
      "content-type": "text/plain; charset=utf-8",
      ...(authorization !== undefined && { authorization }),
    };
    const body = (row === "metric" ? metricLines : deviceLines)(records, measurement);
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
