import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { prefers } from "../../../hub/src/api/accepted.ts";
import { type Family, openMetricsText } from "../../../hub/src/api/open-metrics.ts";
import { startTestHub } from "../../support/hub.ts";
import { readOpenMetrics, SKIP_WITHOUT_OPEN_METRICS } from "../../support/open-metrics.ts";
import { promtoolCheck, SKIP_WITHOUT_PROMTOOL } from "../../support/promtool.ts";

const OPEN = { type: "application/openmetrics-text", version: "1.0.0" };
const TEXT = { type: "text/plain", version: "0.0.4" };

/** What Prometheus 2.42 and 3 send, browsers, curl, and people who try it. */
const ACCEPTS: readonly (readonly [accept: string | undefined, open: boolean])[] = [
  [undefined, false],
  ["*/*", false],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false],
  ["application/*", false],
  ["application/openmetrics-text", true],
  ['Application/OpenMetrics-Text; Version="1.0.0"', true],
  ["application/openmetrics-text;version=2.0.0", false],
  ["application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5", false],
  [
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    true,
  ],
  [
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
    true,
  ],
  ["application/openmetrics-text;q=0.4, text/plain;q=0.5", false],
  ["application/openmetrics-text;q=0.4, */*;q=0.5", false],
  ["application/openmetrics-text;q=0.5, text/plain;q=0.5", true],
  ["application/openmetrics-text;q=0", false],
  ["application/openmetrics-text;q=high, */*", false],
];

const familyOf = (name: string, type: string, values: Family["values"]): Family => ({
  name,
  help: 'A "word"\nand \\ more.',
  type,
  values,
});

describe("metrics in the form of OpenMetrics", { timeout: 60_000 }, () => {
  for (const [accept, open] of ACCEPTS) {
    it(`${open ? "answer" : "do not answer"} "Accept: ${accept}"`, () => {
      assert.equal(prefers(accept, OPEN, TEXT), open);
    });
  }

  it("name families without what their samples end in, and say units", () => {
    const text = openMetricsText([
      familyOf("a_seconds_total", "counter", [{ labels: { path: 'x\\"\n' }, value: 1.5 }]),
      familyOf("b_bytes", "gauge", [{ labels: {}, value: Number.NEGATIVE_INFINITY }]),
      familyOf("c_info", "gauge", [{ labels: { v: "1" }, value: 1 }]),
      familyOf("d_seconds", "histogram", [
        { metricName: "d_seconds_bucket", labels: { le: 1 }, value: 2 },
        { metricName: "d_seconds_bucket", labels: { le: "+Inf" }, value: 2 },
        { metricName: "d_seconds_sum", labels: {}, value: 0.5 },
        { metricName: "d_seconds_count", labels: {}, value: 2 },
      ]),
    ]);

    const help = 'A \\"word\\"\\nand \\\\ more.';
    assert.equal(
      text,
      `# TYPE a_seconds counter
# UNIT a_seconds seconds
# HELP a_seconds ${help}
a_seconds_total{path="x\\\\\\"\\n"} 1.5
# TYPE b_bytes gauge
# UNIT b_bytes bytes
# HELP b_bytes ${help}
b_bytes -Inf
# TYPE c info
# HELP c ${help}
c_info{v="1"} 1
# TYPE d_seconds histogram
# UNIT d_seconds seconds
# HELP d_seconds ${help}
d_seconds_bucket{le="1.0"} 2
d_seconds_bucket{le="+Inf"} 2
d_seconds_sum 0.5
d_seconds_count 2
# EOF
`,
    );
  });

  it(
    "are the same as in the classic form, which stays right after them",
    { skip: SKIP_WITHOUT_OPEN_METRICS || SKIP_WITHOUT_PROMTOOL },
    async (t) => {
      const { httpPort } = await startTestHub(t);
      const ask = async (accept: string): Promise<readonly [type: string | null, text: string]> => {
        const url = `http://127.0.0.1:${httpPort}/metrics`;
        const answer = await fetch(url, { headers: { accept } });
        return [answer.headers.get("content-type"), await answer.text()];
      };

      const [type, open] = await ask(`${OPEN.type};version=1.0.0`);
      const [classicType, classic] = await ask("*/*");

      const families = readOpenMetrics(open);
      const samples = [...families.values()].flatMap((family) => family.samples);
      assert.equal(type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
      assert.match(classicType ?? "", /^text\/plain; version=0\.0\.4/);
      assert.ok(open.endsWith("\n# EOF\n"));
      const inClassic = new Set(classic.match(/^[a-z]\w*/gm)); // asked later: may have more by then
      assert.deepEqual(
        samples.filter((name) => !inClassic.has(name)),
        [],
      );
      assert.ok(samples.length > 50);
      assert.equal(families.get("unshub_mqtt_messages_received")?.type, "counter");
      assert.equal(families.get("unshub_event_loop_delay_p99_seconds")?.unit, "seconds");
      assert.equal(families.get("nodejs_version")?.type, "info");
      assert.equal(promtoolCheck(classic), "");
    },
  );
});
