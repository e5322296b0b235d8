/** The OpenAPI document against the hub it describes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PASSWORD, startClosedHub, Visit, type ClosedHub } from "../../support/http-hub.ts";
import { administrationWalk } from "../../support/administration-walk.ts";
import { pressAdapter, pressMemory } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { readDocument, type ReadDocument } from "../../support/openapi-operations.ts";

async function described(hub: ClosedHub): Promise<ReadDocument> {
  return readDocument(await new Visit(hub.url).json("GET", "/api/v1/openapi.json"));
}

/** The path with something in its places. */
const filled = (path: string): string => path.replaceAll(/\{\w+\}/g, "nobody");

describe("/api/v1/openapi.json", { timeout: 180_000 }, () => {
  it("describes each route that the hub has, each by a name of its own", async (t) => {
    const hub = await startClosedHub(t);
    const { operations } = await described(hub);

    const ids = operations.map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(operations.length > 30);
    for (const { operation } of operations) assert.ok(operation.summary.length >= 10);
    // What is not described is not there: `Routes` refuses to start with such a route.
    for (const { method, path, operation } of operations) {
      const answer = await new Visit(hub.url).ask(method, filled(path), undefined);
      const isOpen = operation.security?.length === 0;
      assert.equal(answer.status === 401, !isOpen, `${method} ${path}: ${answer.status}`);
    }
  });

  it("describes what comes of every change, every answer to GET afterwards, and every problem", async (t) => {
    const server = await openModbusServer(pressMemory());
    t.after(() => server.close());
    const hub = await startClosedHub(t, pressAdapter(server.port));
    const document = await described(hub);
    const { operations, fault } = document;
    await hub.putUser("vera", "viewer", ["read *"]);
    const { tree } = hub.hub;
    await hub.until(() => tree.online(tree.find("Plant1/gw-press/press-01") ?? -1) === true);
    const asked = new Set<string>();
    await administrationWalk(hub, async ({ method, route, path, body, by = hub.admin }) => {
      const answer = await by.ask(method, path, body);
      const copy = answer.clone();
      const found = operations.find((one) => one.method === method && one.path === route);
      assert.ok(
        found !== undefined && answer.ok,
        `${method} ${path}: ${await answer.clone().text()}`,
      );
      assert.equal(
        await document.answerFault(found.operation, answer),
        undefined,
        `${method} ${path}`,
      );
      asked.add(`${method} ${route}`);
      const isJson = copy.headers.get("content-type")?.startsWith("application/json") === true;
      return isJson ? await copy.json() : undefined;
    });
    assert.ok(asked.size >= 35); // the rest needs more than a hub with an adapter, and has tests of its own
    const own = new Map([["/api/v1/adapters/{name}", "/api/v1/adapters/press"]]);

    for (const { method, path, operation } of operations) {
      if (method !== "GET") continue;
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
      const answer = await (writes ? olaf : hub.admin).ask(method, filled(path), {
        nonsense: 1,
      });
      assert.equal(answer.status, 400, path);
      assert.equal(answer.headers.get("content-type"), "application/problem+json; charset=utf-8");
      const value: unknown = await answer.json();
      const schema = operation.responses[400]?.content?.["application/problem+json"]?.schema;
      assert.equal(fault(schema, value), undefined, path);
    }
  });

  it("can be read as a page that asks nobody for anything", async (t) => {
    const hub = await startClosedHub(t);

    const answer = await new Visit(hub.url).ask("GET", "/api/v1/docs");
    const html = await answer.text();

    assert.match(html, /<code>PUT \/api\/v1\/users\/\{name\}<\/code>/);
    assert.match(html, /<pre>\{[^<]* password\?: string\n/);
    const { operations } = await described(hub);
    assert.equal(html.split("<details>").length - 1, operations.length);
    assert.doesNotMatch(html, /src=|https?:|<script/);
    assert.match(
      answer.headers.get("content-security-policy") ?? "",
      /^default-src 'none'; style-src 'sha256-/,
    );
  });
});
