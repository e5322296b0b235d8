/** What was asked and what was granted, as text. */
import { adapterTexts as words } from "./adapter-texts.ts";
import type { Granted } from "./agreements.ts";

const { agreements: said } = words;

export function agreedSpan({ asked, granted }: Granted): string {
  return agreedText(spanText(asked), spanText(granted));
}

export function agreedText(asked: string, granted: string): string {
  return asked === granted ? asked : said.instead(granted, asked);
}

export function spanText(ms: number): string {
  return ms < 1000
    ? said.ms(String(Number(ms.toPrecision(3))))
    : said.s(String(Number((ms / 1000).toPrecision(3))));
}
