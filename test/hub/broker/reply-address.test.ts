import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { messageProperties, replyAddress } from "../../../hub/src/broker/index.ts";

const RESPONSE_TOPIC = 0x08;

describe("the address for an answer", () => {
  it("is the Response Topic of a PUBLISH, with its Correlation Data", () => {
    const topic = Buffer.from("answers/mes");
    const properties = Buffer.concat([
      messageProperties({ isText: true, user: [["a", "b"]] }),
      Uint8Array.of(RESPONSE_TOPIC, 0, topic.length),
      topic,
      messageProperties({ correlationData: Uint8Array.of(0, 255) }),
    ]);

    const address = replyAddress(properties);

    assert.equal(address?.topic, "answers/mes");
    assert.deepEqual(address?.correlationData, Uint8Array.of(0, 255));
  });

  it("is not there without a Response Topic", () => {
    assert.equal(replyAddress(undefined), undefined);
    assert.equal(replyAddress(messageProperties({ isText: true })), undefined);
  });
});
