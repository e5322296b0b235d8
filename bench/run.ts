/** `npm run bench -- codec`, `-- tree`: runs one suite, prints its table and keeps it in `results/`. */
import { codec } from "./codec.ts";
import { keep, print, printFigures, type Suite } from "./measure.ts";
import { tree } from "./tree.ts";

const SUITES: ReadonlyMap<string, Suite> = new Map([["codec", codec]]);

const name = process.argv[2] ?? "";
const suite = SUITES.get(name);
if (name === "tree") {
  const figures = await tree();
  printFigures(figures);
  console.log(`\nkept in ${keep(name, figures)}`);
} else if (suite === undefined) {
  console.error(`usage: npm run bench -- ${[...SUITES.keys(), "tree"].join("|")}`);
  process.exitCode = 2;
} else {
  const rows = suite();
  print(rows);
  console.log(`\nkept in ${keep(name, rows)}`);
}
