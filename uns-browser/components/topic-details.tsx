"use client";
import type { TreeRow } from "@unshub/hub/feed";
import type { Account } from "../lib/account.ts";
import { filterBelow } from "../lib/clearing.ts";
import { mayIn } from "../lib/session.ts";
import { texts } from "../lib/texts.ts";
import { clearer } from "./clearer.ts";
import { RawMessages } from "./metric-raw.tsx";
import { useSession } from "./use-account.ts";

const { retained: words } = texts;

interface TopicDetailsProps {
  readonly topic: string;
  readonly account: Account | null;
  readonly row: Pick<TreeRow, "branch" | "retained">;
}

/** The last messages of a topic, and the way to delete what is retained of it. */
export function TopicDetails({ topic, account, row }: TopicDetailsProps) {
  return (
    <>
      <Retained topic={topic} account={account} row={row} />
      {row.branch && row.retained !== true ? null : ( // only a level: no message has this topic
        <div className="raw-narrow border-t border-line px-4 py-3">
          <RawMessages key={topic} topic={topic} isUtc={false} own="" />
        </div>
      )}
    </>
  );
}

function Retained({ topic, account, row: { branch } }: TopicDetailsProps) {
  const session = useSession(account);
  if (session === null) return null;
  const may = mayIn(session, "end clients");
  const filter = branch ? filterBelow(topic) : topic;
  return (
    <div className="flex flex-wrap items-center gap-2 px-4 pt-2 pb-4">
      <button
        type="button"
        className="push-button"
        aria-disabled={!may}
        aria-describedby={may ? undefined : "clear-why"}
        onClick={() => (may ? void clearer.plan(filter) : undefined)}
      >
        {branch ? words.openBelow : words.open}
      </button>
      {may ? (
        <button type="button" className="push-button" onClick={() => void clearer.list()}>
          {words.openList}
        </button>
      ) : (
        <p id="clear-why" className="text-mute">
          {words.role}
        </p>
      )}
    </div>
  );
}
