"use client";
import { useState } from "react";
import type { Account } from "../lib/account.ts";
import { actorName } from "../lib/commands.ts";
import { formatDateTime } from "../lib/format.ts";
import { readablePath } from "../lib/path.ts";
import {
  answerReplay,
  askReplayProposals,
  type ReplayAnswer,
  type ReplayProposal,
} from "../lib/replays.ts";
import { mayIn } from "../lib/session.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { sendToHub } from "./browser-world.ts";
import { Fact } from "./facts.tsx";
import { HubText } from "./hub-text.tsx";
import { ProposalAnswers } from "./proposal-answers.tsx";
import { useSession } from "./use-account.ts";
import { pagePoll, usePoll } from "./use-poll.ts";

const { commands: words } = texts;
const PROPOSALS = pagePoll({ everyMs: 2000, ask: askReplayProposals });

/** Replays that wait for a second person, for those who may say yes; nothing while there are none. */
export function ReplayProposals({ account }: { readonly account: Account | null }) {
  const session = useSession(account);
  const mayAnswer = session !== null && mayIn(session, "edit configuration");
  const polled = usePoll(PROPOSALS, mayAnswer);
  const [problem, setProblem] = useState<string | null>(null);
  const proposals = mayAnswer && polled.kind === "ready" ? polled.value : [];
  const answer = async (id: number, said: ReplayAnswer): Promise<void> => {
    setProblem(await answerReplay(sendToHub, id, said));
    await PROPOSALS.running.get()?.refresh();
  };
  if (proposals.length === 0 && problem === null) return null;
  return (
    <section className="rounded-lg border border-line bg-panel" aria-label={words.replays}>
      <h3 className="px-4 py-2.5 font-semibold">{words.replays}</h3>
      <ul>
        {proposals.map((proposal) => (
          <li key={proposal.id} className="border-t border-line" data-replay={proposal.id}>
            <Proposal
              proposal={proposal}
              isOwn={session?.user !== null && proposal.by === `user:${session?.user.name ?? ""}`}
              onAnswer={(said) => answer(proposal.id, said)}
            />
          </li>
        ))}
      </ul>
      <p role="alert" className="px-4 pb-3 text-bad empty:hidden">
        {problem === null ? null : <HubText text={problem} isSentence />}
      </p>
    </section>
  );
}

interface ProposalProps {
  readonly proposal: ReplayProposal;
  /** Of the one who looks: somebody else must say yes. */
  readonly isOwn: boolean;
  readonly onAnswer: (said: ReplayAnswer) => Promise<void>;
}

function Proposal({ proposal, isOwn, onAnswer }: ProposalProps) {
  const { path, from, to, speed, prefix, by, reason, expiresAt } = proposal;
  return (
    <div className="grid max-w-[720px] gap-3 px-4 py-3">
      <dl>
        <Fact name={texts.details.path} value={readablePath(path)} copy={path} />
        <Fact
          name={words.replaySpan}
          value={words.replayFromTo(formatDateTime(from), formatDateTime(to), speed)}
        />
        <Fact
          name={words.replayTo}
          value={prefix === null ? words.replayToHosts : words.replayBelow(prefix)}
          isFigures={false}
        />
        <Fact name={words.columns.by} value={actorName(by)} isFigures={false} />
        <Fact name={words.reason} value={reason} isFigures={false} />
        <Fact name={words.replayUntil} value={formatDateTime(expiresAt)} />
      </dl>
      <ProposalAnswers
        {...{ isOwn, onAnswer }}
        yes={words.replayYes(visibleText(readablePath(path)).text)}
      />
    </div>
  );
}
