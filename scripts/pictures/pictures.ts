/** The pictures of the README and the user guide: where each is taken, and what is done before. */
import type { Page } from "playwright-core";
import type { PicturePlant } from "./plant.ts";

export interface Picture {
  /** Of the file in `docs/pictures/`. */
  readonly name: string;
  /** Path and query of the page. */
  readonly place: string;
  readonly theme?: "light" | "dark";
  readonly size?: { readonly width: number; readonly height: number };
  /** Who looks at it; `nobody`: before the login. */
  readonly as?: "root" | "ann" | "nobody";
  /** Until there is what the picture is to show. */
  readonly prepare?: (page: Page, plant: PicturePlant) => Promise<void>;
}

const PRESSURE = "Plant1/gw-press/press-01/Hydraulics/Pressure";
const SETPOINT = "Plant1/gw-press/press-01/Hydraulics/Setpoint";
const FEED = "Plant1/gw-weld/cell-1/Wire/Feed";
const DATA_TOPIC = "spBv1.0/Plant1/DDATA/gw-press/press-01";
const PHONE = { width: 390, height: 844 };
/** So that a trend has some length, and the address bar its last word. */
const SETTLE_MS = 3000;

/** Before there is an administrator. */
export const BEFORE_ANYBODY: readonly Picture[] = [
  {
    name: "welcome",
    place: "/welcome/",
    as: "nobody",
    prepare: (page) => page.getByLabel("One-time code").waitFor(),
  },
];

export const PICTURES: readonly Picture[] = [
  {
    name: "login",
    place: "/login/",
    as: "nobody",
    prepare: (page) => page.getByRole("textbox", { name: "User name" }).waitFor(),
  },
  { name: "namespace-light", place: `/ns/?p=${PRESSURE}`, prepare: trends },
  { name: "namespace-dark", place: `/ns/?p=${PRESSURE}`, theme: "dark", prepare: trends },
  {
    name: "metric-explain",
    place: `/metric/?p=${FEED}&r=1m&tab=explain`,
    prepare: async (page) => {
      await page.locator("canvas").first().waitFor();
      await page.getByText("Asking every part of the way…").waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Explain", exact: true }).scrollIntoViewIfNeeded();
      await page.mouse.move(700, 400);
      await page.mouse.wheel(0, 2000);
      await page.waitForTimeout(500);
    },
  },
  {
    name: "namespace-search",
    place: `/ns/?f=${encodeURIComponent("temp value>20")}`,
    prepare: async (page) => {
      await page.locator("mark").first().waitFor();
      await page.waitForTimeout(SETTLE_MS);
    },
  },
  {
    name: "namespace-topics",
    place: `/ns/?lens=topic&p=${DATA_TOPIC}`,
    prepare: async (page) => {
      await page.locator(`[data-path="${DATA_TOPIC}"][aria-selected="true"]`).waitFor();
      await page.waitForTimeout(SETTLE_MS);
    },
  },
  {
    name: "write",
    place: `/ns/?p=${SETPOINT}`,
    as: "ann",
    prepare: async (page) => {
      await page.getByRole("button", { name: "Write…" }).click();
      await page.getByLabel("New value").fill("210");
      await page.getByLabel("Reason").fill("trial batch A-117");
      await page.getByRole("button", { name: "Write 210 bar" }).click();
      await page.getByText("Done: the value came back").waitFor();
    },
  },
  {
    name: "metric",
    place: `/metric/?p=${PRESSURE}&r=1m`,
    prepare: async (page) => {
      await page.locator("canvas").first().waitFor();
      await page.waitForTimeout(SETTLE_MS);
    },
  },
  {
    name: "metric-raw",
    place: `/metric/?p=${PRESSURE}&r=1m&tab=raw`,
    theme: "dark",
    prepare: async (page) => {
      await page.locator("canvas").first().waitFor();
      await page.waitForTimeout(SETTLE_MS);
      await page.locator("[data-decoded]").scrollIntoViewIfNeeded();
    },
  },
  { name: "nodes", place: "/nodes/?n=Plant1/gw-weld", prepare: nodes },
  {
    name: "diagnostics",
    place: "/diag/",
    prepare: async (page) => {
      await page.locator("[data-finding] [data-row]").first().click();
      await page.locator("[data-details]").waitFor();
      await page.waitForTimeout(500);
    },
  },
  {
    name: "clients",
    place: "/clients/?id=weld-gateway",
    prepare: async (page) => {
      await page.locator('[data-client="weld-gateway"] dl').waitFor();
      await page.waitForTimeout(SETTLE_MS + 1000);
    },
  },
  {
    name: "adapters",
    place: "/adapters/",
    prepare: async (page) => {
      await page.locator('[data-device="press-01"][data-state="online"]').waitFor();
      await page.locator('[data-device="paint-cell"][data-state="online"]').waitFor();
    },
  },
  {
    name: "adapters-tags",
    place: "/adapters/?id=press&device=press-01",
    theme: "dark",
    prepare: async (page) => {
      await page.locator('[data-tag="Hydraulics/Pressure"] [data-value]').waitFor();
      await page.waitForTimeout(SETTLE_MS);
    },
  },
  {
    name: "commands",
    place: "/commands/",
    as: "ann",
    prepare: async (page) => {
      await page.locator("details summary").first().click();
      await page.waitForTimeout(500);
    },
  },
  {
    name: "audit",
    place: "/audit/",
    prepare: (page) => page.locator("[data-line]").first().waitFor(),
  },
  {
    name: "trust",
    place: "/trust/",
    prepare: (page) => page.locator("main section").first().waitFor(),
  },
  {
    name: "settings",
    place: "/settings/",
    prepare: async (page) => {
      await page.getByRole("listitem").filter({ hasText: "vera" }).waitFor();
      await page.getByRole("listitem").filter({ hasText: "mes-export" }).waitFor();
    },
  },
  {
    name: "phone",
    place: `/ns/?p=${PRESSURE}`,
    size: PHONE,
    prepare: trends,
  },
];

async function trends(page: Page): Promise<void> {
  await page.locator(`[data-path="${PRESSURE}"][data-quality="good"]`).waitFor();
  await page.waitForTimeout(12_000);
}

async function nodes(page: Page): Promise<void> {
  await page.locator('[data-life="Plant1/gw-weld"]').waitFor();
  await page.waitForTimeout(500);
}
