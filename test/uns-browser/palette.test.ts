/** The palette: which pages and metrics stand for what is typed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TreeRow } from "@unshub/hub/feed";
import { metricsIn, movedPlace, pagesFor, searchHref } from "../../uns-browser/lib/palette.ts";

const row = (id: number, parent: number | null, name: string, kind: TreeRow["kind"]): TreeRow => ({
  id,
  parent,
  name,
  kind,
  branch: kind !== "metric",
});

describe("the palette", () => {
  it("has every page while nothing is typed, then those whose names have the letters", () => {
    const pages = [
      { name: "Clients", href: "/clients/" },
      { name: "Audit", href: "/audit/" },
    ];

    assert.equal(pagesFor(" ", pages).length, 2);
    assert.deepEqual(pagesFor("AUD", pages), [{ kind: "page", name: "Audit", href: "/audit/" }]);
  });

  it("leads to the pages of metrics, whatever is in their names", () => {
    const rows = [
      row(1, null, "g", "group"),
      row(2, 1, "a/b", "device"),
      row(3, 2, "温度", "metric"),
    ];

    assert.deepEqual(metricsIn(rows), [
      {
        kind: "metric",
        name: "g/a%2Fb/温度",
        href: `/metric/?p=g/a%2Fb/${encodeURIComponent("温度")}&r=15m`,
      },
    ]);
    assert.equal(searchHref(" q:bad a&b "), "/ns/?f=q%3Abad%20a%26b");
  });

  it("goes round at its ends", () => {
    assert.deepEqual(
      [
        movedPlace(0, "ArrowUp", 3),
        movedPlace(2, "ArrowDown", 3),
        movedPlace(1, "x", 3),
        movedPlace(0, "ArrowDown", 0),
      ],
      [2, 0, 1, 0],
    );
  });
});
