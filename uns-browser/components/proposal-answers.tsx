"use client";
import { useState } from "react";
import type { CommandAnswer } from "../lib/command-answer.ts";
import { texts } from "../lib/texts.ts";

const { commands: words } = texts;

interface ProposalAnswersProps {
  /** Of the one who looks: somebody else must say yes. */
  readonly isOwn: boolean;
  /** What stands on the button that says yes. */
  readonly yes: string;
  readonly onAnswer: (said: CommandAnswer) => Promise<void>;
}

/** The second person says yes or no to what somebody proposed; who proposed it may withdraw. */
export function ProposalAnswers({ isOwn, yes, onAnswer }: ProposalAnswersProps) {
  const [isBusy, setIsBusy] = useState(false);
  const say = async (said: CommandAnswer): Promise<void> => {
    if (isBusy) return;
    setIsBusy(true);
    await onAnswer(said);
    setIsBusy(false);
  };
  return (
    <>
      {isOwn ? <p className="text-mute">{words.own}</p> : null}
      <div className="flex flex-wrap gap-2">
        {isOwn ? null : (
          <button
            type="button"
            className="main-button py-[4px]!"
            aria-disabled={isBusy}
            onClick={() => void say("approve")}
          >
            {yes}
          </button>
        )}
        <button
          type="button"
          className="push-button"
          aria-disabled={isBusy}
          onClick={() => void say("reject")}
        >
          {isOwn ? words.withdraw : words.no}
        </button>
      </div>
    </>
  );
}
