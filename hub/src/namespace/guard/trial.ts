/**
 * What the guard would say of one message. A guard of its own, with the rules as they are now and without a memory, takes
 * it and is forgotten: so those decide that decide in earnest, and nothing is remembered, counted or told.
 *
 * What depends on what was said before is left out: the rules of sessions and of CONNECT, and ids that differ only in case
 * from those of others.
 */
import type { Logger } from "@unshub/adapter";
import type { ConnectingClient, PublishedMessage } from "../../broker/index.ts";
import { RULE_CODES, type NamespaceConfig } from "../../config/index.ts";
import { Guard, type GuardOptions } from "./guard.ts";
import type { Refusal } from "./judge.ts";
import type { Finding } from "./ledger.ts";
import { samplePayload, type Sample } from "./sample-message.ts";

/** A rule that the message would break. */
type BrokenRule = Pick<Finding, "code" | "title" | "level" | "because" | "advice">;

interface GuardTrial {
  /** `undefined`: it would pass. */
  readonly refusal: Refusal | undefined;
  /** Whether the connection would be ended, too. */
  readonly isEnd: boolean;
  readonly broken: readonly BrokenRule[];
}

type TriedMessage = Pick<PublishedMessage, "topic" | "qos" | "retain"> & {
  readonly clientId: string;
  readonly sample: Sample;
};

/** `config`: the one in force. */
export function tryMessage(
  { config, hostId, now }: Pick<GuardOptions, "config" | "hostId" | "now">,
  { sample, clientId, topic, qos, retain }: TriedMessage,
): GuardTrial {
  let isEnd = false;
  const guard = new Guard({
    config: ofMessagesAlone(config),
    hostId,
    now,
    log: SILENT,
    born: () => undefined,
    endClient: () => {
      isEnd = true;
    },
  });
  const receivedAt = now();
  const payload = samplePayload(topic, sample, receivedAt);
  const message = { topic, payload, qos, retain, clientId, receivedAt };
  const refusal = guard.watch(topic, strangerCalled(clientId))?.take(message);
  const broken = guard
    .findings()
    .map(({ code, title, level, because, advice }) => ({ code, title, level, because, advice }));
  return { refusal, isEnd, broken };
}

const OF_SESSIONS = /^[SC]/;

function ofMessagesAlone(config: NamespaceConfig): NamespaceConfig {
  const rules = { ...config.sparkplug.rules };
  for (const code of RULE_CODES) if (code !== "T10" && OF_SESSIONS.test(code)) rules[code] = "off";
  return { ...config, sparkplug: { ...config.sparkplug, rules } };
}

function strangerCalled(clientId: string): ConnectingClient {
  return {
    clientId,
    username: undefined,
    password: undefined,
    address: "a trial",
    protocol: "5",
    clean: true,
    keepAliveSeconds: 60,
    sessionExpirySeconds: 0,
    will: undefined,
  };
}

const SILENT: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
};
