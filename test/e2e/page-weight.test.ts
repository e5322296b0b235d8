/** What a browser must fetch before it shows the Namespace: a panel PC on a thin line waits for all of it. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { PAGE_FOLDER } from "../support/hub.ts";

const MOST_BYTES = 250 * 1024;

/** Scripts and style sheets that the file names, but for those that only browsers without modules run. */
function firstFiles(html: string): readonly string[] {
  const tags = html.match(/<(?:script|link)\b[^>]*>/g) ?? [];
  const wanted = tags.filter((tag) => !/nomodule/i.test(tag));
  const files = wanted.map((tag) => /(?:src|href)="(\/_next\/[^"]+\.(?:js|css))"/.exec(tag)?.[1]);
  return [...new Set(files.filter((file) => file !== undefined))];
}

/** Bytes as they are sent; what would not become smaller is not packed. */
function packedSize(file: string): number {
  const plain = join(PAGE_FOLDER, file);
  return statSync(existsSync(`${plain}.gz`) ? `${plain}.gz` : plain).size;
}

describe("the weight of the Namespace page", () => {
  before(async () => {
    if (!pageIsCurrent()) await buildPage(() => undefined);
  });

  it("is at most 250 KiB packed, with dialogs left for later", () => {
    const files = firstFiles(readFileSync(join(PAGE_FOLDER, "ns/index.html"), "utf8"));

    const bytes = files.map(packedSize);

    assert.ok(files.length > 5, `only ${files.length} files were found in ns/index.html`);
    const sum = bytes.reduce((all, one) => all + one, 0);
    assert.ok(sum <= MOST_BYTES, `${sum} bytes in ${files.length} files`);
  });
});
