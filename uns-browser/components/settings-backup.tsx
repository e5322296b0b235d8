"use client";
import { formatDateTime } from "../lib/format.ts";
import { texts } from "../lib/texts.ts";
import { PasswordField, typed } from "./entry-fields.tsx";
import { Section } from "./section.tsx";
import { Problem } from "./sheet.tsx";
import { useChange } from "./use-change.ts";

const { backup: words } = texts.settings;
const SHORTEST_PASSPHRASE = 8;

/** `unshub-2026-11-26.backup`, by the browser's day. */
const fileName = (): string => `unshub-${formatDateTime(Date.now()).slice(0, 10)}.backup`;

/** Everything in the data directory, as a file that the browser saves. */
export function Backup() {
  const change = useChange();
  return (
    <Section title={words.title} intro={words.intro}>
      <form
        className="grid grid-cols-[minmax(0,420px)] gap-3 border-t border-line px-4 py-3"
        onSubmit={(event) => {
          event.preventDefault();
          const passphrase = typed(new FormData(event.currentTarget), "passphrase");
          if (passphrase !== "" && passphrase.length < SHORTEST_PASSPHRASE)
            return change.fail(words.tooShort);
          void change.download(
            "/api/v1/backup",
            passphrase === "" ? {} : { passphrase },
            fileName(),
          );
        }}
      >
        <PasswordField
          name="passphrase"
          label={words.passphrase}
          help={words.passphraseHelp}
          autoComplete="new-password"
        />
        <Problem change={change} />
        <button type="submit" className="push-button w-fit" aria-disabled={change.isBusy}>
          {change.isBusy ? texts.settings.busy : words.make}
        </button>
      </form>
    </Section>
  );
}
