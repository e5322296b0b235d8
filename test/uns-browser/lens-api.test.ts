/** The plant by places and by topics, asked of the hub in the words of the tree. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLensApi, memberOfTopic } from "../../uns-browser/lib/lens-api.ts";

/** A hub that answers what it is told to, and keeps what it was asked. */
function hubWith(answers: Readonly<Record<string, object>>) {
  const asked: string[] = [];
  return {
    asked,
    fetch: async (url: string) => {
      asked.push(url);
      const answer = answers[url];
      return {
        ok: answer !== undefined,
        status: answer === undefined ? 404 : 200,
        json: async () => answer,
      };
    },
  };
}

const level = (topic: string) => ({ name: topic.split("/").at(-1), topic, branch: true });
const PLACE = { name: "acme", path: "acme", kind: "place", key: "place acme", branch: true };
const METRIC = {
  id: 7,
  parent: 3,
  name: "speed",
  kind: "metric",
  branch: false,
  unit: "rpm",
  path: "acme/line/speed",
  key: "metric acme/line/speed",
  at: "g/e/d/speed",
};

describe("the lens of places", () => {
  it("names places below −1 and metrics as the tree does, and goes on where the page before ended", async () => {
    const hub = hubWith({
      "/api/ns/uns?p=&limit=500": { rows: [PLACE], more: true },
      "/api/ns/uns?p=&limit=500&after=place%20acme": { rows: [], more: false },
      "/api/ns/uns?p=acme&limit=500": { rows: [METRIC, { name: 5 }], more: false },
    });
    const lens = createLensApi(hub.fetch, "uns");
    lens.begin("run");

    const top = await lens.children(null, null);
    const [place] = top.rows;
    assert.ok(place !== undefined && place.id < -1);
    const next = await lens.children(null, place.id);
    const below = await lens.children(place.id, null);

    assert.deepEqual([top.epoch, top.more, next.more], ["run", true, false]);
    assert.deepEqual(below.rows, [
      { id: 7, parent: place.id, name: "speed", kind: "metric", branch: false, unit: "rpm" },
    ]);
    assert.deepEqual([lens.pathOf(7), lens.pathOf(place.id)], ["g/e/d/speed", "acme"]);
  });

  it("leads from the path in the tree to where it stands in the plant", async () => {
    const hub = hubWith({ "/api/ns/uns/line?p=g%2Fe%2Fd%2Fspeed": { rows: [PLACE, METRIC] } });
    const lens = createLensApi(hub.fetch, "uns");

    const { rows } = await lens.path("g/e/d/speed");

    assert.deepEqual(
      rows.map(({ id, parent }) => [id < 0, parent]),
      [
        [true, null],
        [false, rows[0]?.id],
      ],
    );
    await assert.rejects(lens.path("g/x"), { code: "NOT_FOUND" });
  });
});

describe("the lens of topics", () => {
  it("keeps empty levels and names that look alike apart", async () => {
    const hub = hubWith({
      "/api/ns/topics?limit=5000": {
        rows: [
          { name: "", topic: "", branch: true, messages: false },
          { name: "a b", topic: "a b", branch: true, messages: true },
        ],
        more: false,
      },
      "/api/ns/topics/line?p=a%20b%2Fc": {
        rows: [
          { name: "a b", topic: "a b", branch: true, messages: true },
          { name: "c", topic: "a b/c", branch: false, messages: true },
        ],
      },
    });
    const lens = createLensApi(hub.fetch, "topic");

    const { rows } = await lens.children(null, null);
    const line = await lens.path("a%20b/c");

    assert.deepEqual(
      rows.map(({ name, kind }) => [name, kind]),
      [
        ["", "topic"],
        ["a b", "topic"],
      ],
    );
    assert.equal(line.rows[0]?.id, rows[1]?.id);
    assert.equal(lens.pathOf(line.rows[1]?.id ?? 0), "a%20b/c");
  });

  it("has below a level without a name what stands there, and not the topmost again", async () => {
    const hub = hubWith({
      "/api/ns/topics?limit=5000": { rows: [level("")], more: false },
      "/api/ns/topics?p=&limit=5000": { rows: [level("/a"), level("/c")], more: false },
    });
    const lens = createLensApi(hub.fetch, "topic");

    const [top] = (await lens.children(null, null)).rows;
    const below = await lens.children(top?.id ?? 0, null);

    assert.deepEqual(
      below.rows.map(({ name, parent }) => [name, parent]),
      [
        ["a", top?.id],
        ["c", top?.id],
      ],
    );
  });

  it("puts the levels that are alone below the row that has them", async () => {
    const only = ["a/b", "a/b/c"].map((topic) => ({
      name: topic.at(-1),
      topic,
      branch: true,
    }));
    const hub = hubWith({
      "/api/ns/topics?limit=5000": {
        rows: [{ name: "a", topic: "a", branch: true, only: [...only, { name: 5 }] }],
        more: false,
      },
    });
    const lens = createLensApi(hub.fetch, "topic");

    const { rows, only: alone = [] } = await lens.children(null, null);

    const [a, b, c] = [...rows, ...alone];
    assert.deepEqual([b?.parent, c?.parent, alone.length], [a?.id, b?.id, 2]);
    assert.deepEqual(lens.pathOf(c?.id ?? 0), "a/b/c");
  });

  it("knows of which device a topic speaks", () => {
    assert.equal(memberOfTopic("spBv1.0/g/DDATA/e/d"), "g/e/d");
    assert.equal(memberOfTopic("spBv1.0/g/NBIRTH/e"), "g/e");
    assert.equal(memberOfTopic("line/1"), null);
  });
});
