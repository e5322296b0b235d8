/** What a screen reader would stumble over. */
import type { Page } from "playwright-core";

/** Controls without a name and ids that stand twice, as their HTML; none is right. */
export async function accessFaults(page: Page): Promise<readonly string[]> {
  const faults: unknown = await page.evaluate(`(() => {
    const isNamed = (element) =>
      (element.getAttribute("aria-label") ?? "").trim() !== "" ||
      element.textContent.trim() !== "" ||
      (element.getAttribute("aria-labelledby") ?? "").split(" ").some((id) => document.getElementById(id)) ||
      (element.labels?.length ?? 0) > 0;
    const controls = [...document.querySelectorAll("button, a, input, select, dialog[open], [role=button]")];
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    return [
      ...controls.filter((element) => !isNamed(element)).map((element) => "no name: " + element.outerHTML.slice(0, 200)),
      ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => "id twice: " + id),
    ];
  })()`);
  return Array.isArray(faults) ? faults.map(String) : ["the check itself failed"];
}
