/** The rules of i3X about what there is. */
import assert from "node:assert/strict";
import { listAt, textAt, valueAt } from "./i3x-client.ts";
import { BOGUS, type Check, type Edge, type Findings } from "./i3x-findings.ts";
import { isElementId, isNotFound, itemsOf, resultOf, resultsOf } from "./i3x-rules.ts";

export const CORE: readonly Check[] = [
  {
    id: "CORE-01…03",
    rule: "/info answers without login, and names all capabilities",
    run: async ({ door }) => {
      const info = resultOf(
        await door.ask("GET", "/info", undefined, { authorization: "Bearer hub_unknown" }),
      );
      assert.equal(valueAt(info, "specVersion"), "1.0");
      assert.doesNotMatch(String(valueAt(info, "serverVersion")), /alpha|beta/i);
      assert.deepEqual(valueAt(info, "capabilities"), {
        query: { history: true },
        update: { current: true, history: true },
        subscribe: { stream: true },
      });
    },
  },
  {
    id: "CORE-04",
    rule: "gzip is honoured on every route, faults too",
    run: async ({ door }) => {
      for (const [method, path] of [
        ["GET", "/info"],
        ["GET", "/namespaces"],
        ["GET", "/objects"],
        ["GET", "/objects?root=true"],
        ["POST", "/objects/value"],
        ["POST", "/subscriptions"],
        ["GET", "/nothing"],
      ] as const) {
        const body = method === "POST" ? {} : undefined;
        const { headers, json } = await door.ask(method, path, body, {
          "accept-encoding": "gzip",
        });
        assert.equal(headers["content-encoding"], "gzip", path);
        assert.equal(typeof valueAt(json, "success"), "boolean", path);
        const plain = await door.ask(method, path, body, { "accept-encoding": "gzip;q=0" });
        assert.equal(plain.headers["content-encoding"], undefined, path);
      }
    },
  },
];

export const EXPLORE: readonly Check[] = [
  {
    id: "EXP-01…03",
    rule: "there is a namespace, and each has its own uri",
    run: async (found) => {
      found.namespaces = listAt(await found.get("/namespaces"));
      const uris = found.namespaces.map((one) => textAt(one, "uri"));
      assert.ok(uris.length > 0);
      assert.equal(new Set(uris).size, uris.length);
    },
  },
  {
    id: "EXP-04, EXP-05",
    rule: "each type is of a namespace that is listed, and one has properties",
    run: async (found) => {
      for (const type of listAt(await found.get("/objecttypes"))) {
        found.types.set(textAt(type, "elementId"), type);
        assert.equal(typeof valueAt(type, "schema"), "object");
        assert.notEqual(textAt(type, "sourceTypeId"), "");
        assert.ok(isListed(found, textAt(type, "namespaceUri")));
      }
      const isRich = [...found.types.values()].some(
        (type) =>
          valueAt(type, "schema", "type") === "object" &&
          Object.keys(Object(valueAt(type, "schema", "properties"))).length > 0,
      );
      assert.ok(isRich, "no type has properties");
    },
  },
  {
    id: "EXP-06",
    rule: "types are filtered by namespace, exactly",
    run: async (found) => {
      for (const namespace of found.namespaces) {
        const uri = textAt(namespace, "uri");
        const own = listAt(await found.get(`/objecttypes?namespaceUri=${encodeURIComponent(uri)}`));
        const expected = [...found.types.values()].filter(
          (type) => valueAt(type, "namespaceUri") === uri,
        );
        assert.deepEqual(own, expected);
      }
    },
  },
  {
    id: "EXP-07, EXP-08",
    rule: "types are answered in the order of the call, unknown ones by themselves",
    run: async ({ types, post }) => {
      const ids = [...types.keys()].slice(0, 3).toReversed();
      const answer = await post("/objecttypes/query", { elementIds: [...ids, BOGUS] });
      const items = itemsOf(answer, [...ids, BOGUS]);
      assert.deepEqual(valueAt(items[0], "result"), types.get(ids[0] ?? ""));
      isNotFound(items[3]);
    },
  },
  {
    id: "EXP-09, EXP-10",
    rule: "each relationship type has its reverse, and that has it",
    run: async (found) => {
      for (const type of listAt(await found.get("/relationshiptypes"))) {
        found.relationships.set(textAt(type, "elementId"), type);
        assert.ok(isListed(found, textAt(type, "namespaceUri")));
      }
      for (const [id, type] of found.relationships) {
        const reverse = found.relationships.get(textAt(type, "reverseOf"));
        assert.equal(valueAt(reverse, "reverseOf"), id);
      }
      for (const id of ["HasParent", "HasChildren", "HasComponent", "ComponentOf"])
        assert.ok(found.relationships.has(id), id);
    },
  },
  {
    id: "EXP-11",
    rule: "unknown relationship types fail by themselves",
    run: async ({ relationships, post }) => {
      const [id = ""] = relationships.keys();
      const answer = await post("/relationshiptypes/query", { elementIds: [id, BOGUS] });
      const [known, unknown] = itemsOf(answer, [id, BOGUS]);
      assert.deepEqual(valueAt(known, "result"), relationships.get(id));
      isNotFound(unknown);
    },
  },
  {
    id: "EXP-12…14",
    rule: "each object is of a type that is listed, and every id is there once",
    run: async (found) => {
      found.objects = listAt(await found.get("/objects"));
      const ids = found.objects.map((one) => textAt(one, "elementId"));
      for (const one of found.objects) assert.ok(found.types.has(textAt(one, "typeElementId")));
      const all = [...ids, ...found.types.keys(), ...found.relationships.keys()];
      assert.ok(ids.length > 0);
      assert.equal(new Set(all).size, all.length);
      for (const id of all) isElementId(id);
    },
  },
  {
    id: "EXP-15",
    rule: "roots have nothing above them, and all others do",
    run: async (found) => {
      const roots = listAt(await found.get("/objects?root=true"));
      const expected = found.objects.filter((one) => valueAt(one, "parentId") === null);
      assert.ok(roots.length > 0);
      assert.deepEqual(sorted(roots), sorted(expected));
      const ids = new Set(found.objects.map((one) => textAt(one, "elementId")));
      for (const one of found.objects) {
        const parent = valueAt(one, "parentId");
        assert.ok(
          parent === null || (typeof parent === "string" && ids.has(parent)),
          textAt(one, "elementId"),
        );
      }
    },
  },
  {
    id: "EXP-16",
    rule: "objects are filtered by type, exactly",
    run: async (found) => {
      for (const id of found.types.keys()) {
        const own = listAt(await found.get(`/objects?typeElementId=${encodeURIComponent(id)}`));
        const expected = found.objects.filter((one) => valueAt(one, "typeElementId") === id);
        assert.deepEqual(sorted(own), sorted(expected));
      }
    },
  },
  {
    id: "EXP-17",
    rule: "metadata says where the type is from",
    run: async (found) => {
      const all = listAt(await found.get("/objects?includeMetadata=true"));
      assert.equal(all.length, found.objects.length);
      for (const one of all) {
        const type = found.types.get(textAt(one, "typeElementId"));
        assert.equal(valueAt(one, "metadata", "typeNamespaceUri"), valueAt(type, "namespaceUri"));
        assert.equal(valueAt(one, "metadata", "sourceTypeId"), valueAt(type, "sourceTypeId"));
      }
      const none = listAt(await found.get("/objects?includeMetadata=1"));
      assert.equal(valueAt(none[0], "metadata"), undefined);
    },
  },
  {
    id: "EXP-18",
    rule: "objects are answered in the order of the call, unknown ones by themselves",
    run: async ({ objects, post }) => {
      const ids = [...objects.slice(0, 2).map((one) => textAt(one, "elementId")), BOGUS];
      const items = itemsOf(await post("/objects/list", { elementIds: ids }), ids);
      assert.deepEqual(valueAt(items[0], "result"), objects[0]);
      isNotFound(items[2]);
    },
  },
  {
    id: "EXP-19…21",
    rule: "each edge is of a registered type and there from both sides, the parent's too",
    run: async (found) => {
      const edges = await allEdges(found);
      const keys = new Set(edges.map(keyOf));
      assert.equal(keys.size, edges.length);
      for (const { from, relationship, to } of edges) {
        const type = found.relationships.get(relationship);
        const back = { from: to, relationship: String(valueAt(type, "reverseOf")), to: from };
        assert.ok(keys.has(keyOf(back)), `${keyOf(back)} is missing`);
      }
      for (const one of found.objects) {
        const [id, parent] = [textAt(one, "elementId"), valueAt(one, "parentId")];
        const own = edges.filter(({ from, to }) => from === id && to === parent);
        assert.equal(own.length, parent === null ? 0 : 1, id);
      }
      found.edges = edges;
    },
  },
  {
    id: "EXP-22",
    rule: "edges are filtered by their type",
    run: async ({ edges, post }) => {
      for (const { from, relationship } of edges.slice(0, 20)) {
        const body = { elementIds: [from], relationshipType: relationship };
        const [own] = resultsOf(await post("/objects/related", body), [from]);
        const expected = edges.filter(
          (edge) => edge.from === from && edge.relationship === relationship,
        );
        assert.deepEqual(
          listAt(own).map((edge) => textAt(edge, "object", "elementId")),
          expected.map(({ to }) => to),
        );
        for (const edge of listAt(own))
          assert.equal(textAt(edge, "sourceRelationship"), relationship);
      }
    },
  },
];

function isListed({ namespaces }: Findings, uri: string): boolean {
  return namespaces.some((one) => valueAt(one, "uri") === uri);
}

async function allEdges(found: Findings): Promise<readonly Edge[]> {
  const ids = found.objects.map((one) => textAt(one, "elementId"));
  const results = resultsOf(await found.post("/objects/related", { elementIds: ids }), ids);
  const known = new Map(found.objects.map((one) => [textAt(one, "elementId"), one]));
  return results.flatMap((result, at) =>
    listAt(result).map((edge) => {
      const to = textAt(edge, "object", "elementId");
      assert.deepEqual(valueAt(edge, "object"), known.get(to));
      return { from: ids[at] ?? "", relationship: textAt(edge, "sourceRelationship"), to };
    }),
  );
}

function keyOf({ from, relationship, to }: Edge): string {
  return `${from} ${relationship} ${to}`;
}

function sorted(objects: readonly unknown[]): readonly unknown[] {
  return objects.toSorted((a, b) => (textAt(a, "elementId") < textAt(b, "elementId") ? -1 : 1));
}
