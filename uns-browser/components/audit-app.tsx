"use client";
import { Suspense, useEffect, useMemo, useState } from "react";
import { auditReader, auditSearch, readAuditAddress, type AuditPages } from "../lib/audit.ts";
import { formatCount } from "../lib/format.ts";
import { createSignal } from "../lib/signal.ts";
import { texts } from "../lib/texts.ts";
import { AuditCheck } from "./audit-check.tsx";
import { AuditFilterFields } from "./audit-filter.tsx";
import { AuditHead, AuditLine } from "./audit-line.tsx";
import { NewsBar } from "./news-bar.tsx";
import { PolledPage } from "./polled-page.tsx";
import { usePageAddress } from "./use-page-address.ts";
import { pagePoll } from "./use-poll.ts";
import { useSignal } from "./use-signal.ts";

const { audit: words } = texts;
const ADDRESS = { read: readAuditAddress, write: auditSearch };

/** Who did what, as long as the page is open. */
export function AuditApp() {
  return (
    <Suspense>
      <Trail />
    </Suspense>
  );
}

/** What was done in the lines that this page has seen; a filter by one of them does not take the others away. */
const seenActions = createSignal<readonly string[]>([]);

function Trail() {
  const [filter, go] = usePageAddress(ADDRESS);
  const actions = useSignal(seenActions);
  const { poll, wantOlder } = useMemo(() => {
    const reader = auditReader(filter);
    return { poll: pagePoll({ everyMs: 5000, ask: reader.ask }), wantOlder: reader.wantOlder };
  }, [filter]);
  return (
    <PolledPage
      current="audit"
      poll={poll}
      intro={words.intro}
      className="max-w-[1480px] gap-4"
      above={
        <>
          <AuditCheck />
          <AuditFilterFields {...{ filter, go, actions }} />
        </>
      }
    >
      {({ value }, { refresh }) => (
        <Listed
          pages={value}
          onOlder={() => {
            wantOlder();
            refresh();
          }}
        />
      )}
    </PolledPage>
  );
}

interface ListedProps {
  readonly pages: AuditPages;
  readonly onOlder: () => void;
}

function Listed({ pages: { lines, hasOlder }, onOlder }: ListedProps) {
  const newest = lines[0]?.number ?? null;
  const [known, setKnown] = useState(newest);
  if (known === null && newest !== null) setKnown(newest); // nothing stood there that could move
  useEffect(() => {
    const found = new Set([...seenActions.get(), ...lines.map(({ action }) => action)]);
    if (found.size > seenActions.get().length) seenActions.set([...found]);
  }, [lines]);
  // What came since the list was opened waits; older lines that were asked for do not.
  const shown = lines.filter(({ number }) => known === null || number <= known);
  const news = lines.length - shown.length;
  return (
    <>
      <NewsBar news={news} onShow={() => setKnown(newest)} />
      {shown.length === 0 && news === 0 ? (
        <p className="text-mute">{hasOlder ? words.noMatchYet : words.noMatch}</p>
      ) : null}
      {shown.length === 0 ? null : (
        <div className="overflow-hidden rounded-lg border border-line bg-panel">
          <AuditHead />
          <ul>
            {shown.map((line) => (
              <li key={line.number} className="border-t border-line" data-line="">
                <AuditLine line={line} />
              </li>
            ))}
          </ul>
        </div>
      )}
      <p className="flex items-center gap-3 text-mute">
        <output>{words.count(formatCount(shown.length))}</output>
        {hasOlder ? (
          <button type="button" className="push-button" onClick={onOlder}>
            {words.older}
          </button>
        ) : (
          words.isAll
        )}
      </p>
    </>
  );
}
