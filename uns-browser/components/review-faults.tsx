"use client";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import type { Fault } from "../lib/tag-draft.ts";
import { visibleText } from "../lib/visible.ts";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";

const { review: said } = words;
const MOST_SHOWN = 100;

interface FaultsProps {
  readonly because: string;
  readonly faults: readonly Fault[];
  /** The table in which they are. */
  readonly csv: string | null;
}

/** Everything that the hub does not take, each with its place. */
export function Faults({ because, faults, csv }: FaultsProps) {
  const lines = csv?.split(/\r?\n/) ?? [];
  return (
    <div role="alert" className="notice notice-bad">
      <Icon name="cross" className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="grid min-w-0 gap-1.5">
        <p className="font-medium">{faults.length === 0 ? because : said.faults}</p>
        <ul className="grid gap-1">
          {faults.slice(0, MOST_SHOWN).map((fault) => (
            <li key={`${placeOf(fault)} ${fault.message}`} data-fault={placeOf(fault)}>
              <span className="font-medium">{placeOf(fault)}</span>{" "}
              <span className="wrap-anywhere">
                <HubText text={fault.message} />
              </span>
              {fault.line === null || lines[fault.line - 1] === undefined ? null : (
                <code className="figures block truncate text-xs text-mute">
                  {lines[fault.line - 1]}
                </code>
              )}
            </li>
          ))}
        </ul>
        {faults.length > MOST_SHOWN ? (
          <p className="text-mute">{said.more(String(faults.length - MOST_SHOWN))}</p>
        ) : null}
      </div>
    </div>
  );
}

function placeOf({ tag, field, line, column }: Fault): string {
  if (line !== null)
    return column === null ? said.line(line) : said.lineColumn(line, visibleText(column).text);
  const parts = [tag, field].filter((part) => part !== null);
  return visibleText(parts.join(" · ")).text;
}
