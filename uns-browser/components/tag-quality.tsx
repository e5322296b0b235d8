import { inOurLanguage } from "../lib/hub-words.ts";
import type { Quality } from "../lib/quality.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { Icon, QUALITY_ICONS } from "./icons.tsx";

const COLOURS: Readonly<Record<Quality, string>> = {
  good: "text-mute",
  stale: "text-stale",
  silent: "text-stale",
  bad: "text-bad",
  offline: "text-off",
  uncertain: "text-stale",
  none: "text-mute",
  "last-known": "text-known",
};

/** The quality of a value in a word with a shape; good is only the word. */
export function TagQuality({
  quality,
  reason,
}: {
  readonly quality: Quality;
  readonly reason: string | null;
}) {
  const said = texts.qualities[quality];
  const whole = reason === null ? said : `${said} · ${visibleText(inOurLanguage(reason)).text}`;
  return (
    <span className={`flex min-w-0 items-center gap-1 ${COLOURS[quality]}`} data-quality={quality}>
      {quality === "good" ? null : (
        <Icon name={QUALITY_ICONS[quality]} className="size-3.5 shrink-0" />
      )}
      <span className="truncate" title={whole}>
        {whole}
      </span>
    </span>
  );
}
