import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chooseEndpoint } from "../../../../adapters/opcua/src/connect/choose-endpoint.ts";
import type { EndpointOffer } from "../../../../adapters/opcua/src/connect/endpoint-offer.ts";
import { protectionText } from "../../../../adapters/opcua/src/connect/endpoint-offer.ts";
import { checkPassword } from "../../../../adapters/opcua/src/connect/identity.ts";
import { policyUri } from "../../../../adapters/opcua/src/connect/policies.ts";
import { parseConfig } from "../../../../adapters/opcua/src/config/parse.ts";

function offer(text: string, more: Partial<EndpointOffer> = {}): EndpointOffer {
  const [policy = "None", mode = "None"] = text.split("/");
  assert.ok(mode === "None" || mode === "Sign" || mode === "SignAndEncrypt");
  return {
    url: "opc.tcp://plc:4840",
    policyUri: policyUri(policy),
    mode,
    certificate: Buffer.from("certificate"),
    applicationUri: "urn:plc",
    tokens: [
      { kind: "anonymous", policyUri: "" },
      { kind: "user", policyUri: "" },
    ],
    ...more,
  };
}

const OTHERS = { device: "cell", groups: {}, tags: [], endpoint: "opc.tcp://plc:4840" };

function chosen(offers: readonly EndpointOffer[], keys: object = {}): string {
  return protectionText(chooseEndpoint(offers, parseConfig({ ...OTHERS, ...keys })));
}

describe("among the endpoints of a server", () => {
  const all = [
    "None",
    "Basic128Rsa15/SignAndEncrypt",
    "Basic256/Sign",
    "Aes256_Sha256_RsaPss/Sign",
    "Aes128_Sha256_RsaOaep/SignAndEncrypt",
    "Basic256Sha256/SignAndEncrypt",
  ].map((text) => offer(text));

  it("encryption counts more than the policy, and the policy more than the order", () => {
    assert.equal(chosen(all), "Basic256Sha256/SignAndEncrypt");
    assert.equal(
      chosen([...all, offer("Aes256_Sha256_RsaPss/SignAndEncrypt")]),
      "Aes256_Sha256_RsaPss/SignAndEncrypt",
    );
    assert.equal(chosen(all.slice(0, 4)), "Aes256_Sha256_RsaPss/Sign");
  });

  it("broken policies are taken only when allowed, and then after all sound ones", () => {
    const broken = all.slice(0, 3);

    assert.throws(() => chosen(broken), { code: "NO_MATCHING_ENDPOINT" });
    assert.equal(chosen(broken, { allowDeprecated: true }), "Basic128Rsa15/SignAndEncrypt");
    assert.equal(chosen(all.slice(0, 4), { allowDeprecated: true }), "Aes256_Sha256_RsaPss/Sign");
  });

  it("none is taken last, and only when allowed", () => {
    assert.throws(() => chosen([offer("None")]), { code: "NO_MATCHING_ENDPOINT" });
    assert.equal(chosen([offer("None")], { allowNone: true }), "None");
    assert.equal(chosen(all, { allowNone: true }), "Basic256Sha256/SignAndEncrypt");
  });

  it("what nobody knows is not chosen", () => {
    const strange = offer("Ultra/SignAndEncrypt", { policyUri: "urn:policy#Ultra" });

    assert.throws(() => chosen([strange]), /offers Ultra\/SignAndEncrypt/);
  });

  it("the next best is taken when the best lets no such user in", () => {
    const closed = offer("Basic256Sha256/SignAndEncrypt", {
      tokens: [{ kind: "certificate", policyUri: "" }],
    });

    assert.equal(chosen([closed, offer("Basic256Sha256/Sign")]), "Basic256Sha256/Sign");
    assert.throws(() => chosen([closed]), { code: "IDENTITY_NOT_OFFERED" });
  });
});

function user(policy: string): EndpointOffer["tokens"] {
  return [{ kind: "user", policyUri: policy === "" ? "" : policyUri(policy) }];
}

describe("a password", () => {
  const identity = { user: "hub", password: "x" };
  const keys = { ...OTHERS, security: "none", allowNone: true, identity };
  const refused = (given: EndpointOffer, more: object = {}): boolean => {
    try {
      checkPassword(parseConfig({ ...keys, ...more }), given);
      return false;
    } catch {
      return true;
    }
  };

  it("never travels readable, unless that was asked for", () => {
    assert.ok(refused(offer("None", { tokens: user("") })));
    assert.ok(refused(offer("None", { tokens: user("None") })));
    assert.ok(
      refused(offer("None", { tokens: user("Basic256Sha256"), certificate: Buffer.alloc(0) })),
    );
    assert.ok(!refused(offer("None", { tokens: user("") }), { allowPlainPassword: true }));
  });

  it("travels encrypted by the channel, or for the certificate of the server", () => {
    assert.ok(!refused(offer("None", { tokens: user("Basic256Sha256") })));
    assert.ok(!refused(offer("Basic256Sha256/Sign", { tokens: user("") })));
    assert.ok(!refused(offer("Basic256Sha256/SignAndEncrypt", { tokens: user("None") })));
    assert.ok(refused(offer("Basic256Sha256/Sign", { tokens: user("None") })));
    assert.ok(refused(offer("None", { tokens: user("Basic128Rsa15") })));
  });
});
