/** The commands of `unshub` and their exit codes. */
import { CommandFailure, UsageError, type Console, type ExitCode } from "./arguments.ts";
import { wrapped } from "./wrapped.ts";

interface Command {
  readonly usage: string;
  readonly run: (args: readonly string[], console: Console) => Promise<ExitCode>;
}

/** Each loads only what it needs itself: the hub no MQTT client for the terminal, a command no hub. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  [
    "start",
    async () => {
      const { start, START_USAGE } = await import("./start.ts");
      return { run: start, usage: START_USAGE };
    },
  ],
  [
    "check",
    async () => {
      const { check, CHECK_USAGE } = await import("./check.ts");
      return { run: check, usage: CHECK_USAGE };
    },
  ],
  [
    "simulate",
    async () => {
      const { simulate, SIMULATE_USAGE } = await import("./simulate.ts");
      return { run: simulate, usage: SIMULATE_USAGE };
    },
  ],
  [
    "tree",
    async () => {
      const { tree, TREE_USAGE } = await import("./tree.ts");
      return { run: tree, usage: TREE_USAGE };
    },
  ],
  [
    "uns",
    async () => {
      const { uns, UNS_USAGE } = await import("./uns.ts");
      return { run: uns, usage: UNS_USAGE };
    },
  ],
  [
    "tail",
    async () => {
      const { tail, TAIL_USAGE } = await import("./tail.ts");
      return { run: tail, usage: TAIL_USAGE };
    },
  ],
  [
    "write",
    async () => {
      const { write, WRITE_USAGE } = await import("./write.ts");
      return { run: write, usage: WRITE_USAGE };
    },
  ],
  [
    "commands",
    async () => {
      const { commands, COMMANDS_USAGE } = await import("./command-journal.ts");
      return { run: commands, usage: COMMANDS_USAGE };
    },
  ],
  [
    "host",
    async () => {
      const { host, HOST_USAGE } = await import("./host.ts");
      return { run: host, usage: HOST_USAGE };
    },
  ],
  [
    "clients",
    async () => {
      const { clients, CLIENTS_USAGE } = await import("./clients.ts");
      return { run: clients, usage: CLIENTS_USAGE };
    },
  ],
  [
    "findings",
    async () => {
      const { findings, FINDINGS_USAGE } = await import("./findings.ts");
      return { run: findings, usage: FINDINGS_USAGE };
    },
  ],
  [
    "certificates",
    async () => {
      const { certificates, CERTIFICATES_USAGE } = await import("./certificates.ts");
      return { run: certificates, usage: CERTIFICATES_USAGE };
    },
  ],
  [
    "rebirths",
    async () => {
      const { rebirths, REBIRTHS_USAGE } = await import("./rebirths.ts");
      return { run: rebirths, usage: REBIRTHS_USAGE };
    },
  ],
  [
    "rebirth",
    async () => {
      const { rebirth, REBIRTH_USAGE } = await import("./rebirth.ts");
      return { run: rebirth, usage: REBIRTH_USAGE };
    },
  ],
  [
    "counters",
    async () => {
      const { counters, COUNTERS_USAGE } = await import("./counters.ts");
      return { run: counters, usage: COUNTERS_USAGE };
    },
  ],
  [
    "explain",
    async () => {
      const { explain, EXPLAIN_USAGE } = await import("./explain.ts");
      return { run: explain, usage: EXPLAIN_USAGE };
    },
  ],
  [
    "history",
    async () => {
      const { history, HISTORY_USAGE } = await import("./history.ts");
      return { run: history, usage: HISTORY_USAGE };
    },
  ],
  [
    "export",
    async () => {
      const { exportHistory, EXPORT_USAGE } = await import("./export.ts");
      return { run: exportHistory, usage: EXPORT_USAGE };
    },
  ],
  [
    "sinks",
    async () => {
      const { sinks, SINKS_USAGE } = await import("./sinks.ts");
      return { run: sinks, usage: SINKS_USAGE };
    },
  ],
  [
    "user",
    async () => {
      const { user, USER_USAGE } = await import("./users.ts");
      return { run: user, usage: USER_USAGE };
    },
  ],
  [
    "token",
    async () => {
      const { token, TOKEN_USAGE } = await import("./users.ts");
      return { run: token, usage: TOKEN_USAGE };
    },
  ],
  [
    "psk",
    async () => {
      const { psk, PSK_USAGE } = await import("./psks.ts");
      return { run: psk, usage: PSK_USAGE };
    },
  ],
  [
    "adapters",
    async () => {
      const { adapters, ADAPTERS_USAGE } = await import("./adapters.ts");
      return { run: adapters, usage: ADAPTERS_USAGE };
    },
  ],
  [
    "bans",
    async () => {
      const { bans, BANS_USAGE } = await import("./bans.ts");
      return { run: bans, usage: BANS_USAGE };
    },
  ],
  [
    "cert",
    async () => {
      const { cert, CERT_USAGE } = await import("./cert.ts");
      return { run: cert, usage: CERT_USAGE };
    },
  ],
  [
    "audit",
    async () => {
      const { audit, AUDIT_USAGE } = await import("./audit.ts");
      return { run: audit, usage: AUDIT_USAGE };
    },
  ],
  [
    "plan",
    async () => {
      const { plan, PLAN_USAGE } = await import("./configuration.ts");
      return { run: plan, usage: PLAN_USAGE };
    },
  ],
  [
    "apply",
    async () => {
      const { apply, APPLY_USAGE } = await import("./configuration.ts");
      return { run: apply, usage: APPLY_USAGE };
    },
  ],
  [
    "rollback",
    async () => {
      const { rollback, ROLLBACK_USAGE } = await import("./configuration.ts");
      return { run: rollback, usage: ROLLBACK_USAGE };
    },
  ],
  [
    "backup",
    async () => {
      const { backup, BACKUP_USAGE } = await import("./backup.ts");
      return { run: backup, usage: BACKUP_USAGE };
    },
  ],
  [
    "restore",
    async () => {
      const { restore, RESTORE_USAGE } = await import("./backup.ts");
      return { run: restore, usage: RESTORE_USAGE };
    },
  ],
  [
    "replay",
    async () => {
      const { replay, REPLAY_USAGE } = await import("./replay.ts");
      return { run: replay, usage: REPLAY_USAGE };
    },
  ],
  [
    "blackbox",
    async () => {
      const { blackbox, BLACKBOX_USAGE } = await import("./blackbox.ts");
      return { run: blackbox, usage: BLACKBOX_USAGE };
    },
  ],
  [
    "conformance",
    async () => {
      const { conformance, CONFORMANCE_USAGE } = await import("./conformance.ts");
      return { run: conformance, usage: CONFORMANCE_USAGE };
    },
  ],
]);

const TOOLS_USAGE = `unshub PROTOCOL [TOOL …]
  Tools that the adapter of a protocol brings, e.g. unshub modbus scan; without TOOL it lists them.`;

const HOW =
  "How one of them is used: unshub help COMMAND. Which version this is: unshub --version.";

async function usage(): Promise<string> {
  const commands = await Promise.all([...COMMANDS.values()].map((load) => load()));
  return [
    "UNS Hub: the unified namespace of a factory in one program.",
    ...commands.map((command) => command.usage),
    TOOLS_USAGE,
    HOW,
    "Exit codes: 0 done, 1 failed, 2 the caller's mistake.",
  ].join("\n\n");
}

/** Runs one command line, without the program's name. Never throws what the caller should have known. */
export async function run(args: readonly string[], console: Console): Promise<ExitCode> {
  const [name, ...rest] = args;
  const tools = name === undefined || COMMANDS.has(name) ? undefined : await toolsOf(name);
  if (tools !== undefined) return await runCommand(() => tools(rest, console), console);
  if (name === undefined) {
    console.print(await usage());
    return 2;
  }
  if (name === "help" || isHelp(name)) return await help(rest[0], console);
  if (name === "--version") return await version(console);
  const load = COMMANDS.get(name);
  if (load === undefined) return unknown(name, console);
  const command = await load();
  if (!rest.some(isHelp)) return await runCommand(() => command.run(rest, console), console);
  console.print(command.usage);
  return 0;
}

function isHelp(arg: string): boolean {
  return arg === "--help" || arg === "-h";
}

/** Of one command, or of all. */
async function help(about: string | undefined, console: Console): Promise<ExitCode> {
  const load = about === undefined ? undefined : COMMANDS.get(about);
  if (about !== undefined && load === undefined) return unknown(about, console);
  console.print(load === undefined ? await usage() : (await load()).usage);
  return 0;
}

async function version(console: Console): Promise<ExitCode> {
  const { hubVersion } = await import("../version.ts");
  console.print(`unshub ${hubVersion()} (Node ${process.versions.node})`);
  return 0;
}

function unknown(name: string, console: Console): ExitCode {
  const near = [...COMMANDS.keys()].filter((each) => each.startsWith(name.slice(0, 3)));
  const hint = near.length === 0 ? "" : ` Did you mean ${near.join(", ")}?`;
  const all = wrapped([...COMMANDS.keys()].join(", "), "  ").join("\n");
  console.complain(`There is no command "${name}".${hint} There are:\n${all}\n${HOW}`);
  return 2;
}

/** The tools of an adapter say themselves how they are used. */
async function toolsOf(protocol: string): Promise<Command["run"] | undefined> {
  const { adapterTools } = await import("./adapter-tools.ts");
  return adapterTools(protocol);
}

async function runCommand(command: () => Promise<ExitCode>, console: Console): Promise<ExitCode> {
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof CommandFailure)) throw error;
    console.complain(error.message);
    return error instanceof UsageError ? 2 : 1;
  }
}
