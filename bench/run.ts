/** `npm run bench -- codec`: runs one suite and prints its table; `results/` keeps what was measured on a quiet machine. */
import { broker } from "./broker/broker.ts";
import { codec } from "./codec.ts";
import { durability } from "./durability/durability.ts";
import { gateway } from "./gateway.ts";
import { keep, print } from "./measure.ts";

type Suite = (args: readonly string[]) => Promise<void> | void;

const SUITES: ReadonlyMap<string, Suite> = new Map<string, Suite>([
  [
    "codec",
    () => {
      const rows = codec();
      print(rows);
      console.log(`\nkept in ${keep("codec", rows)}`);
    },
  ],
  ["broker", broker],
  ["durability", durability],
  ["gateway", gateway],
]);

const [name = "", ...args] = process.argv.slice(2);
const suite = SUITES.get(name);
if (suite === undefined) {
  console.error(`usage: npm run bench -- ${[...SUITES.keys()].join("|")}`);
  process.exitCode = 2;
} else {
  await suite(args);
}
