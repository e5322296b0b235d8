/** Findings and explanations, as the page reads, sorts and filters them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readFindingView, writeFindingView } from "../../uns-browser/lib/finding-address.ts";
import { allowRequest, isRefused, parseAllowing } from "../../uns-browser/lib/finding-allow.ts";
import {
  ANYTHING,
  byCause,
  findingsCsv,
  findingsJson,
  fitting,
  foundBy,
  isAnything,
  isInState,
  newsSince,
  nodesIn,
  sinceAt,
  stateCounts,
  withNewest,
} from "../../uns-browser/lib/finding-list.ts";
import {
  areaOf,
  findingUrl,
  nodeOf,
  parseExplanation,
  parseFindings,
  pathOfTopic,
  type Finding,
} from "../../uns-browser/lib/findings.ts";

const NOW = 10_000_000;
const GAP = {
  code: "SEQ_GAP",
  title: "A gap in the sequence",
  level: "observe",
  clientId: "press-4",
  topic: "spBv1.0/g/DDATA/e/d",
  ids: ["tck-id-1", 7],
  count: 3,
  firstAt: 1000,
  lastAt: NOW - 5000,
};
const OLD = { ...GAP, code: "OLD", level: "reject", firstAt: 500, lastAt: 600 };

const codes = (filter: object): readonly string[] => {
  const found = parseFindings({ now: NOW, findings: [GAP, OLD, { ...GAP, count: "x" }, null] });
  return found === null ? [] : fitting(found, { ...ANYTHING, ...filter }).map(({ code }) => code);
};

const SAID = { by: "user:olga", at: 5000 };
const MUTED = { muted: { ...SAID, until: NOW + 1 } };
const MANY = [
  GAP,
  { ...GAP, clientId: "a", state: "acknowledged", acknowledged: { ...SAID, note: "cable" } },
  { ...GAP, clientId: "b", state: "resolved", resolved: { at: 6000, because: "born again" } },
  { ...GAP, clientId: "c", state: "open", ...MUTED },
  { ...GAP, code: "ADAPTER-DEVICE", subject: "device P/gw/m1", topic: "", clientId: "x" },
];

function parsed(findings: readonly object[]): readonly Finding[] {
  return parseFindings({ now: NOW, findings })?.findings ?? [];
}

describe("findings", () => {
  it("come with the worst first, and without what is of another shape", () => {
    assert.deepEqual(codes({}), ["OLD", "SEQ_GAP"]);
    assert.equal(parseFindings([]), null);
  });

  it("are filtered by every word, by severity and by age", () => {
    assert.deepEqual(codes({ text: "PRESS-4 gap" }), ["OLD", "SEQ_GAP"]);
    assert.deepEqual(codes({ text: "weld" }), []);
    assert.deepEqual(codes({ level: "reject" }), ["OLD"]);
    assert.deepEqual(codes({ since: "1m" }), ["SEQ_GAP"]);
  });

  it("are told apart by what they are about", () => {
    const areas = ["S04", "T01", "U02", "SINK-GAP", "HISTORY"].map((code) => areaOf({ code }));

    assert.deepEqual(areas, ["sparkplug", "sparkplug", "namespace", "sinks", "history"]);
    const refused = ["CLIENT-NAMESPACE", "CLIENT-GRANT", "ADAPTER-DEVICE"];
    assert.deepEqual(
      refused.map((code) => areaOf({ code })),
      ["namespace", "clients", "adapters"],
    );
  });

  it("go into a file as they are, whatever a spreadsheet would make of it", () => {
    const because = '=1+1, "so"';
    const found = parseFindings({ now: NOW, findings: [{ ...GAP, because }] });

    const [head, line] = findingsCsv(found?.findings ?? []).split("\r\n");

    assert.equal(head?.split(",").length, 19);
    assert.match(line ?? "", /^SEQ_GAP,A gap in the sequence,observe,3,1970-01-01T00:00:01\.000Z,/);
    assert.ok(line?.includes(`"'=1+1, ""so""",`));
  });

  it("have a state, which the list and the files tell; muted ones are in no list but their own", () => {
    const all = parsed(MANY);
    const shownIn = (state: Parameters<typeof isInState>[1]): readonly string[] =>
      all.filter((one) => isInState(one, state)).map(({ clientId }) => clientId);

    assert.deepEqual(shownIn("current"), ["press-4", "a", "x"]);
    assert.deepEqual(shownIn("resolved"), ["b"]);
    assert.deepEqual(shownIn("muted"), ["c"]);
    const counts = { current: 3, open: 2, acknowledged: 1, resolved: 1, muted: 1, all: 5 };
    assert.deepEqual(stateCounts(all), counts);
    assert.match(findingsCsv(all), /,acknowledged,user:olga,cable,,,\r\n/);
    assert.match(findingsCsv(all), /,resolved,,,,,1970-01-01T00:00:06\.000Z\r\n/);
    const json: unknown = JSON.parse(findingsJson(all));
    assert.deepEqual(json, MANY);
  });

  it("are put together by their cause, and found by edge node and time", () => {
    const all = parsed(MANY);

    assert.deepEqual(
      byCause(all).map(({ code, findings }) => [code, findings.length]),
      [
        ["SEQ_GAP", 4],
        ["ADAPTER-DEVICE", 1],
      ],
    );
    assert.deepEqual(nodesIn(all), ["P/gw", "g/e"]);
    assert.equal(nodeOf({ subject: "client x", topic: "foo/bar" }), null);
    assert.deepEqual(codes({ node: "g/e" }), ["OLD", "SEQ_GAP"]);
    assert.equal(sinceAt("8h", NOW), NOW - 8 * 3_600_000);
    assert.equal(sinceAt("1970-01-01T00:00:05Z", NOW), 5000);
    assert.deepEqual([sinceAt("soon", NOW), sinceAt(null, NOW)], [0, 0]);
  });

  it("that are new or were seen again since a picture was taken are counted, without muted ones", () => {
    const before = { now: NOW, findings: parsed(MANY) };
    const later = MANY.map((one) => ({ ...one, count: 4 }));
    const now = { now: NOW, findings: parsed([...later, { ...GAP, clientId: "new" }]) };

    assert.equal(newsSince(before, before), 0);
    assert.equal(newsSince(before, now), 5);
  });

  it("of a picture that is held are those that were found by then", () => {
    const found = {
      now: NOW,
      findings: parsed([GAP, { ...GAP, clientId: "b", firstAt: NOW - 5 }]),
    };

    const keys = (at: number) => foundBy(found, at).findings.map(({ clientId }) => clientId);

    assert.deepEqual([keys(NOW - 5), keys(NOW - 6)], [["press-4", "b"], ["press-4"]]);
  });

  it("of which somebody says something are as they are now in a picture that is held, and they alone", () => {
    const held = { now: NOW, findings: parsed(MANY) };
    const later = MANY.map((one) => ({ ...one, state: "acknowledged", count: 9 }));
    const now = { now: NOW + 1, findings: parsed(later) };

    const shown = withNewest(held, now, "SEQ_GAP press-4");

    const changed = shown.findings.filter((one, at) => one !== held.findings[at]);
    assert.deepEqual(
      changed.map(({ key, state }) => [key, state]),
      [["SEQ_GAP press-4", "acknowledged"]],
    );
    assert.equal(shown.now, NOW);
    assert.deepEqual(withNewest(held, now, "gone"), held);
  });

  it("stand in the address as they are shown; what else it has stays", () => {
    const search =
      "?x=1&kind=clients&f=press+4&level=warn&state=muted&node=g%2Fe&since=8h&by=subject&id=S04+a&at=2026-11-26T14%3A02%3A11.500Z";
    const view = readFindingView(search);

    assert.deepEqual(view.filter, {
      area: "clients",
      text: "press 4",
      level: "warn",
      state: "muted",
      node: "g/e",
      since: "8h",
    });
    assert.deepEqual([view.isByCause, view.id], [false, "S04 a"]);
    assert.equal(view.at, Date.parse("2026-11-26T14:02:11.500Z"));
    assert.equal(writeFindingView(search, view), search);
    const plain = { filter: ANYTHING, isByCause: true, id: null, at: null };
    assert.equal(writeFindingView(search, plain), "?x=1");
    assert.deepEqual(readFindingView("?kind=nonsense&level=9&at=noon"), plain);
    assert.equal(writeFindingView("", plain), "");
    assert.deepEqual([isAnything(plain.filter), isAnything(view.filter)], [true, false]);
  });

  it("that were refused tell which line would let them in, and are asked for by their names", () => {
    const answer = { key: "k", before: "reject", after: "warn", isAtOnce: true, plan: null };
    const lines = [{ kind: "gone", number: 3, text: "x" }, { kind: "odd" }];
    const allowing = parseAllowing({ ...answer, lines, text: "all", basis: "b" });

    assert.deepEqual(allowing?.lines, [lines[0]]);
    const rule = { method: "PUT", url: "/api/v1/rules/T03", body: { level: "warn" } };
    assert.deepEqual(allowRequest({ code: "T03" }, allowing), rule);
    const later = allowRequest({ code: "T03" }, { ...allowing, isAtOnce: false });
    assert.deepEqual(later.body, { text: "all", basis: "b" });
    assert.equal(parseAllowing({ key: "k" }), null);
    const refused = ["CLIENT-NAMESPACE", "CLIENT-GRANT", "T03", "T10"].map((code) =>
      isRefused({ code, level: "reject" }),
    );
    assert.deepEqual(refused, [true, false, true, false]);
    assert.equal(
      findingUrl({ code: "S04", clientId: "a/b c" }, "mute"),
      "/api/v1/findings/S04/a%2Fb%20c/mute",
    );
  });

  it("lead to the edge node or device on whose topic they were seen", () => {
    assert.equal(pathOfTopic("spBv1.0/g/DDATA/e/d"), "g/e/d");
    assert.equal(pathOfTopic("spBv1.0/my group/NBIRTH/e"), "my%20group/e");
    assert.equal(pathOfTopic("$sparkplug/certificates/spBv1.0/g/NBIRTH/e"), "g/e");
    assert.equal(pathOfTopic("spBv1.0/STATE/host"), null);
  });
});

describe("an explanation", () => {
  it("is the verdict and the hops that this page knows", () => {
    const hop = { hop: "guard", status: "broken", says: "It refuses.", evidence: [] };

    const explanation = parseExplanation({
      verdict: { status: "broken", says: "It refuses.", todo: "Look." },
      hops: [hop, { ...hop, status: "new" }],
    });

    assert.equal(explanation?.todo, "Look.");
    assert.deepEqual(explanation.hops, [
      { name: "guard", status: "broken", says: "It refuses.", todo: null },
    ]);
    assert.equal(parseExplanation({ hops: [] }), null);
  });
});
