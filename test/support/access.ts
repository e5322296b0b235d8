/** What stands in the way of people who cannot see the page, use no mouse, or see colours otherwise. */
import axe from "axe-core";
import type { Page } from "playwright-core";

/** The rules of WCAG 2.2 AA, and what the makers of axe found good practice. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Violations of the page as it is now, in both themes, each with what is wrong and where; none is right. */
export async function accessFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source); // by way of the debugger: the page's own policy lets no script in
  const faults = new Set<string>();
  for (const theme of ["dark", "light"]) {
    await page.evaluate(`document.documentElement.dataset.theme = "${theme}"`);
    for (const fault of await violations(page)) faults.add(`${theme}: ${fault}`);
  }
  return [...faults];
}

async function violations(page: Page): Promise<readonly string[]> {
  const found = await page.evaluate<axe.AxeResults>(
    `axe.run({ runOnly: { type: "tag", values: ${JSON.stringify(RULES)} } })`,
  );
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, target }) => `${id}: ${help}: ${target.join(" ")}: ${html.slice(0, 160)}`),
  );
}
