"use client";
import { useState } from "react";
import type { Account } from "../lib/account.ts";
import { isOpen, parseCommands, type Command } from "../lib/commands.ts";
import { asking, heldBack } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import { CommandRow } from "./command-row.tsx";
import { NewsBar } from "./news-bar.tsx";
import { PolledPage } from "./polled-page.tsx";
import { ReplayProposals } from "./replay-proposals.tsx";
import { useKnown } from "./use-known.ts";
import { pagePoll } from "./use-poll.ts";

const { commands: words } = texts;
const COMMANDS = pagePoll({
  everyMs: 2000,
  ask: asking("/api/v1/commands?limit=300", parseCommands),
});
const keyOf = ({ id }: Command): string => String(id);

/** Writes in progress and done, as long as the page is open. */
export function CommandsApp() {
  return (
    <PolledPage
      current="commands"
      poll={COMMANDS}
      intro={words.intro}
      className="max-w-[1080px] gap-5"
    >
      {({ value }, { account, refresh }) => (
        <>
          <ReplayProposals account={account} />
          <Lists commands={value} account={account} onAnswered={refresh} />
        </>
      )}
    </PolledPage>
  );
}

interface ListProps {
  readonly commands: readonly Command[];
  readonly account: Account | null;
  readonly onAnswered: () => void;
}

function Lists({ commands, account, onAnswered }: ListProps) {
  const { known, learn } = useKnown(commands, keyOf);
  const { shown, news } = heldBack(commands, keyOf, known);
  const [linked] = useState(() => new URLSearchParams(location.search).get("id"));
  const isMissing = linked !== null && !commands.some((command) => keyOf(command) === linked);
  const parts = [
    [words.open, shown.filter(isOpen), words.noneOpen],
    [words.done, shown.filter((command) => !isOpen(command)), words.noneDone],
  ] as const;
  return (
    <>
      {isMissing ? <p className="text-stale">{words.missing(linked)}</p> : null}
      <NewsBar news={news} onShow={learn} />
      {parts.map(([title, list, none]) => (
        <section key={title} className="rounded-lg border border-line bg-panel">
          <h3 className="px-4 py-2.5 font-semibold">{title}</h3>
          {list.length === 0 ? (
            <p className="border-t border-line px-4 py-3 text-mute">
              {none} {title === words.open ? null : words.noneHelp}
            </p>
          ) : null}
          <ul>
            {list.map((command) => (
              <li key={command.id} className="border-t border-line" data-command={command.id}>
                <CommandRow
                  {...{ command, account, onAnswered }}
                  isLinked={keyOf(command) === linked}
                />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
