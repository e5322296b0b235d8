/** What i3X 1.0 asks of shapes: envelopes, values, qualities, and values against the schema of their type. */
import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { listAt, valueAt, type I3xAnswer } from "./i3x-client.ts";

const QUALITIES = ["Good", "GoodNoData", "Bad", "Uncertain"];
const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** One result. */
export function resultOf(answer: I3xAnswer): unknown {
  assert.equal(answer.status, 200, answer.text);
  assert.equal(valueAt(answer.json, "success"), true);
  assert.ok("result" in Object(answer.json), "an answer has a result");
  return valueAt(answer.json, "result");
}

/** A fault of the whole call. */
export function isRefused(answer: I3xAnswer, status: number): void {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers["content-type"] ?? "", /^application\/json/);
  assert.equal(valueAt(answer.json, "success"), false);
  isDetail(valueAt(answer.json, "responseDetail"), status);
}

function isDetail(detail: unknown, status: number): void {
  assert.equal(typeof valueAt(detail, "title"), "string");
  assert.equal(typeof valueAt(detail, "detail"), "string");
  assert.equal(valueAt(detail, "status"), status);
}

/** The items of a bulk answer, in the order of the call and as long as it. */
export function itemsOf(
  answer: I3xAnswer,
  ids: readonly string[],
  key: "elementId" | "subscriptionId" = "elementId",
): readonly unknown[] {
  assert.ok(answer.status === 200 || answer.status === 206, answer.text);
  const items = listAt(answer.json, "results");
  assert.deepEqual(
    items.map((item) => valueAt(item, key)),
    ids,
  );
  const isDone = items.every((item) => valueAt(item, "success") === true);
  assert.equal(valueAt(answer.json, "success"), isDone);
  for (const item of items) {
    if (valueAt(item, "success") === true) continue;
    const status = valueAt(item, "responseDetail", "status");
    assert.equal(typeof status, "number", JSON.stringify(item));
    isDetail(valueAt(item, "responseDetail"), Number(status));
  }
  return items;
}

/** The results of a bulk answer in which nothing failed. */
export function resultsOf(
  answer: I3xAnswer,
  ids: readonly string[],
  key?: "elementId" | "subscriptionId",
): readonly unknown[] {
  const items = itemsOf(answer, ids, key);
  assert.equal(valueAt(answer.json, "success"), true, answer.text);
  return items.map((item) => valueAt(item, "result"));
}

export function isNotFound(item: unknown): void {
  assert.equal(valueAt(item, "success"), false);
  isDetail(valueAt(item, "responseDetail"), 404);
}

/** Value, quality and time go together. */
export function isVqt(vqt: unknown): void {
  const text = JSON.stringify(vqt);
  const quality = valueAt(vqt, "quality");
  const value = valueAt(vqt, "value");
  assert.ok(QUALITIES.includes(String(quality)), text);
  assert.match(String(valueAt(vqt, "timestamp")), UTC, text);
  assert.notEqual(value, undefined, text);
  const isNull = quality === "Bad" || quality === "GoodNoData";
  assert.equal(value === null, isNull, text);
}

export function isElementId(id: string): void {
  assert.notEqual(id, "");
  assert.equal(id, id.trim());
  assert.doesNotMatch(id, /\p{Cc}/u);
}

const ajv = new Ajv2020({ strict: false, validateFormats: false });

/** Why a value is none of its type; `undefined`: it is one. */
export function schemaFault(schema: unknown, value: unknown): string | undefined {
  const check = ajv.compile(Object(schema));
  return check(value) ? undefined : ajv.errorsText(check.errors);
}
