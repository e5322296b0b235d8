/** The programs in docs/recipes, as they stand there, for the ports of a test. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const RECIPES = join(import.meta.dirname, "../../docs/recipes");

/** The blocks of one language in a recipe; addresses of a hub that is usual become those of this one. */
export function blocksOf(
  recipe: string,
  language: string,
  ports: { readonly mqtt?: number; readonly http?: number; readonly metrics?: number } = {},
): readonly string[] {
  const text = readFileSync(join(RECIPES, recipe), "utf8");
  const blocks = text.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, "g"));
  return Array.from(blocks, ([, block = ""]) =>
    block
      .replaceAll(/\b1883\b/g, String(ports.mqtt))
      .replaceAll(/\b8080\b/g, String(ports.http))
      .replaceAll(/\b9464\b/g, String(ports.metrics)),
  );
}
