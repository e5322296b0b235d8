/** Colours as WCAG 2.2 computes them, read from the style sheet: text 4.5 : 1, borders of controls 3 : 1. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

const CSS = readFileSync(join(import.meta.dirname, "../../uns-browser/app/globals.css"), "utf8");
const SURFACES = ["bg", "panel", "panel2"];
const TEXTS = ["fg", "mute", "accent", "good", "stale", "bad", "off"];
/** Text of what is only last known: a share of `fg` over `panel`. */
const KNOWN_SHARE = Number(/--known: color-mix\(in srgb, var\(--fg\) (\d+)%/.exec(CSS)?.[1]) / 100;

type Colour = readonly [red: number, green: number, blue: number];

function coloursOf(selector: string): Map<string, Colour> {
  const block = CSS.slice(CSS.indexOf(`${selector} {`)).split("}")[0] ?? "";
  return new Map(
    [...block.matchAll(/--(\w+): #(\w\w)(\w\w)(\w\w);/g)].map(([, name = "", ...parts]) => {
      const [red = 0, green = 0, blue = 0] = parts.map((part) => Number.parseInt(part, 16));
      return [name, [red, green, blue]];
    }),
  );
}

/** Relative luminance, 0 to 1. */
function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = colour
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: Colour, other: Colour): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function mixed([r1, g1, b1]: Colour, [r2, g2, b2]: Colour, share: number): Colour {
  const of = (one: number, other: number): number => one * share + other * (1 - share);
  return [of(r1, r2), of(g1, g2), of(b1, b2)];
}

describe("the colours", () => {
  for (const [theme, selector] of [
    ["light", ":root"],
    ["dark", ':root[data-theme="dark"]'],
  ] as const) {
    const colours = coloursOf(selector);
    const colour = (name: string): Colour => {
      const found = colours.get(name);
      assert.ok(found, `--${name} is not in ${selector}`);
      return found;
    };

    it(`of text can be read on every surface in the ${theme} theme`, () => {
      for (const text of TEXTS) {
        for (const surface of SURFACES) {
          const ratio = contrast(colour(text), colour(surface));
          assert.ok(ratio >= 4.5, `${text} on ${surface}: ${ratio.toFixed(2)} : 1`);
        }
      }
      const known = mixed(colour("fg"), colour("panel"), KNOWN_SHARE);
      assert.ok(contrast(known, colour("panel")) >= 4.5, "known on panel");
    });

    it(`of borders of controls can be seen in the ${theme} theme`, () => {
      for (const surface of SURFACES) {
        const ratio = contrast(colour("edge"), colour(surface));
        assert.ok(ratio >= 3, `edge on ${surface}: ${ratio.toFixed(2)} : 1`);
      }
    });
  }
});
