/** `unshub check`: every problem of a configuration, with line, column and path. Opens nothing. */
import { ConfigFileError, loadConfig } from "../config/index.ts";
import { checkAdapterConfig } from "../supervisor/index.ts";
import { readArguments, type Console, type ExitCode } from "./arguments.ts";

export const CHECK_USAGE = `unshub check [-c FILE] [--json]
  Says every problem of a configuration. FILE is ./unshub.yaml unless named. Exit code 2 when there is one.`;

export async function check(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values } = readArguments({
    args: [...args],
    options: {
      config: { type: "string", short: "c", default: "unshub.yaml" },
      json: { type: "boolean", default: false },
    },
  });
  try {
    const config = await loadConfig(values.config, checkAdapterConfig);
    const adapters = config.adapters.map((entry) => `${entry.name} (${entry.protocol})`).join(", ");
    if (!values.json)
      console.print(`${values.config}: no problems. Adapters: ${adapters || "none"}.`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    if (values.json) for (const problem of error.problems) console.print(JSON.stringify(problem));
    else console.complain(error.message);
    return 2;
  }
}
