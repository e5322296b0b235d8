/** A hub that lets nobody in unknown, with an administrator, as the page and programs meet it over HTTP. */
import { dirname } from "node:path";
import { firstAdminCode } from "../../hub/src/identity/index.ts";
import { startTestHub, type Ending, type HubTestOptions, type TestHub } from "./hub.ts";

export const ADMIN = { name: "root", password: "correct horse" };

/** A browser without a screen: keeps the cookie, sends the header of the page. */
export class Visit {
  readonly url: string;
  cookie = "";

  constructor(url: string) {
    this.url = url;
  }

  async ask(method: string, path: string, body?: object, headers: object = {}): Promise<Response> {
    const answer = await fetch(new URL(path, this.url), {
      method,
      headers: {
        "x-uns-hub": "page",
        ...(this.cookie !== "" && { cookie: this.cookie }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const [set = ""] = answer.headers.getSetCookie();
    if (set !== "") this.cookie = set.split(";")[0] ?? "";
    return answer;
  }

  /** The answer as JSON. @throws when the status is another. */
  async json(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await this.ask(method, path, body);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : await answer.json();
  }

  async signIn(name: string, password: string): Promise<Response> {
    return await this.ask("POST", "/api/v1/login", { name, password });
  }
}

export interface ClosedHub extends TestHub {
  readonly url: string;
  readonly dataDir: string;
  /** Signed in as the administrator. */
  readonly admin: Visit;
  visit(name: string, password: string): Promise<Visit>;
  /** Adds a user, or changes one. */
  putUser(name: string, role: string, grants: readonly string[]): Promise<void>;
}

export const PASSWORD = "long enough";

/** `more`: further lines of the section `identity:`, with a comma in front. */
export async function startClosedHub(
  t: Ending,
  adapters = "",
  { more = "", ...options }: HubTestOptions = {},
): Promise<ClosedHub> {
  const closed = `identity: { anonymous: none${more} }`;
  const hub = await startTestHub(t, adapters, { ...options, more: closed });
  const url = `http://127.0.0.1:${hub.httpPort}`;
  const dataDir = dirname(hub.file);
  const admin = new Visit(url);
  const code = firstAdminCode(dataDir) ?? "";
  await admin.json("POST", "/api/v1/first-admin", { code, ...ADMIN });
  await admin.signIn(ADMIN.name, ADMIN.password);
  return {
    ...hub,
    url,
    dataDir,
    admin,
    visit: async (name, password) => {
      const visit = new Visit(url);
      await visit.signIn(name, password);
      return visit;
    },
    putUser: async (name, role, grants) => {
      const path = `/api/v1/users/${encodeURIComponent(name)}`;
      await admin.json("PUT", path, { role, grants, password: PASSWORD });
    },
  };
}
