"use client";
import { useState } from "react";
import { asking } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import {
  parseTopicRules,
  parseTrial,
  SAMPLES,
  trialUrl,
  type TopicRules,
  type Trial,
  type Wish,
} from "../lib/topic-rules.ts";
import { Field, typed } from "./entry-fields.tsx";
import { ChoiceField } from "./labelled.tsx";
import { PolledState } from "./page-shell.tsx";
import { Section } from "./section.tsx";
import { TrialAnswer } from "./settings-trial.tsx";
import { Problem } from "./sheet.tsx";
import { useChange } from "./use-change.ts";
import { pagePoll, usePoll } from "./use-poll.ts";

const { rules: words } = texts.settings;
const RULES = pagePoll({ everyMs: 15_000, ask: asking("/api/v1/topic-rules", parseTopicRules) });

/** What holds for topics, and a box that says what the hub would do on one. */
export function NamespaceRules({
  mayNameUsers,
}: {
  /** Whose grants they are is for those who give them. */
  readonly mayNameUsers: boolean;
}) {
  const polled = usePoll(RULES);
  return (
    <Section title={words.title} intro={words.intro}>
      <PolledState polled={polled} onRetry={() => void RULES.running.get()?.refresh()} />
      {polled.kind === "ready" ? <Rules rules={polled.value} /> : null}
      <TestBox mayNameUsers={mayNameUsers} />
    </Section>
  );
}

function Rules({ rules }: { readonly rules: TopicRules }) {
  const { levels, named, plainRoot } = rules;
  const tops = rules.ownTops.map((top) => `${top}/`).join(", ");
  return (
    <ul className="grid list-disc gap-1 border-t border-line py-2.5 pr-4 pl-8">
      <li>{words.profile[rules.profile]}</li>
      <li>{words.levels(levels.reject, levels.warn, levels.observe, levels.off)}</li>
      {named.length === 0 ? null : <li>{words.named(named.join(", "))}</li>}
      <li>{words.otherTopics[rules.otherTopics]}</li>
      <li>{words.own(tops)}</li>
      {plainRoot === null ? null : <li>{words.plain(plainRoot)}</li>}
      <li>{words.anonymous[rules.anonymous]}</li>
      <li className="list-none text-xs text-mute">{words.change}</li>
    </ul>
  );
}

function wishIn(data: FormData): Wish {
  return {
    does: typed(data, "does") === "subscribe" ? "subscribe" : "publish",
    topic: typed(data, "topic"),
    client: typed(data, "client"),
    user: typed(data, "user"),
    payload: typed(data, "payload"),
    qos: typed(data, "qos"),
    isRetained: data.get("retain") !== null,
  };
}

function TestBox({ mayNameUsers }: { readonly mayNameUsers: boolean }) {
  const change = useChange();
  const [does, setDoes] = useState<Wish["does"]>("publish");
  const [trial, setTrial] = useState<Trial | null>(null);
  const submit = async (data: FormData): Promise<void> => {
    const wish = wishIn(data);
    setTrial(null);
    if (wish.topic === "") return change.fail(words.noTopic);
    const answer = await change.run("GET", trialUrl(wish));
    if (answer === null) return;
    const said = parseTrial(answer.value);
    if (said === null) change.fail(texts.notUnderstood);
    else setTrial(said);
  };
  return (
    <form
      className="grid gap-3 border-t border-line px-4 py-3"
      aria-label={words.box}
      onSubmit={(event) => {
        event.preventDefault();
        void submit(new FormData(event.currentTarget));
      }}
    >
      <div>
        <h4 className="font-semibold">{words.box}</h4>
        <p className="text-mute">{words.boxIntro}</p>
      </div>
      <div className="grid gap-3 sm:grid-cols-[140px_minmax(0,1fr)]">
        <ChoiceField name="does" label={words.does} onChoose={(said) => setDoes(doesOf(said))}>
          <option value="publish">{words.doing.publish}</option>
          <option value="subscribe">{words.doing.subscribe}</option>
        </ChoiceField>
        <Field name="topic" label={words.topic} autoComplete="off" isFigures />
      </div>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <Field
          name="client"
          label={words.client}
          help={words.clientHelp}
          autoComplete="off"
          isFigures
        />
        {mayNameUsers ? (
          <Field name="user" label={words.user} autoComplete="off" isFigures />
        ) : null}
      </div>
      {does === "publish" ? <MessageFields /> : null}
      <Problem change={change} />
      <button type="submit" className="push-button w-fit" aria-disabled={change.isBusy}>
        {change.isBusy ? texts.settings.busy : words.try}
      </button>
      <output className="empty:hidden" data-trial={trial?.outcome}>
        {trial === null ? null : <TrialAnswer trial={trial} />}
      </output>
    </form>
  );
}

function doesOf(said: string): Wish["does"] {
  return said === "subscribe" ? said : "publish";
}

function MessageFields() {
  return (
    <div className="flex flex-wrap items-end gap-x-4 gap-y-3">
      <ChoiceField name="payload" label={words.payload}>
        {SAMPLES.map((sample) => (
          <option key={sample} value={sample}>
            {words.payloads[sample]}
          </option>
        ))}
      </ChoiceField>
      <ChoiceField name="qos" label={words.qos}>
        {["0", "1", "2"].map((qos) => (
          <option key={qos} value={qos}>
            {qos}
          </option>
        ))}
      </ChoiceField>
      <label className="flex min-h-8 items-center gap-2">
        <input type="checkbox" name="retain" />
        {words.retain}
      </label>
    </div>
  );
}
