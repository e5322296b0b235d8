import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageLines } from "../../../hub/src/cli/message-lines.ts";
import { printable } from "../../../hub/src/cli/printable.ts";
import { dbirth, message, speed } from "../../support/sparkplug-messages.ts";

function textOf(
  lines: MessageLines,
  { topic, payload }: { topic: string; payload: Uint8Array },
): string {
  const line = lines.read(topic, payload, false);
  return line === undefined ? "" : lines.asText(line).slice(13);
}

describe("a message as a line", () => {
  it("has names for aliases once the birth was seen", () => {
    const lines = new MessageLines();

    assert.equal(textOf(lines, speed(5, 2)), "spBv1.0/g/DDATA/e/d  seq 2  alias 1=5");
    textOf(lines, dbirth());
    assert.equal(textOf(lines, speed(5, 2)), "spBv1.0/g/DDATA/e/d  seq 2  Motor/Speed=5");
  });

  it("learns from certificates and does not show them unasked", () => {
    const lines = new MessageLines();
    const birth = dbirth();

    assert.equal(textOf(lines, { ...birth, topic: `$sparkplug/certificates/${birth.topic}` }), "");
    assert.match(textOf(lines, speed(5, 2)), /Motor\/Speed=5/);
  });

  it("shows other topics as text, or as hex", () => {
    const lines = new MessageLines();

    assert.equal(textOf(lines, { topic: "a/b", payload: Buffer.from('{"x":1}') }), 'a/b  {"x":1}');
    assert.equal(
      textOf(lines, { topic: "a/b", payload: Uint8Array.of(0xff, 1) }),
      "a/b  0xff01 (2 bytes)",
    );
  });

  it("says what is wrong with a payload", () => {
    const line = textOf(new MessageLines(), {
      topic: "spBv1.0/g/DDATA/e/d",
      payload: Uint8Array.of(0xff),
    });

    assert.match(line, /! not a Sparkplug payload: .*byte/);
  });

  it("lets nothing from the wire move the cursor or change colours", () => {
    const name = "esc\u001b[31mRED\u202e";
    const birth = message(
      "DBIRTH/e/d",
      [{ name, datatype: "Int8", tellDatatype: true, value: 1 }],
      1,
    );

    const shown = textOf(new MessageLines(), { ...birth, topic: "spBv1.0/g/DBIRTH/e/d" });

    assert.equal(shown, "spBv1.0/g/DBIRTH/e/d  seq 1  esc\\u001b[31mRED\\u202e=1");
    const text = { topic: "a/b", payload: Buffer.from("\u009b31m") }; // JSON leaves it as it is
    assert.equal(textOf(new MessageLines(), text), "a/b  \\u009b31m");
    assert.equal(printable("Größe 尺寸"), "Größe 尺寸");
  });
});
