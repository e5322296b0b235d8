/** Answers to commands that came with a Response Topic: MQTT 5's request and response. */
import type { Logger } from "@unshub/adapter";
import {
  messageProperties,
  replyAddress,
  type ConnectingClient,
  type MqttMessage,
  type PublishedMessage,
} from "../broker/index.ts";

export interface ReplyOptions {
  readonly log: Logger;
  readonly publish: (message: MqttMessage) => Promise<void>;
  /** Why the hub publishes nothing there for this client; `undefined`: it does. */
  readonly fault: (client: Pick<ConnectingClient, "clientId">, topic: string) => string | undefined;
}

/** Sends an answer: JSON, or what becomes it. */
export type Reply = (answer: object | string) => void;

export class Replies {
  readonly #options: ReplyOptions;

  constructor(options: ReplyOptions) {
    this.#options = options;
  }

  /** How to answer a message, while it is being watched; `undefined`: it asks for no answer, or may not have one there. */
  to(message: PublishedMessage, client: Pick<ConnectingClient, "clientId">): Reply | undefined {
    const address = replyAddress(message.properties);
    if (address === undefined) return undefined;
    const { topic, correlationData } = address;
    const { fault, log } = this.#options;
    const because = fault(client, topic);
    if (because !== undefined) {
      log.warn({ clientId: client.clientId, topic, because }, "a command gets no answer");
      return undefined;
    }
    const json = { isText: true, contentType: "application/json", correlationData } as const;
    const properties = messageProperties(json);
    return (answer) => void this.#send({ topic, properties }, answer);
  }

  async #send(
    to: Pick<MqttMessage, "topic"> & { properties: Uint8Array },
    answer: object | string,
  ): Promise<void> {
    const { log, publish } = this.#options;
    try {
      const payload = Buffer.from(typeof answer === "string" ? answer : JSON.stringify(answer));
      await publish({ ...to, payload, qos: 1, retain: false });
    } catch (error) {
      log.error({ topic: to.topic, error }, "the answer to a command was not sent");
    }
  }
}
