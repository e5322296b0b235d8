/** A client of i3X that holds every answer against CESMII's OpenAPI document, as the hub serves it. */
import assert from "node:assert/strict";
import { request as ask, type IncomingHttpHeaders } from "node:http";
import { gunzipSync } from "node:zlib";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

export interface I3xAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As JSON; `undefined` when it is none. */
  readonly json: unknown;
  readonly text: string;
}

/** What the checks need of a server; a test may put something between. */
export interface I3xDoor {
  ask(method: string, path: string, body?: object, headers?: Headers): Promise<I3xAnswer>;
  /** The events of a stream. `null` among them: it has ended. */
  stream(body: object, headers?: Headers): Promise<I3xStream>;
}

type Headers = Readonly<Record<string, string>>;

export interface I3xStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The next line `data: …` as JSON; `undefined` when it ended as one that has said everything. */
  next(): Promise<readonly Update[] | undefined>;
  /** Everything that came. */
  readonly raw: () => string;
  close(): void;
}

export interface Update {
  readonly elementId: string;
  readonly value: unknown;
  readonly quality: string;
  readonly timestamp: string;
}

export class I3xClient implements I3xDoor {
  readonly #url: string;
  readonly #headers: Headers;
  #contract: Contract | undefined;

  constructor(hub: { readonly httpPort: number }, headers: Headers = {}) {
    this.#url = `http://127.0.0.1:${hub.httpPort}/i3x/v1`;
    this.#headers = headers;
  }

  async ask(
    method: string,
    path: string,
    body?: object,
    headers: Headers = {},
  ): Promise<I3xAnswer> {
    const answer = await this.plain(method, path, body, headers);
    this.#contract ??= await contractOf(this);
    this.#contract.check(method, path, answer);
    return answer;
  }

  /** As `ask`; the answer is not held against the document. `body`: a text goes out as it is. */
  async plain(
    method: string,
    path: string,
    body?: object | string,
    headers: Headers = {},
  ): Promise<I3xAnswer> {
    const { response, chunks } = await this.#send(method, path, body, headers);
    const all: Buffer[] = [];
    for await (const chunk of chunks) all.push(chunk);
    const bytes = Buffer.concat(all);
    const isPacked = response.headers["content-encoding"] === "gzip";
    const text = (isPacked ? gunzipSync(bytes) : bytes).toString();
    const isJson = response.headers["content-type"]?.startsWith("application/json") === true;
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      text,
      json: isJson && text !== "" ? JSON.parse(text) : undefined,
    };
  }

  async stream(body: object, headers: Headers = {}): Promise<I3xStream> {
    const { response, chunks } = await this.#send("POST", "/subscriptions/stream", body, headers);
    let raw = "";
    let read = 0;
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      raw: () => raw,
      close: () => response.destroy(),
      next: async () => {
        for (;;) {
          const end = raw.indexOf("\n\n", read);
          if (end >= 0) {
            const event = raw.slice(read, end);
            read = end + 2;
            if (event.startsWith("data: ")) return JSON.parse(event.slice("data: ".length));
            continue;
          }
          const { value, done } = await chunks.next();
          if (done === true) return undefined;
          raw += value.toString();
        }
      },
    };
  }

  async #send(
    method: string,
    path: string,
    body: object | string | undefined,
    headers: Headers,
  ): Promise<{
    response: import("node:http").IncomingMessage;
    chunks: AsyncIterator<Buffer> & AsyncIterable<Buffer>;
  }> {
    const text = typeof body === "object" ? JSON.stringify(body) : body;
    return await new Promise((resolve, reject) => {
      const request = ask(
        `${this.#url}${path}`,
        {
          method,
          agent: false,
          headers: {
            accept: "application/json",
            ...(text !== undefined && { "content-type": "application/json" }),
            ...this.#headers,
            ...headers,
          },
        },
        (response) => resolve({ response, chunks: response[Symbol.asyncIterator]() }),
      );
      request.on("error", reject);
      request.end(text);
    });
  }
}

/** What the document says of each answer. */
class Contract {
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });
  readonly #document: OpenApi;
  readonly #checks = new Map<string, ValidateFunction>();

  constructor(document: OpenApi) {
    this.#document = document;
    this.#ajv.addSchema({ $id: "document", components: document.components });
  }

  check(method: string, path: string, { status, json, headers, text }: I3xAnswer): void {
    const [route = ""] = path.split("?");
    const operation = this.#document.paths[route]?.[method.toLowerCase()];
    if (operation === undefined || status === 304) return; // a path that is none is answered as every fault
    const { responses } = operation;
    const described = responses[status === 206 ? 200 : status] ?? responses["default"];
    const schema = described?.content?.["application/json"]?.schema;
    assert.ok(schema, `${method} ${route} ${status} is described`);
    assert.match(
      headers["content-type"] ?? "",
      /^application\/json/,
      `${method} ${route}: ${text}`,
    );
    const key = `${method} ${route} ${status}`;
    const known = this.#checks.get(key) ?? this.#compile(schema);
    this.#checks.set(key, known);
    assert.ok(known(json), `${key}: ${this.#ajv.errorsText(known.errors)}`);
  }

  #compile(schema: object): ValidateFunction {
    return this.#ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')));
  }
}

interface OpenApi {
  readonly components: object;
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly responses: Readonly<
              Record<
                string,
                { readonly content?: Readonly<Record<string, { readonly schema: object }>> }
              >
            >;
          }
        >
      >
    >
  >;
}

async function contractOf(client: I3xClient): Promise<Contract> {
  const answer = await client.plain("GET", "/openapi.json");
  const document: OpenApi = JSON.parse(answer.text);
  return new Contract(document);
}

/** A value inside JSON that was checked already. */
export function valueAt(json: unknown, ...path: readonly (string | number)[]): unknown {
  let value = json;
  for (const key of path) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  }
  return value;
}

export function listAt(json: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const value = valueAt(json, ...path);
  assert.ok(
    Array.isArray(value),
    `no list at ${path.join(".")}: ${JSON.stringify(json)?.slice(0, 300)}`,
  );
  return value;
}

export function textAt(json: unknown, ...path: readonly (string | number)[]): string {
  const value = valueAt(json, ...path);
  assert.equal(typeof value, "string", `no text at ${path.join(".")}`);
  return String(value);
}
