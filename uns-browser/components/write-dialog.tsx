"use client";
import type { TreeRow } from "@unshub/hub/feed";
import Link from "next/link";
import { useEffect, useRef, type ReactNode } from "react";
import type { Namespace } from "../lib/namespace.ts";
import { decodePath, readablePath } from "../lib/path.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import type { Writing } from "../lib/write.ts";
import { CommandSteps, OutcomeFacts, ResultSign } from "./command-steps.tsx";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";
import { WriteForm } from "./write-form.tsx";
import { writer } from "./writer.ts";

const { write: words } = texts;

/** Asks for a value, and then says what the plant made of it. It is never opened by an address or by a single key. */
export function WriteDialog({
  page,
  writing,
}: {
  readonly page: Namespace;
  readonly writing: Writing;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const row = page.shown.get().get(writing.target.id)?.row;
  const name = decodePath(writing.target.path).at(-1) ?? "";
  return (
    <dialog
      ref={dialog}
      aria-labelledby="write-title"
      className="sheet w-[min(520px,calc(100vw-32px))]"
      onClose={() => writer.close()}
    >
      <div className="mb-3 flex items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 id="write-title" className="text-[15px] font-semibold wrap-anywhere">
            {words.title(visibleText(name).text)}
          </h2>
          <p className="figures text-xs break-all text-mute">{readablePath(writing.target.path)}</p>
        </div>
        <form method="dialog">
          <button type="submit" className="icon-button" aria-label={words.close}>
            <Icon name="cross" />
          </button>
        </form>
      </div>
      {row === undefined ? (
        <p>{texts.details.gone}</p>
      ) : (
        <Stage page={page} row={row} writing={writing} name={name} />
      )}
    </dialog>
  );
}

interface StageProps {
  readonly page: Namespace;
  readonly row: TreeRow;
  readonly writing: Writing;
  readonly name: string;
}

function Stage(props: StageProps) {
  const { stage } = props.writing;
  const isForm = stage.kind === "editing";
  return (
    <>
      <div hidden={!isForm}>
        <WriteForm {...props} />
      </div>
      {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- <output> is for a line of text, not for a list of steps */}
      <div role="status" className="grid gap-3" hidden={isForm}>
        <After stage={stage} />
      </div>
      {stage.kind === "ended" || stage.kind === "unknown" ? <Feet stage={stage} /> : null}
    </>
  );
}

function After({ stage }: { readonly stage: Writing["stage"] }): ReactNode {
  if (stage.kind === "editing") return null;
  if (stage.kind === "sending") {
    return (
      <>
        <p className="flex items-center gap-1.5 font-medium">
          <Icon name="half" className="size-3.5 text-mute" />
          {words.sending}
        </p>
        <CommandSteps steps={stage.steps} outcome={null} />
      </>
    );
  }
  if (stage.kind === "unknown") {
    return (
      <div className="notice notice-bad">
        <Icon name="unlink" className="mt-0.5 size-4 text-bad" />
        <div>
          <p className="font-medium">{words.unknown}</p>
          <p>
            <HubText text={stage.because} />
          </p>
          <p>{words.unknownHelp}</p>
        </div>
      </div>
    );
  }
  return (
    <>
      <ResultSign outcome={stage.outcome} />
      <div className="grid gap-1">
        <OutcomeFacts outcome={stage.outcome} />
      </div>
      <CommandSteps steps={stage.steps} outcome={stage.outcome} />
    </>
  );
}

/** Where to go on from an end: the list, another value, away. */
function Feet({ stage }: { readonly stage: Writing["stage"] }) {
  const command = stage.kind === "ended" ? stage.command : null;
  const isDone = stage.kind === "ended" && stage.outcome.result === "confirmed";
  return (
    <div className="mt-4 flex flex-wrap items-center gap-2">
      <Link
        className="mr-auto text-accent underline"
        href={command === null ? "/commands/" : `/commands/?id=${command}`}
        prefetch={false}
      >
        {command === null ? words.all : words.details}
      </Link>
      {isDone || stage.kind === "unknown" ? null : (
        <button type="button" className="push-button" onClick={() => writer.again()}>
          {words.again}
        </button>
      )}
      <form method="dialog">
        <button type="submit" className="push-button">
          {words.close}
        </button>
      </form>
    </div>
  );
}
