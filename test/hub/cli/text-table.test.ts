import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PATH_WIDTH, textTable } from "../../../hub/src/cli/text-table.ts";

describe("a table for people", () => {
  it("keeps its columns beside long paths, and lets very long cells stand out", () => {
    const path = "Plant1/gw-press/press-01/Hydraulics/Pump 1/Outlet/Pressure";
    const rows = [
      [path, "3"],
      ["x".repeat(60), "4"],
      ["a", "5"],
    ];

    const paths = textTable(
      [
        ["PATH", "left", PATH_WIDTH],
        ["VALUE", "right"],
      ],
      rows.toSpliced(1, 1),
    );
    const texts = textTable(
      [
        ["TEXT", "left"],
        ["VALUE", "right"],
      ],
      rows.slice(1),
    );

    assert.deepEqual(
      paths.map((line) => line.length),
      [path.length + 7, path.length + 7, path.length + 7],
    );
    assert.deepEqual(
      texts.map((line) => line.length),
      [47, 67, 47],
    );
  });
});
