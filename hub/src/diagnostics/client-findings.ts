/** Messages of clients that the hub refused, and why; what a rule of the guard refused is found by the guard itself. */
import { readTopic } from "@unshub/sparkplug";
import type { ConnectingClient, RefusedPublish } from "../broker/index.ts";
import { OwnFindings } from "../finding.ts";

export class ClientFindings extends OwnFindings<
  "CLIENT-NAMESPACE" | "CLIENT-GRANT" | "CLIENT-TOPIC"
> {
  /** `now`: milliseconds since 1970 UTC. */
  constructor(now: () => number) {
    super(KINDS, now, "forget the oldest"); // anybody may come by any number of names
  }

  wasRefused(
    { clientId, address }: ConnectingClient,
    topic: string,
    { because, countedAs }: RefusedPublish,
  ): void {
    const isOutside = readTopic(topic).kind === "other";
    if (countedAs === "namespace" && !isOutside) return;
    const code =
      countedAs === "namespace"
        ? "CLIENT-NAMESPACE"
        : countedAs === "acl"
          ? "CLIENT-GRANT"
          : "CLIENT-TOPIC";
    const shown = topic.slice(0, MAX_LETTERS);
    this.note({ code, subject: `client ${clientId}`, clientId, address, topic: shown, because });
  }
}

/** Of a topic. */
const MAX_LETTERS = 2000;

const KINDS = {
  "CLIENT-NAMESPACE": {
    title: "publish refused: outside the allowed namespace",
    advice: "publish below spBv1.0, or let other topics in (namespace.otherTopics)",
  },
  "CLIENT-GRANT": {
    title: "publish refused: no grant",
    advice:
      "give its user, token or certificate the grant that it needs, or stop it from publishing there",
  },
  "CLIENT-TOPIC": {
    title: "publish refused",
    advice: "publish elsewhere, or change what forbids it: the sentence says what that is",
  },
} as const;
