"use client";
import { useState } from "react";
import type { Account } from "../lib/account.ts";
import { banUrl, type ClientBan } from "../lib/clients.ts";
import { formatDateTime, formatSpan } from "../lib/format.ts";
import { askHub, sentenceOf } from "../lib/hub-request.ts";
import { mayIn } from "../lib/session.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { sendToHub } from "./browser-world.ts";
import { Icon } from "./icons.tsx";
import { useSession } from "./use-account.ts";

const { clients: words } = texts;

interface ClientBansProps {
  readonly bans: readonly ClientBan[];
  readonly account: Account | null;
  /** When this was heard, by the hub's clock. */
  readonly now: number;
  readonly onChanged: () => void;
}

/** Clients that may not come in, until when, and a way to let them in again; nothing while there are none. */
export function ClientBans({ bans, account, now, onChanged }: ClientBansProps) {
  const session = useSession(account);
  const [said, setSaid] = useState<string | null>(null);
  const mayEnd = session !== null && mayIn(session, "end clients");
  const lift = async (clientId: string): Promise<void> => {
    const answer = await askHub(sendToHub, "DELETE", banUrl(clientId));
    setSaid(answer.kind === "done" ? null : sentenceOf(answer));
    onChanged();
  };
  if (bans.length === 0) return null;
  return (
    <section className="rounded-lg border border-line bg-panel" aria-label={words.bans}>
      <h3 className="px-4 py-2.5 font-semibold">{words.bans}</h3>
      <ul>
        {bans.map(({ clientId, until, by, reason }) => (
          <li
            key={clientId}
            data-ban={clientId}
            className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-4 py-2"
          >
            <span className="flex min-w-0 items-center gap-1.5 font-medium">
              <Icon name="cross" className="size-3.5 text-stale" />
              <span className="wrap-anywhere">{visibleText(clientId).text}</span>
            </span>
            <span>
              {until === null
                ? words.bannedForEver
                : words.bannedUntil(formatDateTime(until), formatSpan(Math.max(0, until - now)))}
            </span>
            <span className="text-mute">{words.bannedBy(visibleText(by).text)}</span>
            {reason === null ? null : (
              <span className="min-w-0 wrap-anywhere text-mute">{visibleText(reason).text}</span>
            )}
            {mayEnd ? (
              <button
                type="button"
                className="push-button ml-auto"
                onClick={() => void lift(clientId)}
              >
                {words.liftBan}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      <output>{said}</output>
    </section>
  );
}
