/** A field whose text stands in the address bar. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLastTold } from "../../uns-browser/lib/last-told.ts";
import {
  isUntold,
  typedAs,
  withKnown,
  withText,
  withTold,
  type Typed,
} from "../../uns-browser/lib/typed.ts";

const type = (before: Typed, text: string): Typed => withTold(withText(before, text));

describe("what is typed into a field that the address keeps", () => {
  it("stays while the address says back, one after the other, what it was told", () => {
    const fast = type(type(type(typedAs(""), "g"), "gw"), "gw-1");

    assert.equal(withKnown(fast, "g").text, "gw-1");
    assert.equal(withKnown(withKnown(fast, "g"), "gw").text, "gw-1");
    assert.deepEqual(withKnown(fast, "gw-1"), typedAs("gw-1"));
    assert.equal(withKnown(fast, ""), fast); // drawn once more before the address said anything
  });

  it("gives way to what somebody else wrote there, also where it was typed once", () => {
    const settled = withKnown(type(typedAs(""), "gw"), "gw");

    assert.equal(withKnown(settled, "").text, "");
    assert.equal(withKnown(type(typedAs("a"), "ab"), "other").text, "other");
    const takenBack = type(type(typedAs(""), "g"), ""); // before the address said anything
    assert.equal(withKnown(takenBack, "g").text, "g");
  });

  it("is to be told as long as it was not", () => {
    const begun = withText(typedAs("a"), "ab");

    assert.equal(isUntold(typedAs("a")), false);
    assert.equal(isUntold(begun), true);
    assert.equal(isUntold(withTold(begun)), false);
    assert.equal(isUntold(withText(withTold(begun), "a")), true);
  });
});

describe("a change of the address", () => {
  it("follows on what the address was told last, though an older one stands in the bar meanwhile", () => {
    const last = createLastTold("f=p");
    last.tell("?f=pr%20e&only=trouble");
    const whileDrawn = last.query("?f=p");
    last.tell("?f=pr%20es&only=trouble");
    last.drawn("f=pr+e&only=trouble");
    const whileOlder = last.query("?f=pr%20e&only=trouble");
    last.drawn("f=pr+es&only=trouble");

    assert.deepEqual(
      [whileDrawn, whileOlder, last.query("?f=later")],
      ["f=pr+e&only=trouble", "f=pr+es&only=trouble", "?f=later"],
    );
  });

  it("follows on where the way back led, before that is drawn and after", () => {
    const last = createLastTold("f=a");
    last.tell("?f=b");
    last.tell("?f=a"); // back, before anything was drawn
    const back = last.query("?f=a");
    last.tell("?f=c");
    last.drawn("f=link"); // somebody else led there

    assert.deepEqual([back, last.query("?f=link")], ["?f=a", "?f=link"]);
  });
});
