import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { visibleText } from "../../uns-browser/lib/visible.ts";

describe("names of the plant", () => {
  const names: readonly (readonly [name: string, shown: string])[] = [
    ["Motor/Speed 1", "Motor/Speed 1"],
    ["温度 °C", "温度 °C"],
    ["شدت", "شدت"],
    ["a\nb\tc\u0000", "a⟨U+000A⟩b⟨U+0009⟩c⟨U+0000⟩"],
    ["\u007f\u0085\u2028", "⟨U+007F⟩⟨U+0085⟩⟨U+2028⟩"],
    ["ok\u202ednetni\u202c", "ok⟨U+202E⟩dnetni⟨U+202C⟩"],
    ["\u2066\u2069\u200e\u200f", "⟨U+2066⟩⟨U+2069⟩⟨U+200E⟩⟨U+200F⟩"],
    ["a\u200bb\ufeff", "a⟨U+200B⟩b⟨U+FEFF⟩"],
    ["  ", "⟨U+0020⟩⟨U+0020⟩"],
    ["\u3000", "⟨U+3000⟩"],
    ["👩\u200d🔧", "👩\u200d🔧"],
  ];
  for (const [name, shown] of names) {
    it(`show ${JSON.stringify(name)} as ${shown}`, () => {
      assert.deepEqual(visibleText(name), { text: shown, isEmpty: false });
    });
  }

  it("are told apart from names that are empty", () => {
    assert.deepEqual(visibleText(""), { text: "", isEmpty: true });
  });
});
