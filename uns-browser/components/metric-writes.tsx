"use client";
import { parseCommands } from "../lib/commands.ts";
import { asking } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import { CommandRow } from "./command-row.tsx";
import type { MetricPartProps } from "./metric-head.tsx";
import { PolledState } from "./page-shell.tsx";
import { pagePoll, usePoll } from "./use-poll.ts";

const {
  metric: { writes: words },
} = texts;

const COMMANDS = pagePoll({
  everyMs: 3000,
  ask: asking("/api/v1/commands?limit=1000", parseCommands),
});

/** What was written to this metric. */
export function MetricWrites({ account, subject: { path } }: MetricPartProps) {
  const polled = usePoll(COMMANDS);
  const refresh = (): void => void COMMANDS.running.get()?.refresh();
  const own =
    polled.kind === "ready" ? polled.value.filter((command) => command.path === path) : [];
  return (
    <div className="grid gap-3">
      <p className="text-mute">{words.intro}</p>
      <PolledState polled={polled} onRetry={refresh} />
      {polled.kind === "ready" && own.length === 0 ? <p>{words.none}</p> : null}
      <ul className="-mx-4">
        {own.map((command) => (
          <li key={command.id} className="border-t border-line" data-command={command.id}>
            <CommandRow {...{ command, account }} onAnswered={refresh} isLinked={false} />
          </li>
        ))}
      </ul>
    </div>
  );
}
