import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  byUri,
  locateNode,
  nodeAddressText,
  parseNodeAddress,
} from "../../../adapters/opcua/src/node-id.ts";

const NAMESPACES = ["http://opcfoundation.org/UA/", "urn:server", "urn:plc"];

/** What the library would call the node that `text` names. */
function located(text: string, namespaces = NAMESPACES): unknown {
  const parsed = parseNodeAddress(text);
  assert.ok("address" in parsed, text);
  return locateNode(parsed.address, { namespaces, namespacesAtFirst: NAMESPACES });
}

describe("a node id", () => {
  it("is found by the URI of its namespace, wherever that stands", () => {
    assert.equal(located("nsu=urn:plc;s=Line1.Speed"), "ns=2;s=Line1.Speed");
    assert.equal(located("nsu=urn:plc;i=4711"), "ns=2;i=4711");
  });

  it("is found by the index of its namespace, or in the standard's own", () => {
    assert.equal(located("ns=1;s=with;semicolon = and ns=3"), "ns=1;s=with;semicolon = and ns=3");
    assert.equal(located("i=2258"), "ns=0;i=2258");
  });

  it("may be a GUID or bytes", () => {
    const guid = "72962b91-fa75-4ae6-8d28-b404dc7daf63";

    assert.equal(located(`ns=2;g=${guid}`), `ns=2;g=${guid}`);
    assert.equal(located("ns=2;b=M/RbKBsRVkePCePcx24oRA=="), "ns=2;b=M/RbKBsRVkePCePcx24oRA==");
  });

  it("is not found in a namespace that the server does not have", () => {
    assert.equal(located("nsu=urn:other;s=x"), undefined);
    assert.equal(located("ns=3;s=x"), undefined);
  });

  it("keeps meaning the namespace that its index stood for at first", () => {
    const moved = ["http://opcfoundation.org/UA/", "urn:server", "urn:new", "urn:plc"];

    assert.equal(located("ns=2;s=x", moved), "ns=3;s=x");
    assert.equal(located("nsu=urn:plc;s=x", moved), "ns=3;s=x");
    assert.equal(located("ns=2;s=x", moved.slice(0, 3)), undefined);
  });

  it("is written by URI, and read again as the same", () => {
    const parsed = parseNodeAddress("ns=2;s=Line1;Speed");
    assert.ok("address" in parsed);
    const address = byUri(parsed.address, NAMESPACES);
    assert.ok(address);

    assert.equal(nodeAddressText(address), "nsu=urn:plc;s=Line1;Speed");
    assert.deepEqual(parseNodeAddress(nodeAddressText(address)), { address });
  });

  it("is refused with a sentence when it is none", () => {
    for (const text of [
      "",
      "Speed",
      "ns=2",
      "ns=x;i=1",
      "ns=2;i=-1",
      "i=4294967296",
      "s=",
      "g=1",
      "b=%",
    ]) {
      const parsed = parseNodeAddress(text);
      assert.ok("fault" in parsed, text);
      assert.match(parsed.fault, /is no node id/);
    }
  });
});
