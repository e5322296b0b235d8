"use client";
import type { ValueAnswer } from "@unshub/hub/feed";
import Link from "next/link";
import { useRef, useState } from "react";
import type { Account } from "../lib/account.ts";
import { tagHref } from "../lib/adapters-address.ts";
import { oneMetricTexts as words } from "../lib/one-metric-texts.ts";
import { mayIn } from "../lib/session.ts";
import { texts } from "../lib/texts.ts";
import { clearer } from "./clearer.ts";
import { Icon } from "./icons.tsx";
import { useMayDiagnose, useSession } from "./use-account.ts";
import { useOrigin } from "./use-origin.ts";

interface MetricMenuProps {
  readonly account: Account | null;
  readonly answer: ValueAnswer | null;
  readonly path: string;
}

/** What is seldom done with a metric. */
export function MetricMenu({ account, answer, path }: MetricMenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div>
      <button
        type="button"
        className="push-button grid h-full place-items-center px-2!"
        popoverTarget="metric-menu"
        aria-label={words.menu}
      >
        <Icon name="dots" />
      </button>
      <div
        ref={menu}
        id="metric-menu"
        popover="auto"
        className="account-menu look-menu"
        onToggle={(event) => setIsOpen(event.newState === "open")}
      >
        <Link className="menu-item" href={`/ns/?p=${path}`} prefetch={false}>
          {texts.metric.toNamespace}
        </Link>
        {isOpen ? <ToTag account={account} answer={answer} /> : null}
        <Retained
          account={account}
          answer={answer}
          // The focus goes back to the button first, so that the dialog gives it back to that.
          onChosen={() => menu.current?.hidePopover()}
        />
      </div>
    </div>
  );
}

function ToTag({ account, answer }: Omit<MetricMenuProps, "path">) {
  const may = useMayDiagnose(account);
  const found = useOrigin(may ? answer : null);
  if (!may || found === undefined) return null;
  if (found === null) return <p className="px-3 py-1.5 text-mute">{words.noTag}</p>;
  return (
    <Link
      className="menu-item"
      href={tagHref(found.adapter, found.device, found.tag)}
      prefetch={false}
    >
      {words.toTag}
    </Link>
  );
}

interface RetainedProps extends Omit<MetricMenuProps, "path"> {
  readonly onChosen: () => void;
}

/** The message that is retained on the plain topic of the metric: deleted after a dry run. */
function Retained({ account, answer, onChosen }: RetainedProps) {
  const session = useSession(account);
  if (session === null) return null;
  const topic = answer?.plainTopic;
  const because = mayIn(session, "end clients")
    ? topic === undefined
      ? words.noPlace
      : null
    : texts.retained.role;
  return (
    <div className="mt-1 border-t border-line pt-1">
      <button
        type="button"
        className="menu-item"
        aria-disabled={because !== null}
        aria-describedby={because === null ? undefined : "clear-why"}
        onClick={() => {
          if (because !== null || topic === undefined) return;
          onChosen();
          void clearer.plan(topic);
        }}
      >
        {words.deleteRetained}
      </button>
      {because === null ? (
        <button
          type="button"
          className="menu-item"
          onClick={() => {
            onChosen();
            void clearer.list();
          }}
        >
          {texts.retained.openList}
        </button>
      ) : (
        <p id="clear-why" className="px-3 pb-1.5 text-xs text-mute">
          {because}
        </p>
      )}
    </div>
  );
}
