import type { ValueAnswer } from "@unshub/hub/feed";
import { useMemo } from "react";
import { askOrigin, type Origin } from "../lib/origin.ts";
import { pagePoll, usePoll } from "./use-poll.ts";

const EVERY_MS = 60_000;

/** The tag that makes a metric; `null`: no adapter of this hub does; `undefined`: that is not known yet. */
export function useOrigin(answer: ValueAnswer | null): Origin | null | undefined {
  const { groupId = "", edgeNodeId = "", deviceId = null, metric = "" } = answer ?? {};
  const poll = useMemo(
    () =>
      pagePoll({
        everyMs: EVERY_MS,
        ask: (send) => askOrigin(send, { groupId, edgeNodeId, deviceId, metric }),
      }),
    [groupId, edgeNodeId, deviceId, metric],
  );
  const polled = usePoll(poll, answer !== null);
  return polled.kind === "ready" ? polled.value.found : undefined;
}
