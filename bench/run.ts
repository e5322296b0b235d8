/** `npm run bench -- codec`: runs one suite, prints its table and keeps it in `results/`. */
import { codec } from "./codec.ts";
import { guardCost } from "./guard.ts";
import { keep, print, type Suite } from "./measure.ts";

const SUITES: ReadonlyMap<string, Suite> = new Map([
  ["codec", codec],
  ["guard", guardCost],
]);

const name = process.argv[2] ?? "";
const suite = SUITES.get(name);
if (suite === undefined) {
  console.error(`usage: npm run bench -- ${[...SUITES.keys()].join("|")}`);
  process.exitCode = 2;
} else {
  const rows = suite();
  print(rows);
  console.log(`\nkept in ${keep(name, rows)}`);
}
