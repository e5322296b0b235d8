"use client";
import { useState } from "react";
import { asking } from "../lib/poll.ts";
import { grantsOf, parseUsers, type User } from "../lib/settings.ts";
import { texts } from "../lib/texts.ts";
import { Field, PasswordField, typed } from "./entry-fields.tsx";
import { PolledState } from "./page-shell.tsx";
import { Empty, Line, Section } from "./section.tsx";
import { GrantsField, RoleField, SheetButtons, typedRole } from "./settings-fields.tsx";
import { Confirm, Problem, Sheet } from "./sheet.tsx";
import { useChange } from "./use-change.ts";
import { pagePoll, usePoll } from "./use-poll.ts";

const { users: words } = texts.settings;
const USERS = pagePoll({ everyMs: 15_000, ask: asking("/api/v1/users", parseUsers) });
const refresh = (): void => void USERS.running.get()?.refresh();
const urlOf = (name: string): string => `/api/v1/users/${encodeURIComponent(name)}`;

type Open =
  | { readonly kind: "edit"; readonly user: User | null }
  | { readonly kind: "delete"; readonly user: User };

/** People with passwords. `me`: the name of the person who looks; nobody deletes himself. */
export function Users({ me }: { readonly me: string | null }) {
  const polled = usePoll(USERS);
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  const users = polled.kind === "ready" ? polled.value : [];
  return (
    <Section
      title={words.title}
      intro={words.intro}
      action={
        <button
          type="button"
          className="push-button"
          onClick={() => setOpen({ kind: "edit", user: null })}
        >
          {words.add}
        </button>
      }
    >
      <PolledState polled={polled} onRetry={refresh} />
      {polled.kind === "ready" && users.length === 0 ? <Empty>{words.none}</Empty> : null}
      <ul>
        {users.map((user) => (
          <UserLine key={user.name} user={user} isMe={user.name === me} onOpen={setOpen} />
        ))}
      </ul>
      {open?.kind === "edit" ? <Edit user={open.user} onClose={close} /> : null}
      {open?.kind === "delete" ? <Delete user={open.user} onClose={close} /> : null}
    </Section>
  );
}

function UserLine({
  user,
  isMe,
  onOpen,
}: {
  readonly user: User;
  readonly isMe: boolean;
  readonly onOpen: (open: Open) => void;
}) {
  const { name, role, grants, isDisabled, hasPassword } = user;
  return (
    <Line
      facts={
        <>
          <span className="figures wrap-anywhere">
            {grants.length === 0 ? texts.settings.noGrants : grants.join(" · ")}
          </span>
          {hasPassword ? null : <span className="text-stale">{words.noPassword}</span>}
        </>
      }
      buttons={
        <>
          <button
            type="button"
            className="push-button"
            aria-label={words.editOf(name)}
            onClick={() => onOpen({ kind: "edit", user })}
          >
            {words.edit}
          </button>
          {isMe ? null : (
            <button
              type="button"
              className="push-button"
              aria-label={words.deleteOf(name)}
              onClick={() => onOpen({ kind: "delete", user })}
            >
              {texts.settings.delete}
            </button>
          )}
        </>
      }
    >
      {name}
      <span className="text-xs font-normal text-mute">{role}</span>
      {isDisabled ? <span className="text-xs font-normal text-off">{words.disabled}</span> : null}
    </Line>
  );
}

/** @param props.user who is changed; `null`: a new one */
function Edit({ user, onClose }: { readonly user: User | null; readonly onClose: () => void }) {
  const change = useChange();
  const submit = async (data: FormData): Promise<void> => {
    const name = user?.name ?? typed(data, "name");
    const password = typed(data, "password");
    const isDone = await change.run("PUT", urlOf(name), {
      role: typedRole(data),
      grants: grantsOf(typed(data, "grants")),
      ...(password !== "" && { password }),
      isDisabled: data.get("disabled") !== null,
    });
    if (isDone === null) return;
    refresh();
    onClose();
  };
  return (
    <Sheet title={user === null ? words.addTitle : words.editOf(user.name)} onClose={onClose}>
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(new FormData(event.currentTarget));
        }}
      >
        {user === null ? (
          <Field name="name" label={words.name} autoComplete="off" isFocused isFigures />
        ) : null}
        <RoleField value={user?.role ?? "viewer"} />
        <GrantsField value={user?.grants ?? ["read *"]} />
        <PasswordField
          name="password"
          label={words.password}
          help={user === null ? words.passwordHelp : words.passwordKept}
          autoComplete="new-password"
        />
        <label className="flex items-center gap-2">
          <input type="checkbox" name="disabled" defaultChecked={user?.isDisabled ?? false} />
          {words.disable}
        </label>
        <Problem change={change} />
        <SheetButtons change={change} label={texts.settings.save} onClose={onClose} />
      </form>
    </Sheet>
  );
}

function Delete({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  const change = useChange();
  const yes = async (): Promise<void> => {
    if ((await change.run("DELETE", urlOf(user.name))) === null) return;
    refresh();
    onClose();
  };
  return (
    <Confirm
      title={words.deleteTitle(user.name)}
      help={words.deleteHelp}
      label={words.deleteOf(user.name)}
      change={change}
      onYes={() => void yes()}
      onClose={onClose}
    />
  );
}
