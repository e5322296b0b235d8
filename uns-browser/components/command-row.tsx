"use client";
import Link from "next/link";
import { useState } from "react";
import type { Account } from "../lib/account.ts";
import { answerCommand, type CommandAnswer } from "../lib/command-answer.ts";
import { actorName, isOpen, type Command } from "../lib/commands.ts";
import { formatDateTime, formatForCopy, formatFullValue } from "../lib/format.ts";
import { readablePath } from "../lib/path.ts";
import { mayIn } from "../lib/session.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { sendToHub } from "./browser-world.ts";
import { CommandSteps, OutcomeFacts, ResultSign } from "./command-steps.tsx";
import { Fact } from "./facts.tsx";
import { Icon } from "./icons.tsx";
import { ProposalAnswers } from "./proposal-answers.tsx";
import { useSession } from "./use-account.ts";

const { commands: words } = texts;

interface CommandRowProps {
  readonly command: Command;
  readonly account: Account | null;
  /** A link of the address bar leads here. */
  readonly isLinked: boolean;
  readonly onAnswered: () => void;
}

/** One command in a line; open, all of it. One that waits for a person is open. */
export function CommandRow({ command, account, isLinked, onAnswered }: CommandRowProps) {
  const { path, before, outcome, steps } = command;
  const asked = visibleText(formatForCopy(command.asked)).text;
  const isWaiting = outcome?.result === "waiting";
  return (
    <details open={isLinked || isWaiting} className="group">
      <summary className="command-line">
        <Icon name="chevron" className="size-3.5 text-mute group-open:rotate-90" />
        <span className="figures text-xs whitespace-nowrap text-mute">
          {formatDateTime(steps[0]?.at ?? 0).slice(0, -4)}
        </span>
        <span className="min-w-0 truncate font-medium">{readablePath(path)}</span>
        <span className="figures min-w-0 truncate text-xs">
          {formatFullValue(before).text} → {asked}
        </span>
        <span className="min-w-0 truncate text-mute">{actorName(command.actor)}</span>
        <ResultSign outcome={outcome} />
      </summary>
      <div className="grid max-w-[720px] gap-3 px-4 pt-1 pb-4 sm:pl-10">
        {outcome === null ? null : (
          <div>
            <OutcomeFacts outcome={outcome} />
          </div>
        )}
        <dl>
          <Fact name={words.number} value={`${command.id}`} />
          <Fact name={texts.details.path} value={readablePath(path)} copy={path} />
          <Fact
            name={words.columns.by}
            value={`${actorName(command.actor)} (${command.via})`}
            isFigures={false}
          />
          <Fact name={words.reason} value={command.reason ?? words.noReason} isFigures={false} />
        </dl>
        <CommandSteps steps={steps} outcome={isOpen(command) ? null : outcome} />
        {isWaiting ? <Answers {...{ command, account, asked, onAnswered }} /> : null}
        <Link className="text-accent underline" href={`/ns/?p=${path}`} prefetch={false}>
          {words.show}
        </Link>
      </div>
    </details>
  );
}

/** The second person says yes or no; who asked may withdraw. */
function Answers({
  command: { id, actor },
  account,
  asked,
  onAnswered,
}: Pick<CommandRowProps, "command" | "account" | "onAnswered"> & { readonly asked: string }) {
  const session = useSession(account);
  const [problem, setProblem] = useState<string | null>(null);
  if (session === null) return null;
  if (!mayIn(session, "write metrics")) return <p className="text-mute">{words.mayNot}</p>;
  const isOwn = session.user !== null && actor === `user:${session.user.name}`;
  const answer = async (said: CommandAnswer): Promise<void> => {
    setProblem(await answerCommand(sendToHub, id, said));
    onAnswered();
  };
  return (
    <div className="grid gap-2">
      <ProposalAnswers isOwn={isOwn} yes={words.yes(asked)} onAnswer={answer} />
      <p role="alert" className="text-bad empty:hidden">
        {problem}
      </p>
    </div>
  );
}
