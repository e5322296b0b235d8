"use client";
import { mayIn, type Session } from "../lib/session.ts";
import { texts } from "../lib/texts.ts";
import { PageHead, PageShell } from "./page-shell.tsx";
import { Backup } from "./settings-backup.tsx";
import { Configurations } from "./settings-configuration.tsx";
import { Bans, HubState } from "./settings-hub.tsx";
import { NamespaceRules } from "./settings-rules.tsx";
import { OwnAccount } from "./settings-own.tsx";
import { Tokens } from "./settings-tokens.tsx";
import { Users } from "./settings-users.tsx";
import { useAccount, useSession } from "./use-account.ts";

/** What each person may settle: his own account; administrators also who may come in, and the hub itself. */
export function SettingsApp() {
  const account = useAccount();
  const session = useSession(account);
  return (
    <PageShell account={account} current="settings">
      <div className="mx-auto grid max-w-[860px] gap-5">
        <PageHead title={texts.settings.title} intro={texts.settings.intro} />
        {session === null ? (
          <div className="skeleton-late h-40 rounded-md bg-panel2" />
        ) : (
          <Sections session={session} />
        )}
      </div>
    </PageShell>
  );
}

function Sections({ session }: { readonly session: Session }) {
  const isAdmin = mayIn(session, "manage identities");
  return (
    <>
      <OwnAccount isSignedIn={session.user !== null} />
      {isAdmin ? (
        <>
          <Users me={session.user?.name ?? null} />
          <Tokens />
          <Bans />
        </>
      ) : null}
      {mayIn(session, "read diagnostics") ? <NamespaceRules mayNameUsers={isAdmin} /> : null}
      {mayIn(session, "edit configuration") ? <Configurations /> : null}
      <HubState mayLook={mayIn(session, "read diagnostics")}>
        {mayIn(session, "backup") ? <Backup /> : null}
      </HubState>
    </>
  );
}
