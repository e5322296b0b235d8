import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { createHubClock } from "../../uns-browser/lib/clock.ts";
import { type PillInput, pillOf } from "../../uns-browser/lib/pill.ts";
import { shownQuality } from "../../uns-browser/lib/quality.ts";
import { nextTheme, parseTheme, THEME_SCRIPT, themeShown } from "../../uns-browser/lib/theme.ts";

const at = new Date(2026, 10, 23, 14, 2, 11).getTime();
const live: PillInput = {
  link: { kind: "live" },
  traffic: { in: 9812, shown: 412, lagMs: 3 },
  pausedAt: null,
  isRestarted: false,
};

describe("the live pill", () => {
  it("says both rates, so that nobody takes the screen for the whole stream", () => {
    const pill = pillOf(live);

    assert.equal(pill.state, "live");
    assert.equal(pill.detail, "412 shown / 9\u2009812 in /s");
  });

  it("says the worst thing first", () => {
    const lost: PillInput = {
      ...live,
      link: { kind: "lost", tries: 3, valuesFrom: at },
      pausedAt: at,
      isRestarted: true,
    };

    assert.deepEqual(pillOf(lost), {
      state: "reconnecting",
      word: "RECONNECTING (3)",
      detail: "values from 14:02:11",
    });
    assert.equal(pillOf({ ...live, pausedAt: at, isRestarted: true }).word, "PAUSED 14:02:11");
    assert.equal(pillOf({ ...live, isRestarted: true }).state, "restarted");
    assert.equal(
      pillOf({ ...live, traffic: { in: 1, shown: 1, lagMs: 2300 } }).word,
      "LAGGING 2.3 s",
    );
    assert.equal(pillOf({ ...live, link: { kind: "opening", tries: 0 } }).state, "reconnecting");
  });
});

describe("quality", () => {
  it("is last known without a link, except where nothing was ever heard", () => {
    assert.deepEqual(
      ([0, 1, 2, 3, 4, 5, 6] as const).map((wire) => shownQuality(wire, true)),
      ["bad", "stale", "good", "none", "offline", "uncertain", "last-known"],
    );
    assert.deepEqual(
      ([0, 1, 2, 3] as const).map((wire) => shownQuality(wire, false)),
      ["last-known", "last-known", "last-known", "none"],
    );
  });
});

describe("the hub's clock", () => {
  it("is read from the quickest frame and follows slowly", () => {
    let local = 1000;
    const clock = createHubClock(() => local);
    clock.restart(5000);
    local += 100;

    clock.heard(5060);

    assert.equal(clock.now(), 5099);
    assert.equal(clock.delayOf(5000), 99);
  });

  it("takes over a clock that was set", () => {
    const clock = createHubClock(() => 1000);
    clock.restart(5000);

    clock.heard(3_600_000);

    assert.equal(clock.now(), 3_600_000);
  });
});

describe("the theme", () => {
  it("goes from the system's to light to dark and round", () => {
    assert.equal(nextTheme(nextTheme(nextTheme("system"))), "system");
    assert.equal(parseTheme("purple"), "system");
    assert.equal(themeShown("system", true), "dark");
    assert.equal(themeShown("light", true), "light");
  });

  it("is painted by the script in the head as the page would paint it", () => {
    for (const stored of [null, "light", "dark", "system", "purple"]) {
      for (const systemIsDark of [true, false]) {
        const dataset: Record<string, string> = {};
        runInNewContext(THEME_SCRIPT, {
          localStorage: { getItem: () => stored },
          document: { documentElement: { dataset } },
          matchMedia: () => ({ matches: systemIsDark }),
        });

        assert.equal(dataset["theme"], themeShown(parseTheme(stored), systemIsDark));
      }
    }
  });
});
