"use client";
import Link from "next/link";
import type { Account } from "../lib/account.ts";
import { parseBadges } from "../lib/badges.ts";
import { PAGES, type PageKey } from "../lib/pages.ts";
import { asking } from "../lib/poll.ts";
import { mayIn } from "../lib/session.ts";
import { texts } from "../lib/texts.ts";
import { Icon } from "./icons.tsx";
import { pagePoll, usePoll } from "./use-poll.ts";
import { useSession } from "./use-account.ts";

const WAITING = pagePoll({
  everyMs: 10_000,
  ask: asking("/api/v1/commands?limit=100", parseBadges),
});

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
  const badges = usePoll(WAITING, mayRead);
  const waiting = badges.kind === "ready" ? badges.value : 0;
  const open = PAGES.filter(
    ({ key, needs }) => key === "ns" || (session !== null && mayIn(session, needs)),
  );
  return (
    <nav className="side-nav" aria-label={texts.pages.label}>
      {open.map(({ key, href, name, icon }) => (
        <Link
          key={key}
          href={href}
          prefetch={false}
          className="nav-item"
          aria-label={
            key === "commands" && waiting > 0 ? `${name} ${waiting} ${texts.pages.waiting}` : name
          }
          aria-current={key === current ? "page" : undefined}
        >
          <Icon name={icon} />
          <span className="nav-name">{name}</span>{" "}
          {key === "commands" && waiting > 0 ? <span className="nav-badge">{waiting}</span> : null}
        </Link>
      ))}
    </nav>
  );
}
