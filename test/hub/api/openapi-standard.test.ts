/** Both OpenAPI documents by the schema of OpenAPI 3.1 itself, and by what that schema cannot say. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { startTestHub } from "../../support/hub.ts";
import { readDocument, type ReadDocument } from "../../support/openapi-operations.ts";

/** Parameters of the path that are not described, or described and not there. */
function strayParameters({ operations }: ReadDocument): readonly string[] {
  return operations.flatMap(({ method, path, operation }) => {
    const inPath = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = ""]) => name);
    const described = operation.parameters.filter((each) => each.in === "path");
    const names = described.map(({ name }) => name);
    const odd = [...inPath, ...names].filter(
      (name) => !inPath.includes(name) || !names.includes(name),
    );
    const optional = described.filter(({ required }) => !required).map(({ name }) => name);
    return [...odd, ...optional].map((name) => `${method} ${path}: ${name}`);
  });
}

function isSentence(text: unknown): boolean {
  return typeof text === "string" && text.length > 3;
}

function undescribed({ operations }: ReadDocument): readonly string[] {
  return operations.flatMap(({ method, path, operation }) => {
    const responses = Object.entries(operation.responses);
    const silent = responses.filter(([, { description }]) => !isSentence(description));
    const place = `${method} ${path}`;
    return [
      ...silent.map(([status]) => `${place}: ${status}`),
      ...(responses.length > 0 ? [] : [place]),
    ];
  });
}

/** What has to have an example: bodies and answers of administration, as JSON. What is the page's own has none. */
function withoutExample({ operations, examples }: ReadDocument): readonly string[] {
  const given = new Set(examples().map(({ place }) => place));
  return operations
    .filter(({ path }) => path.startsWith("/api/v1/") && path !== "/api/v1/openapi.json")
    .flatMap(({ method, path, operation: { requestBody, responses } }) => {
      const hasAnswer = responses["200"]?.content?.["application/json"] !== undefined;
      const isTable = responses["200"]?.content?.["text/csv"] !== undefined;
      const parts = [
        ...(requestBody === undefined ? [] : ["body"]),
        ...(hasAnswer && !isTable ? ["200"] : []),
      ];
      return parts.map((part) => `${method} ${path}: ${part}`);
    })
    .filter((place) => !given.has(place));
}

describe("the OpenAPI documents of the hub", { timeout: 120_000 }, () => {
  it("keep to OpenAPI 3.1: its schema, references that lead somewhere, names, answers and parameters", async (t) => {
    const hub = await startTestHub(t);

    for (const route of ["/api/v1/openapi.json", "/i3x/v1/openapi.json"]) {
      const answer = await fetch(`http://127.0.0.1:${hub.httpPort}${route}`);
      const text = await answer.text();
      const validator = new Validator();
      const { valid, errors } = await validator.validate(JSON.parse(text));
      const read = readDocument(JSON.parse(text));
      const ids = read.operations.map(({ operation }) => operation.operationId);

      assert.deepEqual([valid, errors], [true, undefined], route);
      assert.equal(validator.version, "3.1", route);
      assert.doesNotThrow(() => validator.resolveRefs(), route);
      assert.equal(new Set(ids).size, ids.length, route);
      assert.deepEqual([undescribed(read), strayParameters(read)], [[], []], route);
    }
  });

  it("have examples of nearly all bodies and answers of administration, each as its schema says", async (t) => {
    const hub = await startTestHub(t);
    const read = async (route: string): Promise<ReadDocument> =>
      readDocument(await (await fetch(`http://127.0.0.1:${hub.httpPort}${route}`)).json());
    const own = await read("/api/v1/openapi.json");
    const i3x = await read("/i3x/v1/openapi.json");
    const file = new URL("../../../hub/src/api/openapi-examples.json", import.meta.url);
    const written: Record<string, object> = JSON.parse(readFileSync(file, "utf8"));

    const examples = [...own.examples(), ...i3x.examples()];

    assert.deepEqual(
      examples.filter(({ fault }) => fault !== undefined),
      [],
    );
    const without = withoutExample(own);
    assert.ok(without.length * 10 < examples.length, `examples are missing: ${without.join(", ")}`);
    const places = Object.entries(written).flatMap(([route, parts]) =>
      Object.keys(parts).map((part) => `${route}: ${part === "body" ? part : "200"}`),
    );
    assert.deepEqual(
      places.filter((place) => !examples.some((each) => each.place === place)),
      [],
      "examples of routes that are not there",
    );
  });
});
