/** A subscriber of retained messages that says exactly how it subscribes, for tests of live certificates. */
import type { IConnectPacket, IPublishPacket, ISubscription } from "mqtt-packet";
import { decodePayload, type Payload } from "@unshub/sparkplug";
import type { Ending } from "./hub.ts";
import { RawClient } from "./mqtt-raw-client.ts";

export class LiveReader {
  readonly client: RawClient;
  #messageId = 0;

  constructor(client: RawClient) {
    this.client = client;
  }

  static async open(
    t: Ending,
    port: number,
    packet: Partial<IConnectPacket> = {},
  ): Promise<LiveReader> {
    const client = await RawClient.connected(port, {
      clientId: "late",
      protocolVersion: 5,
      ...packet,
    });
    t.after(() => client[Symbol.asyncDispose]());
    return new LiveReader(client);
  }

  /** `identifier`: the Subscription Identifier. */
  async subscribe(
    filter: string,
    how: Partial<ISubscription> = {},
    identifier?: number,
  ): Promise<void> {
    this.#messageId += 1;
    const messageId = this.#messageId;
    this.client.send({
      cmd: "subscribe",
      messageId,
      subscriptions: [{ topic: filter, qos: 0, ...how }],
      ...(identifier !== undefined && { properties: { subscriptionIdentifier: identifier } }),
    });
    await this.client.find("suback", (packet) => packet.messageId === messageId);
  }

  /** The first message that fits, of all that came and will come. */
  async message(
    topic: string,
    fits: (packet: IPublishPacket) => boolean = () => true,
  ): Promise<IPublishPacket> {
    return await this.client.find(
      "publish",
      (packet) => packet.topic === topic && packet.payload.length > 0 && fits(packet),
    );
  }

  /** The topics of all messages so far, in their order. */
  get topics(): readonly string[] {
    return this.client.received.flatMap((packet) =>
      packet.cmd === "publish" ? [packet.topic] : [],
    );
  }
}

/** As `decodePayload`, of a packet. */
export function payloadOf({ payload }: IPublishPacket): Payload {
  return decodePayload(Buffer.from(payload));
}
