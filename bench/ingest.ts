/**
 * `npm run bench -- ingest`: what the namespace costs. DDATA of 10 metrics from 50 edge nodes through sockets into the whole
 * hub, every rule at `warn` and the tree on, beside Mosquitto, which only forwards; and what a metric weighs when there are
 * a million. Two minutes; `tree`, `guard` and `broker` take it apart.
 */
import { comparedBriefly } from "./broker/broker.ts";
import type { Figure } from "./measure.ts";
import { bornMillion, dataFigure } from "./tree.ts";

const METRICS_PER_MESSAGE = 10;

export async function ingest(): Promise<readonly Figure[]> {
  const { figures } = bornMillion(); // in a process that has done nothing else
  const alone = dataFigure("alias");
  const outcomes = await comparedBriefly(["50-1-ddata", "50-50-ddata"]);
  const costs = outcomes.flatMap(({ server, scenario, messagesPerCpuSecond, ratio }): Figure[] => {
    const who = server === "mosquitto" ? "Mosquitto" : "our hub";
    const value = (messagesPerCpuSecond * METRICS_PER_MESSAGE) / 1e6;
    const figure = { what: `${scenario}: metrics per CPU second, ${who}`, value, unit: "million" };
    if (ratio === undefined) return [figure];
    return [figure, { what: `${scenario}: ratio, to reach 3`, value: ratio, unit: "×" }];
  });
  console.log("");
  return [...costs, { ...alone, what: "the tree alone: metrics per CPU second" }, ...figures];
}
