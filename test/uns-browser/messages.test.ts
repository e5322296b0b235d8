import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ApiError, createApi, type FetchLike } from "../../uns-browser/lib/api.ts";
import { parseChildren, parseHubMessage, parseValue } from "../../uns-browser/lib/messages.ts";
import { sampleBirth, sampleBirthCommand } from "../../uns-browser/lib/sample-birth.ts";

/** A hub that gives the same answer to everything. */
function answering(status: number, json: unknown, urls: string[] = []): FetchLike {
  return async (url) => {
    urls.push(url);
    return { ok: status === 200, status, json: async () => json };
  };
}

describe("messages of the hub", () => {
  const refused: readonly string[] = [
    "",
    "null",
    "[]",
    '{"op":"constructor"}',
    '{"op":"d","s":1,"g":1,"t":1,"u":[1,2,3]}',
    '{"op":"d","s":"1","g":1,"t":1,"u":[]}',
    '{"op":"n","s":1,"add":[{"id":1}],"cnt":[]}',
    '{"op":"welcome","epoch":1}',
  ];
  for (const text of refused) {
    it(`refuses ${text === "" ? "nothing" : text}`, () =>
      assert.equal(parseHubMessage(text), null));
  }

  it("takes those of the protocol", () => {
    assert.equal(parseHubMessage('{"op":"d","s":1,"g":1,"t":1,"u":[]}')?.op, "d");
    assert.equal(parseHubMessage('{"op":"stat","in":1,"shown":1,"lag":0,"clients":1}')?.op, "stat");
    assert.equal(parseHubMessage('{"op":"reset","why":"gap"}')?.op, "reset");
  });

  it("refuses answers without the parts the page needs", () => {
    assert.equal(parseChildren({ epoch: "e", rows: [] }), null);
    assert.equal(
      parseChildren({ epoch: "e", rows: [{ id: 1, name: "x", kind: "king" }], more: false }),
      null,
    );
    assert.equal(parseValue({ epoch: "e" }), null);
  });
});

describe("questions over HTTP", () => {
  it("encode what they ask for", async () => {
    const urls: string[] = [];
    const api = createApi(answering(200, { epoch: "e", rows: [], more: false, hits: 0 }, urls));

    await api.children(null, null);
    await api.children(7, 9);
    await api.path("Plant1/a%2Fb");
    await api.find("press & vib");

    assert.deepEqual(urls, [
      "/api/ns/children?limit=500",
      "/api/ns/children?id=7&after=9&limit=500",
      "/api/ns/path?p=Plant1%2Fa%252Fb",
      "/api/ns/find?f=press%20%26%20vib&limit=500",
    ]);
  });

  const failures: readonly (readonly [FetchLike, string])[] = [
    [answering(404, {}), "NOT_FOUND"],
    [answering(503, {}), "REFUSED"],
    [answering(200, { rows: 1 }), "NOT_UNDERSTOOD"],
    [async () => Promise.reject(new TypeError("failed to fetch")), "UNREACHABLE"],
  ];
  for (const [fetchLike, code] of failures) {
    it(`fail with ${code}`, async () => {
      await assert.rejects(
        createApi(fetchLike).children(1, null),
        (error) => error instanceof ApiError && error.code === code,
      );
    });
  }
});

describe("the birth to publish by hand", () => {
  it("is a Sparkplug payload with two metrics", () => {
    const bytes = Buffer.from(sampleBirth(300)).toString("hex");

    assert.equal(
      bytes,
      "08ac02" + // timestamp 300
        "120e0a0562645365711" +
        "8ac0220085800" + // bdSeq, UInt64, 0
        "12170a0b54656d706572617475726518ac022009650000ac41" + // Temperature, Float, 21.5
        "1800", // seq 0
    );
  });

  it("becomes a line that every shell understands", () => {
    const line = sampleBirthCommand({ host: "10.0.0.5", port: 1884 }, 300);

    assert.match(
      line,
      /^printf '(\\[0-7]{3})+' \| mosquitto_pub -h 10\.0\.0\.5 -p 1884 -t spBv1\.0\/Demo\/NBIRTH\/by-hand -s$/,
    );
  });
});
