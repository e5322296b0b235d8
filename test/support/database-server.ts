/**
 * Real databases and brokers of Debian for the tests of sinks: each on a free port with a data directory of its own. They can
 * be killed, with all their children, and started again where they were.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chownSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "./free-port.ts";
import { tempDir, type Ending } from "./hub.ts";

export interface DatabaseServer {
  readonly port: number;
  readonly host: string;
  /** SIGKILL for it and all its children; what it had written stays. */
  kill(): Promise<void>;
  /** Starts again at the same port with the same data. */
  start(): Promise<void>;
}

interface Kind {
  /** Where it may be. */
  readonly programs: readonly string[];
  readonly debian: string;
  /** Prepares its folder, and says how it is started. */
  prepare(place: {
    readonly folder: string;
    readonly port: number;
    readonly program: string;
  }): readonly string[] | Promise<readonly string[]>;
  /** What it says when it is ready. */
  readonly ready: RegExp;
  /** Refuses to run as root. */
  readonly asUser?: string;
}

const KINDS = {
  postgresql: {
    programs: globSync("/usr/lib/postgresql/*/bin/postgres").toSorted(),
    debian: "postgresql",
    prepare: preparePostgres,
    ready: /database system is ready to accept connections/,
    asUser: "postgres",
  },
  influxdb: {
    programs: ["/usr/bin/influxd"],
    debian: "influxdb",
    prepare: prepareInflux,
    ready: /Listening on HTTP/,
  },
  victoriaMetrics: {
    programs: ["/usr/bin/victoria-metrics"],
    debian: "victoria-metrics",
    prepare: ({ folder, port }) => [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${folder}`,
      "-retentionPeriod=100y",
    ],
    ready: /starting http server at/,
  },
  clickhouse: {
    programs: ["/usr/sbin/clickhouse-server", "/usr/bin/clickhouse-server"],
    debian: "clickhouse-server",
    prepare: prepareClickhouse,
    ready: /Ready for connections/,
  },
  nats: {
    programs: ["/usr/sbin/nats-server", "/usr/bin/nats-server"],
    debian: "nats-server",
    prepare: ({ folder, port }) => ["-js", "-sd", folder, "-a", "127.0.0.1", "-p", `${port}`],
    ready: /Server is ready/,
  },
} as const satisfies Readonly<Record<string, Kind>>;

export type DatabaseKind = keyof typeof KINDS;

/** Why its tests are skipped here; in CI they always run, and fail without it. */
export function skipWithout(kind: DatabaseKind): string | false {
  const { debian }: Kind = KINDS[kind];
  return programOf(KINDS[kind]) !== undefined || process.env["CI"] !== undefined
    ? false
    : `No ${debian} on this machine. Debian: apt-get install ${debian}.`;
}

function programOf({ programs }: Kind): string | undefined {
  return programs.findLast((program) => spawnSync(program, ["--version"]).error === undefined);
}

/** It ends with the test. */
export async function databaseServer(t: Ending, kind: DatabaseKind): Promise<DatabaseServer> {
  const settings: Kind = KINDS[kind];
  const program = programOf(settings) ?? settings.programs[0] ?? settings.debian;
  const folder = tempDir(t);
  const port = await freePort();
  const args = await settings.prepare({ folder, port, program });
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending !== undefined) await end(ending);
  };
  const start = async (): Promise<void> => {
    child = await run(program, args, settings);
  };
  t.after(kill);
  await start();
  return { host: "127.0.0.1", port, kill, start };
}

/** Resolves when it says that it is ready. */
async function run(program: string, args: readonly string[], { ready, asUser }: Kind) {
  const child = spawn(program, [...args], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a group of its own, to be killed as one
    ...identity(asUser),
  });
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => reject(new Error(`${program} ended: ${said.join("\n")}`)));
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on("line", (line) => {
        said.push(line);
        if (said.length > 50) said.shift();
        if (ready.test(line)) resolve();
      });
    }
  });
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once("close", resolve));
  process.kill(-child.pid, "SIGKILL");
  await ended;
}

function identity(user: string | undefined): { readonly uid?: number; readonly gid?: number } {
  if (user === undefined || process.getuid?.() !== 0) return {};
  const number = (flag: string): number => Number(spawnSync("id", [flag, user]).stdout);
  return { uid: number("-u"), gid: number("-g") };
}

function preparePostgres({ folder, port, program }: Parameters<Kind["prepare"]>[0]) {
  const { uid, gid } = identity("postgres");
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  const data = join(folder, "data");
  const made = spawnSync(
    program.replace(/postgres$/, "initdb"),
    ["-D", data, "-U", "unshub", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"],
    { encoding: "utf8", cwd: folder, ...identity("postgres") },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stdout}${made.stderr}`);
  return ["-D", data, "-p", `${port}`, "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off"];
}

function prepareInflux({ folder, port }: Parameters<Kind["prepare"]>[0]): readonly string[] {
  const file = join(folder, "influxdb.conf");
  const config = `
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
`;
  writeFileSync(file, config);
  return ["-config", file];
}

async function prepareClickhouse({ folder, port }: Parameters<Kind["prepare"]>[0]) {
  const users = join(folder, "users.xml");
  mkdirSync(join(folder, "tmp"));
  writeFileSync(
    users,
    `<yandex>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users><default><password></password><profile>default</profile><quota>default</quota>
    <networks><ip>127.0.0.1</ip></networks></default></users>
</yandex>`,
  );
  const file = join(folder, "config.xml");
  writeFileSync(
    file,
    `<yandex>
  <logger><level>information</level><console>1</console></logger>
  <http_port>${port}</http_port><tcp_port>${await freePort()}</tcp_port>
  <listen_host>127.0.0.1</listen_host>
  <path>${folder}/</path><tmp_path>${folder}/tmp/</tmp_path>
  <mark_cache_size>67108864</mark_cache_size>
  <users_config>${users}</users_config>
  <default_profile>default</default_profile><default_database>default</default_database>
</yandex>`,
  );
  return [`--config-file=${file}`];
}
