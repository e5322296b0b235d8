"use client";
import type { ValueAnswer } from "@unshub/hub/feed";
import { useEffect, useState } from "react";
import type { Account } from "../lib/account.ts";
import { createApi } from "../lib/api.ts";
import { copiesOf } from "../lib/copies.ts";
import { oneMetricTexts } from "../lib/one-metric-texts.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { copyText } from "./copy-text.ts";
import type { Copied } from "./copying.ts";
import { Sheet } from "./sheet.tsx";
import { say } from "./toast-text.ts";
import { useMayDiagnose } from "./use-account.ts";
import { useOrigin } from "./use-origin.ts";

const { copies: words } = oneMetricTexts;

interface CopyMenuProps {
  readonly copied: Copied;
  readonly account: Account | null;
  readonly onClose: () => void;
}

/** Everything that can be copied of a row, a line each. */
export function CopyMenu({ copied, account, onClose }: CopyMenuProps) {
  const { row } = copied;
  const answer = useAnswer(row.kind === "metric" ? row.id : null);
  const origin = useOrigin(useMayDiagnose(account) ? answer : null)?.address ?? null;
  const copies = copiesOf({ ...copied, answer, origin, host: location.origin });
  const copy = async (text: string): Promise<void> => {
    onClose();
    say((await copyText(text)) ? texts.copied : texts.notCopied);
  };
  return (
    <Sheet title={words.title(visibleText(row.name).text)} onClose={onClose}>
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-0.5" data-copies="">
        {copies.map(([kind, text]) => (
          <li key={kind}>
            <button type="button" className="menu-item" onClick={() => void copy(text)}>
              <span className="w-24 shrink-0 font-medium">{words.kinds[kind]}</span>
              <span className="figures min-w-0 truncate text-xs text-mute">
                {visibleText(text).text}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

/** What the hub knows of a metric, asked once. */
function useAnswer(id: number | null): ValueAnswer | null {
  const [answer, setAnswer] = useState<ValueAnswer | null>(null);
  useEffect(() => {
    if (id === null) return;
    const question = new AbortController();
    const api = createApi((url, options) => fetch(url, options));
    api.value(id, question.signal).then(setAnswer, () => undefined); // then path and link are there
    return () => question.abort();
  }, [id]);
  return answer;
}
