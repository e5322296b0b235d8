/** The OpenAPI document against the hub it describes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { z } from "zod";
import { PASSWORD, startClosedHub, Visit, type ClosedHub } from "../../support/http-hub.ts";
import { pressAdapter } from "../../support/hub.ts";

const media = z.record(z.string(), z.object({ schema: z.looseObject({}) }));
const operationSchema = z.looseObject({
  operationId: z.string(),
  summary: z.string().min(10),
  security: z.array(z.unknown()).optional(),
  parameters: z.array(
    z.object({
      name: z.string(),
      in: z.enum(["path", "query"]),
      required: z.boolean(),
      schema: z.looseObject({}),
    }),
  ),
  requestBody: z.object({ content: media }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: media.optional() })),
});
const documentSchema = z.looseObject({
  openapi: z.literal("3.1.1"),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({ schemas: z.looseObject({ Problem: z.looseObject({}) }) }),
});

type Operation = z.output<typeof operationSchema>;

interface Described {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

async function described(hub: ClosedHub): Promise<{
  readonly operations: readonly Described[];
  readonly fault: (schema: object | undefined, value: unknown) => string | undefined;
}> {
  const answer = await new Visit(hub.url).json("GET", "/api/v1/openapi.json");
  const document = documentSchema.parse(answer);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: "document", components: document.components });
  return {
    operations: Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
    ),
    fault: (schema, value) => {
      if (schema === undefined) return "is not described";
      const text = JSON.stringify(schema).replaceAll('"#/', '"document#/');
      const check = ajv.compile(JSON.parse(text));
      return check(value) ? undefined : ajv.errorsText(check.errors);
    },
  };
}

/** The path with something in its places. */
const filled = (path: string): string => path.replaceAll(/\{\w+\}/g, "nobody");

describe("/api/v1/openapi.json", { timeout: 60_000 }, () => {
  it("describes each route that the hub has, each by a name of its own", async (t) => {
    const hub = await startClosedHub(t);
    const { operations } = await described(hub);

    const ids = operations.map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(operations.length > 30);
    // What is not described is not there: `Routes` refuses to start with such a route.
    for (const { method, path, operation } of operations) {
      const answer = await new Visit(hub.url).ask(method.toUpperCase(), filled(path), undefined);
      const isOpen = operation.security?.length === 0;
      assert.equal(answer.status === 401, !isOpen, `${method} ${path}: ${answer.status}`);
    }
  });

  it("describes what comes: every answer to GET, and every problem", async (t) => {
    const hub = await startClosedHub(t, pressAdapter(1));
    await hub.putUser("vera", "viewer", ["read *"]);
    const { operations, fault } = await described(hub);
    const own = new Map([["/api/v1/adapters/{name}", "/api/v1/adapters/press"]]);

    for (const { method, path, operation } of operations) {
      if (method !== "get") continue;
      const answer = await hub.admin.ask("GET", own.get(path) ?? filled(path));
      const type = (answer.headers.get("content-type") ?? "").split(";")[0] ?? "";
      const schema = operation.responses[answer.status]?.content?.[type]?.schema;
      const value: unknown = type.endsWith("json") ? await answer.json() : await answer.text();
      assert.equal(fault(schema, value), undefined, `${path} answers ${answer.status} ${type}`);
    }
  });

  it("describes what is wrong with a question in one shape", async (t) => {
    const hub = await startClosedHub(t);
    const { operations, fault } = await described(hub);
    const withBody = operations.filter(({ operation }) => operation.requestBody !== undefined);
    await hub.putUser("olaf", "operator", []);
    const olaf = await hub.visit("olaf", PASSWORD);

    for (const { method, path, operation } of withBody) {
      const writes = path.endsWith("/write"); // administrators write no metrics
      const answer = await (writes ? olaf : hub.admin).ask(method.toUpperCase(), filled(path), {
        nonsense: 1,
      });
      assert.equal(answer.status, 400, path);
      assert.equal(answer.headers.get("content-type"), "application/problem+json; charset=utf-8");
      const value: unknown = await answer.json();
      const schema = operation.responses[400]?.content?.["application/problem+json"]?.schema;
      assert.equal(fault(schema, value), undefined, path);
    }
  });

  it("has no route that answers 5xx or shows what is inside, whatever it is asked", async (t) => {
    const hub = await startClosedHub(t);
    const { operations } = await described(hub);
    const odd = ["%00", "..%2F..%2Fetc%2Fpasswd", "__proto__", "%E2%80%AE", "x".repeat(5000), "%"];

    for (const { method, path, operation } of operations) {
      if (path.endsWith("logout")) continue;
      for (const value of odd) {
        const query = operation.parameters
          .filter((parameter) => parameter.in === "query")
          .map(({ name }) => `${name}=${value}`);
        const url = `${path.replaceAll(/\{\w+\}/g, value)}?${query.join("&")}`;
        const body =
          method === "post" || method === "put" ? { [value]: value, path: value } : undefined;
        const answer = await hub.admin.ask(method.toUpperCase(), url, body);
        const text = await answer.text();
        assert.ok(answer.status < 500, `${method} ${url}: ${answer.status}`);
        assert.doesNotMatch(text, /node_modules|\.ts:\d|at \w+ \(/, url);
      }
    }
  });

  it("can be read as a page that asks nobody for anything", async (t) => {
    const hub = await startClosedHub(t);

    const answer = await new Visit(hub.url).ask("GET", "/api/v1/docs");
    const html = await answer.text();

    assert.match(html, /<code>PUT \/api\/v1\/users\/:name<\/code>/);
    assert.doesNotMatch(html, /src=|https?:|<script/);
    assert.match(
      answer.headers.get("content-security-policy") ?? "",
      /^default-src 'none'; style-src 'sha256-/,
    );
  });
});
