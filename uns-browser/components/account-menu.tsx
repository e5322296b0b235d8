"use client";
import { useState } from "react";
import type { Account } from "../lib/account.ts";
import { texts } from "../lib/texts.ts";
import { Icon } from "./icons.tsx";
import { LanguageSwitch } from "./language-switch.tsx";
import { useSignal } from "./use-signal.ts";

const { account: words } = texts;

/** Who is signed in, and the way out or in. */
export function AccountMenu({ account }: { readonly account: Account }) {
  const session = useSignal(account.session);
  const [hasFailed, setHasFailed] = useState(false);
  if (session === null) return null;
  const { user } = session;
  const leave = async (): Promise<void> => {
    await account.signOut();
    setHasFailed(true); // who is still here has not left
  };
  return (
    <>
      <button
        type="button"
        className="icon-button"
        popoverTarget="account"
        aria-label={user === null ? words.open : words.role(user.name, user.role)}
      >
        <Icon name="user" />
      </button>
      <div id="account" popover="auto" className="account-menu">
        {user === null ? (
          <p className="px-3 py-2 text-mute">
            {session.anonymous === "full" ? words.everybody : words.readers}
          </p>
        ) : (
          <p className="px-3 py-2">
            <span className="block truncate font-semibold">{user.name}</span>
            <span className="text-mute">{user.role}</span>
          </p>
        )}
        {user === null && session.anonymous === "read" ? (
          <button type="button" className="menu-item" onClick={() => account.signIn()}>
            <Icon name="user" />
            {words.signIn}
          </button>
        ) : null}
        {user === null ? null : (
          <button type="button" className="menu-item" onClick={() => void leave()}>
            <Icon name="power" />
            {words.signOut}
          </button>
        )}
        <LanguageSwitch />
        {hasFailed ? (
          <p className="px-3 py-2 text-bad" role="alert">
            {texts.entry.unreachable}
          </p>
        ) : null}
      </div>
    </>
  );
}
