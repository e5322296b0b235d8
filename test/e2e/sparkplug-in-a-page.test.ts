/** The packed library in a real browser: loaded as ESM, with MQTT.js over a WebSocket of the hub's own MQTT server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import {
  clockOf,
  EdgeNodeSession,
  encodePayload,
  HostSession,
  mqttJs,
  type HostListener,
  type MetricToSend,
} from "@unshub/sparkplug";
import mqtt from "mqtt";
import { openPage, SKIP_WITHOUT_BROWSER } from "../support/browser.ts";
import { startTestBroker } from "../support/mqtt-broker.ts";
import { servePage } from "../support/page-server.ts";
import { openProject, type Project } from "../support/sparkplug-package.ts";

const PAGE = join(import.meta.dirname, "../fixtures/sparkplug/page");
const common = { connector: mqttJs(mqtt), clock: clockOf(globalThis), random: Math.random };

/** One of each kind that a browser could get wrong: text, 64 bits, floats, bytes, lists, tables. */
const METRICS: readonly MetricToSend[] = [
  { name: "text", datatype: "String", tellDatatype: true, value: "Größe 🙂" },
  { name: "big", datatype: "Int64", tellDatatype: true, value: -(2n ** 63n) },
  { name: "float", datatype: "Float", tellDatatype: true, value: 0.5 },
  { name: "list", datatype: "Int16Array", tellDatatype: true, value: [-30_000, 30_000] },
  {
    name: "table",
    datatype: "DataSet",
    tellDatatype: true,
    value: { columns: ["a"], types: ["Boolean"], rows: [[true], [null]] },
  },
];
const DECODED =
  '["Größe 🙂","-9223372036854775808n",0.5,[-30000,30000],{"columns":["a"],"types":["Boolean"],"rows":[[true],[null]]}]';

/** The page's files, the packed library and MQTT.js as it is built for browsers. */
function fileOf(project: Project, path: string): string | undefined {
  if (path === "/") return join(PAGE, "index.html");
  if (path === "/page.js") return join(PAGE, "page.js");
  if (path === "/mqtt.esm.js") return join(project.folder, "node_modules/mqtt/dist/mqtt.esm.js");
  const [, name] = /^\/sparkplug\/([a-z-]+\.js)$/.exec(path) ?? [];
  return name === undefined ? undefined : join(project.library, name);
}

/** The plant's edge node: one device with one metric that may be written. */
function openPlant(server: string): EdgeNodeSession {
  const edge: EdgeNodeSession = new EdgeNodeSession({
    ...common,
    groupId: "g",
    edgeNodeId: "plant",
    clientId: "plant",
    servers: [server],
    lastBdSeq: undefined,
    saveBdSeq: () => undefined,
    onWrite: ({ deviceId, metric, value }) => {
      const reading = { name: metric, value, quality: "good", timestamp: Date.now() } as const;
      edge.node.changed(deviceId, [reading]);
    },
    onRefused: (topic, because) => assert.fail(`${topic}: ${because}`),
  });
  const setpoint = { name: "Setpoint", value: 20, quality: "good", timestamp: Date.now() } as const;
  edge.node.born("press", [{ ...setpoint, datatype: "Double", writable: true }]);
  return edge;
}

/** A host beside the page; `heard` resolves once it was told `text`. */
function openHost(server: string): { host: HostSession; heard: (text: string) => Promise<void> } {
  const told = new Map<string, PromiseWithResolvers<void>>();
  const once = (text: string): PromiseWithResolvers<void> => {
    const found = told.get(text) ?? Promise.withResolvers<void>();
    told.set(text, found);
    return found;
  };
  const listener: HostListener = {
    deviceBorn: ({ edgeNodeId, deviceId }) => once(`born ${edgeNodeId}/${deviceId}`).resolve(),
    valuesChanged: ({ edgeNodeId }, readings) => {
      for (const { name, value } of readings) {
        once(`${edgeNodeId} ${name} ${JSON.stringify(value)}`).resolve();
      }
    },
    nodeDied: ({ edgeNodeId }) => once(`died ${edgeNodeId}`).resolve(),
  };
  const options = { hostId: "scada", clientId: "scada", servers: [server], listener };
  const host = new HostSession({ ...common, ...options });
  return { host, heard: (text) => once(text).promise };
}

describe("the packed library in a page", { skip: SKIP_WITHOUT_BROWSER, timeout: 300_000 }, () => {
  const project = SKIP_WITHOUT_BROWSER === false ? openProject() : undefined;
  after(() => project?.remove());

  it("reads and writes bytes, is an edge node and a host, and dies with its page", async (t) => {
    assert.ok(project);
    await using files = await servePage((path) => fileOf(project, path));
    await using broker = await startTestBroker({
      listeners: [
        { kind: "mqtt", host: "127.0.0.1", port: 0 },
        { kind: "ws", host: "127.0.0.1", port: 0, origins: [files.origin] },
      ],
    });
    const server = `mqtt://127.0.0.1:${broker.port}`;
    const plant = openPlant(server);
    const { host, heard } = openHost(server);
    t.after(() => Promise.all([plant.stop(), host.stop()]));
    plant.start();
    host.start();
    const { page, context, faults } = await openPage(t);
    const bytes = encodePayload({ metrics: METRICS });
    const line = (text: string) => page.getByText(text, { exact: true }).waitFor();

    const query = new URLSearchParams({
      server: `ws://127.0.0.1:${broker.wsPort}`,
      bytes: bytes.join(","),
    });
    await page.goto(`${files.origin}/?${query.toString()}`);

    await line(`decoded ${DECODED}`);
    await line(`encoded ${bytes.join(",")}`);
    // A host in the page. It came after the plant's births, so it asks for them once it hears of the plant.
    await line("born page/tablet: Scan");
    const setpoint = { name: "Setpoint", quality: "good", timestamp: Date.now() } as const;
    plant.node.changed("press", [{ ...setpoint, value: 21 }]);
    await line("born plant/press: Setpoint");
    await line('write {"sent":true}');
    await line("plant/press/Setpoint = 25.5");
    // An edge node in the page: a host elsewhere sees it, writes to it, and hears of its death.
    await heard("born page/tablet");
    const device = { groupId: "g", edgeNodeId: "page", deviceId: "tablet" };
    const write = host.application.write({ ...device, metric: "Scan", value: 77 });
    assert.deepEqual(write, { sent: true });
    await heard("page Scan 77");
    assert.deepEqual(faults, []);
    await context.close();
    await heard("died page");
  });
});
