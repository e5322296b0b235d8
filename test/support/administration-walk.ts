/** A day of administration: every change that can be asked of a hub over HTTP, once, as it succeeds. */
import { readFileSync } from "node:fs";
import mqtt from "mqtt";
import { PASSWORD, Visit, type ClosedHub } from "./http-hub.ts";

/** Who asks what; `route` is the path as the document has it. */
export interface Step {
  readonly method: string;
  readonly route: string;
  readonly path: string;
  readonly body?: object;
  readonly by?: Visit;
}

/** Steps that need what the ones before have done; `took`: hands over the answer to a step, read as JSON where it is. */
export async function administrationWalk(
  hub: ClosedHub,
  took: (step: Step) => Promise<ReturnType<typeof JSON.parse>>,
): Promise<void> {
  const ask = async (line: string, path: string, body?: object, by = hub.admin) => {
    const [method = "", route = ""] = line.split(" ");
    return await took({ method, route, path, by, ...(body && { body }) });
  };
  await people(hub, ask);
  const [olaf, eva] = [await hub.visit("olaf", PASSWORD), await hub.visit("eva", PASSWORD)];
  await ask(
    "PUT /api/v1/me/password",
    "/api/v1/me/password",
    { current: PASSWORD, next: `${PASSWORD}!` },
    olaf,
  );
  await ask("POST /api/v1/logout", "/api/v1/logout", undefined, olaf);
  await plant(ask, eva);
  await messages(hub, ask, eva);
  await configuration(hub, ask);
  await ask("DELETE /api/v1/users/{name}", "/api/v1/users/olaf");
  await ask("DELETE /api/v1/tokens/{name}", "/api/v1/tokens/historian");
  await ask("DELETE /api/v1/psks/{name}", "/api/v1/psks/sensor-7");
}

type Ask = (
  line: string,
  path: string,
  body?: object,
  by?: Visit,
) => Promise<ReturnType<typeof JSON.parse>>;

async function people(hub: ClosedHub, ask: Ask): Promise<void> {
  const user = "PUT /api/v1/users/{name}";
  const grants = ["read *", "command Plant1", "rebirth Plant1", "publish old/#"];
  await ask(user, "/api/v1/users/olaf", { role: "operator", grants, password: PASSWORD });
  await ask(user, "/api/v1/users/eva", { role: "engineer", grants, password: PASSWORD });
  const expiresAt = Date.now() + 86_400_000;
  const token = { role: "viewer", grants: ["read Plant1"], expiresAt };
  await ask("PUT /api/v1/tokens/{name}", "/api/v1/tokens/historian", token);
  await ask("PUT /api/v1/psks/{name}", "/api/v1/psks/sensor-7", { role: "viewer", grants: [] });
  await hub.visit("eva", PASSWORD); // somewhere else
  const visit = await hub.visit("eva", PASSWORD);
  const mine = await ask("GET /api/v1/me/sessions", "/api/v1/me/sessions", undefined, visit);
  const [here, there] = [true, false].map((isThis) =>
    mine.sessions.find((one: { isThis: boolean }) => one.isThis === isThis),
  );
  await ask("DELETE /api/v1/sessions/{id}", `/api/v1/sessions/${there.id}`);
  const own = `/api/v1/me/sessions/${here.id}`;
  await ask("DELETE /api/v1/me/sessions/{id}", own, undefined, visit);
}

async function plant(ask: Ask, eva: Visit): Promise<void> {
  const press = "/api/v1/adapters/press";
  await ask("POST /api/v1/adapters/{name}/raw", `${press}/raw`, {
    device: "press-01",
    tags: ["Hydraulics/Pressure"],
  });
  await ask("POST /api/v1/adapters/{name}/registers", `${press}/registers`, {
    device: "press-01",
    at: "hr:0",
    count: 2,
  });
  await ask("POST /api/v1/adapters/{name}/reading", `${press}/reading`, { device: "press-01" });
  await ask("POST /api/v1/adapters/{name}/raw", `${press}/raw`, {
    device: "press-01",
    tags: ["Running"],
  });
  await ask("POST /api/v1/adapters/{name}/browse", `${press}/browse`, {
    device: "press-01",
    root: "hr:0..1",
  });
  await ask("PUT /api/v1/clients/{id}/ban", "/api/v1/clients/flood/ban", {
    minutes: 60,
    reason: "it floods",
  });
  await ask("DELETE /api/v1/clients/{id}/ban", "/api/v1/clients/flood/ban");
  await ask("PUT /api/v1/rules/{code}", "/api/v1/rules/T03", { level: "reject" });
  const trial = "/api/v1/topic-rules/trial";
  await ask(`GET ${trial}`, `${trial}?topic=spBv1.0/Plant1/XDATA/gw&user=eva`);
  await ask(
    "POST /api/v1/rebirths/{group}/{edgeNode}",
    "/api/v1/rebirths/Plant1/gw-press",
    undefined,
    eva,
  );
  await ask(
    "DELETE /api/v1/nodes/{group}/{edgeNode}/counters",
    "/api/v1/nodes/Plant1/gw-press/counters",
  );
  const replay = { path: "Plant1/gw-press/press-01", from: Date.now() - 60_000, speed: 100 };
  const { id } = await ask("POST /api/v1/replays", "/api/v1/replays", replay);
  await ask("GET /api/v1/replays", "/api/v1/replays");
  await ask("DELETE /api/v1/replays/{id}", `/api/v1/replays/${id}`);
  const certificates = "/api/v1/certificates/Plant1/gw-press";
  await ask("DELETE /api/v1/certificates/{group}/{edgeNode}/{device}", `${certificates}/press-01`);
  await ask("DELETE /api/v1/certificates/{group}/{edgeNode}", certificates);
  await ask("POST /api/v1/backup", "/api/v1/backup", {});
  await ask("POST /api/v1/blackbox", "/api/v1/blackbox", {});
}

/** What is retained, who is connected, and who guessed too often. */
async function messages(hub: ClosedHub, ask: Ask, eva: Visit): Promise<void> {
  const login = { clientId: "eva", username: "eva", password: PASSWORD, reconnectPeriod: 0 };
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, login);
  client.on("error", () => undefined);
  await client.publishAsync("old/line", "1", { qos: 1, retain: true });
  await client.publishAsync("not/hers", "1", { qos: 1 }); // MQTT 3.1.1 is not told that it was refused
  await findings(ask);
  const retained = "/api/v1/retained";
  const question = `${retained}/plan?filter=old/line`;
  const { plan } = await ask("GET /api/v1/retained/plan", question, undefined, eva);
  const wish = { filter: "old/line", plan };
  const { id } = await ask(`POST ${retained}/delete`, `${retained}/delete`, wish, eva);
  const restore = `${retained}/deleted/${id}/restore`;
  await ask(`POST ${retained}/deleted/{id}/restore`, restore, undefined, eva);
  await ask("DELETE /api/v1/clients/{id}", "/api/v1/clients/eva");
  await client.endAsync(true);
  const stranger = new Visit(hub.url);
  for (let guess = 0; guess < 12; guess += 1) await stranger.signIn("mallory", "guess");
  const { bans } = await ask("GET /api/v1/bans", "/api/v1/bans");
  const ban = `/api/v1/bans/${bans[0].address}?name=mallory`;
  await ask("DELETE /api/v1/bans/{name}", ban);
  await ask("POST /api/v1/login", "/api/v1/login", { name: "eva", password: PASSWORD }, stranger);
}

/** Of the message that was refused. */
async function findings(ask: Ask): Promise<void> {
  const route = "/api/v1/findings/{code}/{client}";
  const refused = "/api/v1/findings/CLIENT-GRANT/eva";
  await ask(`PUT ${route}/acknowledgement`, `${refused}/acknowledgement`, { note: "a test" });
  await ask(`DELETE ${route}/acknowledgement`, `${refused}/acknowledgement`);
  await ask(`PUT ${route}/mute`, `${refused}/mute`, { minutes: 60 });
  await ask(`DELETE ${route}/mute`, `${refused}/mute`);
}

async function configuration(hub: ClosedHub, ask: Ask): Promise<void> {
  const base = "/api/v1/configuration";
  const text = readFileSync(hub.file, "utf8").replace("[0, 350]", "[0, 300]");
  const { basis } = await ask(`POST ${base}/plan`, `${base}/plan`, { text });
  await ask(`POST ${base}/apply`, `${base}/apply`, { text, basis });
  await ask(`POST ${base}/rollback`, `${base}/rollback`, {});
  const tag = { name: "Hydraulics/Oil", at: "hr:2", type: "int16", group: "fast" };
  const tags = { device: "press-01", put: [tag] };
  const press = "/api/v1/adapters/press/tags";
  const draft = await ask("POST /api/v1/adapters/{name}/tags/plan", `${press}/plan`, tags);
  await ask("PUT /api/v1/adapters/{name}/tags", press, { ...tags, basis: draft.basis });
  const device = { name: "oven-1", unit: 1, groups: { slow: { interval: "1s" } } };
  const oven = {
    name: "oven",
    protocol: "modbus",
    group: "Plant1",
    edgeNode: "gw-oven",
    link: { host: "127.0.0.1", port: 1 },
    devices: [{ ...device, tags: [{ ...tag, group: "slow" }] }],
  };
  const entries = "/api/v1/adapter-entries";
  const added = await ask(`POST ${entries}/plan`, `${entries}/plan`, { add: oven });
  await ask(`PUT ${entries}`, entries, { add: oven, basis: added.basis });
  await ask("POST /api/v1/adapter-trials", "/api/v1/adapter-trials", { entry: oven });
}
