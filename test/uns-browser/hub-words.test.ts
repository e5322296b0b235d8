/** What the hub says, on a Chinese page: forms with gaps, and that no sentence of the hub is without one. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CATALOGUE } from "../../hub/src/namespace/guard/catalogue.ts";
import { OCCASIONS } from "../../hub/src/namespace/guard/rule.ts";
import { asSentence } from "../../uns-browser/lib/hub-request.ts";
import { createTranslate, hasTwoWords } from "../../uns-browser/lib/hub-words.ts";
import { HUB_WORDS } from "../../uns-browser/lib/hub-zh/index.ts";
import { textsIn, type SourceText } from "../support/source-texts.ts";

const ROOT = join(import.meta.dirname, "../..");
const CHINESE = /\p{Script=Han}/u;
const inChinese = createTranslate(HUB_WORDS);

/** Where sentences are made that a person reads on the page; each of them must be known. */
const SPOKEN = [
  "hub/src/namespace/guard/*-rules.ts",
  "hub/src/namespace/guard/*-check.ts",
  "hub/src/namespace/guard/*-watch.ts",
  "hub/src/namespace/guard/{client-state,faults,guard,metric-about}.ts",
  "hub/src/explain/*.ts",
  "hub/src/{uns,sinks}/findings.ts",
  "hub/src/history/finding.ts",
  "hub/src/diagnostics/{adapter-findings,client-findings,endings}.ts",
  "hub/src/tree/{chronicle,quality}.ts",
  "hub/src/broker/end-words.ts",
  "hub/src/command/{command,pace,following,wish,parse-value}.ts",
  "hub/src/command/rules/{interlocks,limits}.ts",
  "hub/src/feed/{filter-text,shared-pins}.ts",
  "hub/src/supervisor/adapter-{answers,thread}.ts",
  "hub/src/uns/{paths,json/json-topics,json/write-through,placement/rules}.ts",
  "hub/src/sinks/sink.ts",
  "hub/src/history/{history,log-thread}.ts",
  "hub/src/broker/{ack-order,admission,arrivals,connect-packet,connecting,connections,flapping}.ts",
  "hub/src/broker/{frame-reader,packet-intake,publish-intake,session,subscribing,tls-listener,topic-faults}.ts",
  "hub/src/broker/store/disk-space.ts",
  "hub/src/identity/{authenticator,change,client-bans,client-id,directory,grants,grant-text,jwt}.ts",
  "hub/src/identity/{access,mqtt-admission,mqtt-gate,rights-holder,sign-in,topic-rights,unanswered}.ts",
  "hub/src/config/edited-{entries,value}.ts",
  "hub/src/configuration/tag-draft.ts",
  "sparkplug/src/{topic,state,wire-fit,wire-reader,wire-varint}.ts",
  "adapters/contract/src/write-{checks,desk}.ts",
  "adapters/modbus/src/address.ts",
  "adapters/modbus/src/config/tag-{rules,schema}.ts",
  "adapters/modbus/src/types/encode*.ts",
  "adapters/modbus/src/poll/*.ts",
  "adapters/modbus/src/wire/{link,tcp-carrier,tcp-transactions,tls-carrier,mbap-framer,pdu}.ts",
  "adapters/modbus/src/wire/library-*.ts",
  "adapters/modbus/src/wire/serial/*.ts",
  "adapters/modbus/src/tools/exception-text.ts",
  "adapters/opcua/src/{connect,recover,subscribe}/*.ts",
  "adapters/{modbus,opcua}/src/trial.ts",
  "hub/src/supervisor/{trial,stopped-adapter}.ts",
  "hub/src/replay/republish/{republisher,replay-proposals}.ts",
  "adapters/opcua/src/{session,chunks}.ts",
  "adapters/opcua/src/browse/{child-nodes,find-tags,walk}.ts",
  "adapters/opcua/src/trust/{gatekeeper,judge}.ts",
  "adapters/opcua/src/write/{method-desk,structures,write-nodes}.ts",
];

/** Texts in those files that nobody reads on the page, or that are names. */
const NOT_READ = new Set<string>([
  "forget the oldest", // a choice of the list of findings
  ...OCCASIONS,
  // Names of figures in an explanation, which only the command line shows.
  "messages from it",
  "{}, the last {}: {}",
  "{}, the last {} by {}",
  "more rules",
  "device time",
  "last error",
  "devices not online",
  "{} queued, {} bytes on the way",
  "none besides the hub itself",
  "more subscribers",
  "last seq",
  "unknown metrics or aliases",
  "data without birth",
  "rebirths asked",
  "last birth",
  "device born",
  "last message",
  "MQTT {}, keep alive {} s",
  "connection before",
  "edge node {}/{}",
  // What became of a replay, which assistants are told, and kinds of refusals.
  "not found",
  "under way",
  // For the log, and for the trace of a link.
  "{} cannot be read: {}; put back a copy, or delete it to keep nobody out",
  "no rule places a device",
  "two want the same path",
  "a target refuses values; they are kept as dead letters",
  "client connected",
  "a client was refused",
  "device does not answer",
  "device reports an error of its memory",
  "only nodes that exist are watched",
  "and {} more",
  "{} bytes, the first {} shown",
  "device does not know FC23; it is written and read back in two requests",
]);

/** As two texts are compared: gaps that touch are one. */
function formOf(text: string): string {
  return text.replaceAll(/(?:\{[#*]?\})+/g, "{}").trim();
}

const FORMS = new Set(Object.keys(HUB_WORDS).map(formOf));

function textsOf(patterns: readonly string[]): readonly SourceText[] {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT }));
  return files.flatMap((file) => textsIn(readFileSync(join(ROOT, file), "utf8")));
}

/** Two words or more, and neither for the log nor for the document of the API, nor a list of statements. */
function isRead({ text, before }: SourceText): boolean {
  const words = text.replaceAll("{}", "");
  if (!/[A-Za-z]{2,}[^A-Za-z]* [^A-Za-z]*[a-z]{2,}/.test(words)) return false;
  if (/^[\w-]+-[\w-]+(?: [\w-]+-[\w-]+)*$/.test(text)) return false;
  return !/(?:\bfrom |\.(?:warn|info|error|debug)\([^;]*|describe\(|summary: )$/.test(before);
}

/** A part of a sentence is known with what stands before it, too. */
function isKnown(text: string): boolean {
  const form = formOf(text);
  const known = [form, `{} ${form}`, form.replace(/^\{\} \{\}: /, "")];
  return NOT_READ.has(form) || known.some((one) => FORMS.has(one));
}

describe("a sentence of the hub", () => {
  const translate = createTranslate({
    "seq is {}, expected {} ({*}, or out of order)": "seq 为 {1}，应为 {2}（{3}，或顺序错乱）",
    "{#} lost": "丢失 {1} 条",
    "no Will": "没有遗嘱",
    "{*}: {*}": "{1}：{2}",
    "it was refused: {*}": "拒绝：{1}",
  });

  it("is said with its values, also those that are sentences themselves", () => {
    assert.equal(
      translate("seq is 9, expected 7 (2 lost, or out of order)"),
      "seq 为 9，应为 7（丢失 2 条，或顺序错乱）",
    );
  });

  it("has a capital where it begins with a word, and none where with a name", () => {
    assert.equal(asSentence("nothing was sent"), "Nothing was sent.");
    assert.equal(asSentence("unknown: see the log"), "Unknown: see the log.");
    assert.equal(
      asSentence("gw-weld is not subscribed to spBv1.0/Plant1"),
      "gw-weld is not subscribed to spBv1.0/Plant1.",
    );
    assert.equal(asSentence("press.main/oil is off"), "press.main/oil is off.");
  });

  it("is known with a capital, with a full stop, and as a line among others", () => {
    assert.equal(translate("No Will."), "没有遗嘱。");
    assert.equal(translate("no Will\n2 lost"), "没有遗嘱\n丢失 2 条");
  });

  it("has a space between Chinese and other letters", () => {
    const spaced = createTranslate({ "{} is gone": "{1}已断开", "no {}": "没有{1}。" });
    assert.equal(spaced("gw-1 is gone"), "gw-1 已断开");
    assert.equal(spaced("no Will"), "没有 Will。");
  });

  it("that is not known stays as it is, and so do names in it", () => {
    assert.equal(translate("Something else."), "Something else.");
    assert.equal(translate("two of them lost"), "two of them lost");
    assert.equal(translate("it was refused: gw-press"), "拒绝：gw-press");
  });

  it("is of the form that names the most of it", () => {
    assert.equal(translate("it was refused: no Will"), "拒绝：没有遗嘱");
    assert.equal(translate("gw-press: no Will"), "gw-press：没有遗嘱");
    assert.equal(translate("gw-press: something else"), "gw-press: something else");
  });

  it("does not hang on a name that somebody has thought out", () => {
    const name = ", expected ".repeat(400);
    assert.equal(translate(`seq is 9${name} (x`), `seq is 9${name} (x`);
    assert.equal(hasTwoWords("ab".repeat(10_000) + " 1".repeat(10_000)), false);
  });

  it("has two words, a name has one", () => {
    assert.deepEqual(
      ["not known", "Plant1 gw", "gw-press", "A B", "", "no\nWill"].map(hasTwoWords),
      [true, true, false, false, false, true],
    );
  });
});

/** Sentences as the hub puts them together, each of several parts. */
const WHOLE: readonly (readonly [english: string, chinese: string])[] = [
  [
    'client "a" (10.0.0.1:5) and client "b" (10.0.0.2:6) take "g/e" from each other: two gateways have one client id',
    "客户端“a”（10.0.0.1:5）与客户端“b”（10.0.0.2:6）互相抢占“g/e”：两个网关使用了同一客户端标识",
  ],
  [
    "the payload timestamp is 7200 s ahead of the clock of this server (local time instead of UTC?)",
    "载荷的时间戳比本服务器的时钟快 7200 秒（用了本地时间而不是 UTC？）",
  ],
  [
    "P01: not a Sparkplug payload (it looks like JSON): not a Sparkplug payload: field 15 has wire type 3 (byte 0)",
    "P01：不是 Sparkplug 载荷（看似 JSON）：不是 Sparkplug 载荷：字段 15 的线路类型为 3（第 0 字节）",
  ],
  [
    'The edge node Plant1/gw died. Its client "gw" (10.0.0.7:5) is gone: it said DISCONNECT.',
    "边缘节点 Plant1/gw 已死亡。其客户端“gw”（10.0.0.7:5）已断开：它发送了 DISCONNECT。",
  ],
  [
    "Adapter press (modbus) is being started again after its thread ended: it did not answer for 30 s.",
    "适配器 press（modbus）的线程已结束，正在重新启动：30 秒没有应答。",
  ],
  [
    "Give out seq in the order of sending, one counter for the edge node and all its devices; look for dropped messages. Or let it pass: namespace.sparkplug.rules in unshub.yaml.",
    "seq 须按发送顺序分配，边缘节点及其所有设备共用一个计数器；请查找丢失的报文。或者放行：unshub.yaml 中的 namespace.sparkplug.rules。",
  ],
  [
    "interlock: P/gw/press/Running is true, not false",
    "联锁：P/gw/press/Running 为 true，而不是 false",
  ],
  ["filler-1 Speed: 12 is outside of 0 to 10", "filler-1 Speed：12 超出范围 0 至 10"],
  [
    "connect_failed: opc.tcp://10.0.0.8:4840: cannot connect: nobody listens there",
    "连接失败：opc.tcp://10.0.0.8:4840：无法连接：该处没有程序监听",
  ],
  ["a viewer may not read diagnostics", "viewer 角色不得查看诊断"],
  ["the client identifier is one of ann", "此客户端标识属于 ann"],
  [
    "cannot connect to 10.0.0.9:502: connect ECONNREFUSED 10.0.0.9:502",
    "无法连接到 10.0.0.9:502：10.0.0.9:502 拒绝连接（ECONNREFUSED）",
  ],
];

describe("the words of the hub in Chinese", () => {
  for (const [english, chinese] of WHOLE) {
    it(`say “${english.slice(0, 40)}…”`, () => {
      assert.equal(inChinese(english), chinese);
    });
  }

  it("have title and advice of every rule", () => {
    const missing = Object.entries(CATALOGUE).filter(
      ([, { title, advice }]) =>
        (!CHINESE.test(inChinese(title)) && title !== "Node Control/Rebirth") ||
        !CHINESE.test(inChinese(advice)),
    );
    assert.deepEqual(
      missing.map(([code]) => code),
      [],
    );
  });

  for (const pattern of SPOKEN) {
    it(`have every sentence of ${pattern}`, () => {
      const texts = textsOf([pattern]);
      const missing = texts.filter((one) => isRead(one) && !isKnown(one.text));
      assert.ok(texts.length > 0, `there is no text in ${pattern}`);
      assert.deepEqual(
        missing.map(({ text }) => text),
        [],
      );
    });
  }

  it("have every refusal of the API", () => {
    const refusals = textsOf(["hub/src/api/*.ts"]).filter(({ before }) =>
      /\b(?:problem|Problem)\(\s*[^"'`;]{0,40},\s*$/.test(before),
    );
    const missing = refusals.filter((one) => isRead(one) && !isKnown(one.text));
    assert.ok(refusals.length > 30, `only ${refusals.length} refusals were found`);
    assert.deepEqual(
      missing.map(({ text }) => text),
      [],
    );
  });

  it("have every deed of the audit trail", () => {
    const deeds = textsOf(["hub/src/**/*.ts"]).filter(({ before }) =>
      /\baction(?: =|:) (?:[^"'`;,{}]*[?:] )?$/.test(before),
    );
    assert.ok(deeds.length > 30, `only ${deeds.length} deeds were found`);
    assert.deepEqual(
      deeds.map(({ text }) => text).filter((text) => !DEEDS_BY_NAME.test(text) && !isKnown(text)),
      [],
    );
  });

  it("have every word for why a tag has no value", () => {
    const words = [
      ...textsOf(["adapters/{modbus,opcua}/src/**/*.ts"]).filter(({ before }) =>
        /\breason: $/.test(before),
      ),
      ...textsOf(["adapters/modbus/src/types/bad-value.ts"]).filter(({ before }) =>
        /\bbad\($/.test(before),
      ),
    ];
    assert.ok(words.length > 20, `only ${words.length} words were found`);
    assert.deepEqual(
      words.map(({ text }) => text).filter((text) => !isKnown(text)),
      [],
    );
  });

  it("have nothing that the hub no longer says", () => {
    const all = textsOf(["hub/src/**/*.ts", "sparkplug/src/**/*.ts", "adapters/*/src/**/*.ts"]);
    const forms = new Set(all.map(({ text }) => formOf(text)));
    const stale = [...FORMS].filter((form) => {
      if (COMPOSED.has(form) || FOREIGN.test(form)) return false;
      const said = [form, `{} {}: ${form}`, form.replace(/^\{\} /, "")];
      return !said.some((one) => forms.has(one));
    });
    assert.deepEqual(stale, []);
  });

  it("keep every value of a sentence, in whatever order", () => {
    const broken = Object.entries(HUB_WORDS).filter(([form, translation]) => {
      const count = form.match(/\{[#*]?\}/g)?.length ?? 0;
      const wanted = Array.from({ length: count }, (_, at) => `{${at + 1}}`);
      const there = translation.match(/\{\d\}/g) ?? [];
      return String(there.toSorted()) !== String(wanted);
    });
    assert.deepEqual(
      broken.map(([form]) => form),
      [],
    );
  });
});

/** `approve command`. */
const DEEDS_BY_NAME = /^\{\} command$/;

/** Put together by the hub of parts that are no sentences. */
const COMPOSED = new Set([
  'client "{}" ({}) and client "{}" ({})',
  "{} itself calls the value {}: {}.",
  "The tree shows it as {}: {}.",
  "adapter {} ({})",
  "adapter {}",
  "{} is outside {} to {}",
  "{}. Near it: {}",
  "{}: opc.tcp://{}: {}",
  "opc.tcp://{}: {}",
  "{}: opc.tcp://{}",
  "approve command",
  "reject command",
]);

/** What Node, SQLite and zod say; words that are made of codes. */
const FOREIGN =
  /^[a-z]+(?:_[a-z]+)+$|\bE[A-Z]{5,}\b|^(?:undefined|record)$|^database |^disk I|^(?:Invalid (?:input|option)|Too (?:small|big))(?:: |$)/;
