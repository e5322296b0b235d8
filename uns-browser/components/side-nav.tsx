"use client";
import Link from "next/link";
import type { Account } from "../lib/account.ts";
import { badgeOf, parseAttention, parseBadges, parseProblems } from "../lib/badges.ts";
import { PAGES, type PageKey } from "../lib/pages.ts";
import { asking, type Polled } from "../lib/poll.ts";
import { mayIn } from "../lib/session.ts";
import { texts } from "../lib/texts.ts";
import { Icon } from "./icons.tsx";
import { pagePoll, usePoll } from "./use-poll.ts";
import { useSession } from "./use-account.ts";

const WAITING = pagePoll({
  everyMs: 10_000,
  ask: asking("/api/v1/commands?limit=100", parseBadges),
});

const ATTENTION = pagePoll({
  everyMs: 10_000,
  ask: asking("/api/v1/attention", parseAttention),
});
const PROBLEMS = pagePoll({
  everyMs: 10_000,
  ask: asking("/api/v1/findings/counts", parseProblems),
});
const NOTHING = { nodes: 0, devices: 0 };

/** The pages that the person may open; at the left, as icons where it is narrow, at the foot of a phone. */
export function SideNav({
  account,
  current,
}: {
  readonly account: Account | null;
  readonly current: PageKey;
}) {
  const session = useSession(account);
  const mayRead = session !== null && mayIn(session, "read diagnostics");
  const waiting = countOf(usePoll(WAITING, mayRead));
  const problems = countOf(usePoll(PROBLEMS, mayRead));
  const attention = usePoll(ATTENTION, mayRead);
  const counts = {
    waiting,
    problems,
    ...(attention.kind === "ready" ? attention.value : NOTHING),
  };
  const open = PAGES.filter(
    ({ key, needs }) => key === "ns" || (session !== null && mayIn(session, needs)),
  );
  return (
    <nav className="side-nav" aria-label={texts.pages.label}>
      {open.map(({ key, href, name, icon }) => {
        const badge = badgeOf(key, counts);
        return (
          <Link
            key={key}
            href={href}
            prefetch={false}
            className="nav-item"
            aria-label={badge === null ? name : `${name} ${badge.count} ${badge.word}`}
            aria-current={key === current ? "page" : undefined}
          >
            <Icon name={icon} />
            <span className="nav-name">{name}</span>{" "}
            {badge === null ? null : (
              <span className="nav-badge" data-badge={badge.kind}>
                {badge.count}
              </span>
            )}
          </Link>
        );
      })}
    </nav>
  );
}

function countOf(polled: Polled<number>): number {
  return polled.kind === "ready" ? polled.value : 0;
}
