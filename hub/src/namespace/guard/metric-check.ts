/**
 * The metrics of a message: births are looked at whole, always; data when it is looked at at all. Takes what was
 * decoded, and what the births said; says what is wrong. Templates are in `template-check.ts`.
 */
import {
  datatypeOf,
  isArrayDatatype,
  metricValue,
  REBIRTH,
  SparkplugError,
  type Datatype,
  type Metric,
  type Payload,
} from "@unshub/sparkplug";
import type { Faults } from "./faults.ts";
import { isBirth, isCommand } from "./head-check.ts";
import { called, type MetricsAbout } from "./metric-about.ts";
import { checkProperties } from "./property-check.ts";
import { checkTemplate } from "./template-check.ts";

export function checkMetrics(payload: Payload, about: MetricsAbout): void {
  const { type, faults } = about;
  const { metrics } = payload;
  for (const metric of metrics) {
    if (isBirth(type)) checkBorn(metric, faults);
    else checkSent(metric, about);
    checkContent(metric, about);
  }
  if (isBirth(type)) checkNames(metrics, about);
  if (isCommand(type)) checkRebirthRequest(metrics, faults);
  else checkOrder(metrics, faults);
  if (type === "NBIRTH") checkRebirthMetric(metrics, faults);
}

/** A metric of a birth. */
function checkBorn(metric: Metric, faults: Faults): void {
  const { name, alias, datatype, timestamp } = metric;
  if (name === undefined) {
    faults.add(
      "M01",
      () => `${alias === undefined ? "a metric" : `alias ${alias}`} of the birth has no name`,
      alias === undefined ? {} : { occasion: "alias" },
    );
  }
  if (datatype === undefined)
    faults.add("M02", () => `${called(metric)} has no datatype in the birth`);
  if (timestamp === undefined) faults.add("M06", () => `${called(metric)} has no timestamp`);
}

/** A metric of data or of a command. */
function checkSent(metric: Metric, about: MetricsAbout): void {
  const { faults } = about;
  const { name, alias, datatype, timestamp } = metric;
  if (alias !== undefined) about.saw("alias");
  if (name === undefined && alias === undefined) {
    faults.add("M08", () => `a metric has neither name nor alias`);
    return;
  }
  if (name !== undefined && alias !== undefined) {
    const because = (): string => `"${name}" has name and alias ${alias}, expected the alias alone`;
    faults.add("M08", because, { isCommon: true, occasion: "alias" });
  }
  const isSentByEdge = !isCommand(about.type);
  if (isSentByEdge && timestamp === undefined)
    faults.add("M06", () => `${called(metric)} has no timestamp`);
  if (datatype !== undefined && isSentByEdge)
    faults.add("M10", () => `${called(metric)} repeats its datatype`);
  checkKnown(metric, about);
}

function checkKnown(metric: Metric, about: MetricsAbout): void {
  const { faults } = about;
  const born = about.born(metric);
  const isCommon = isCommand(about.type); // SHOULD
  if (born === undefined) {
    if (isCommon && metric.name === REBIRTH) return;
    faults.add("M09", () => `${called(metric)} is not in the birth`, { isCommon });
  } else if (born.deviceId !== about.deviceId) {
    const whose = born.deviceId === undefined ? "the edge node" : `device "${born.deviceId}"`;
    faults.add("M09", () => `${called(metric)} is "${born.name}" of ${whose}, not of this member`);
  }
}

/** Datatype, value and properties. */
function checkContent(metric: Metric, about: MetricsAbout): void {
  const { faults } = about;
  const code = metric.datatype ?? about.born(metric)?.datatypeCode;
  const datatype = code === undefined ? undefined : datatypeOf(code);
  if (code !== undefined && datatype === undefined)
    faults.add("M03", () => `${called(metric)} has datatype ${code}, which no metric may have`);
  checkNull(metric, faults);
  if (metric.properties.size > 0) checkProperties(metric, about);
  if (metric.value?.field === "template") checkTemplate(metric, about);
  else if (datatype !== undefined) checkValue(metric, datatype, about);
}

function checkNull(metric: Metric, faults: Faults): void {
  const { isNull, value } = metric;
  if (isNull && value !== undefined)
    faults.add("M04", () => `${called(metric)} has a value and is_null`);
  if (!isNull && value === undefined)
    faults.add("M04", () => `${called(metric)} has neither value nor is_null`);
}

function checkValue(metric: Metric, datatype: Datatype, about: MetricsAbout): void {
  const { faults } = about;
  if (datatype === "DataSet") about.saw("DataSet");
  try {
    metricValue(metric, datatype);
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    const because = (): string => `${called(metric)}, ${datatype}: ${error.message}`;
    if (datatype === "DataSet") faults.add("M16", because, { occasion: "DataSet" });
    else faults.add("M05", () => (isArrayDatatype(datatype) ? `${because()} (array)` : because()));
  }
}

/** Names and aliases of a birth among each other, and aliases against those of the other members. */
function checkNames(metrics: readonly Metric[], about: MetricsAbout): void {
  const { faults } = about;
  const names = new Map<string, string>();
  const aliases = new Map<number | bigint, string>();
  for (const { name, alias } of metrics) {
    if (name !== undefined) {
      const folded = name.toLowerCase();
      const other = names.get(folded);
      if (other !== undefined && other !== name)
        faults.add("M12", () => `"${name}" and "${other}" differ only in case`);
      names.set(folded, name);
    }
    if (alias === undefined) continue;
    about.saw("alias");
    const owner = aliases.get(alias) ?? ownerElsewhere(alias, about);
    if (owner !== undefined && owner !== name)
      faults.add(
        "M07",
        () => `alias ${alias} of "${name ?? ""}" already belongs to ${quoted(owner)}`,
        {
          occasion: "alias",
        },
      );
    aliases.set(alias, name ?? "");
  }
}

function quoted(owner: string): string {
  return owner.includes(" of ") ? owner : `"${owner}"`;
}

/** An NBIRTH clears all aliases; a DBIRTH may not use those of others. */
function ownerElsewhere(alias: number | bigint, about: MetricsAbout): string | undefined {
  if (about.type !== "DBIRTH") return undefined;
  const born = about.born({ name: undefined, alias });
  if (born === undefined || born.deviceId === about.deviceId) return undefined;
  const whose = born.deviceId === undefined ? "the edge node" : `device "${born.deviceId}"`;
  return `"${born.name}" of ${whose}`;
}

const BOOLEAN = 11;

function checkRebirthMetric(metrics: readonly Metric[], faults: Faults): void {
  const metric = metrics.find(({ name }) => name === REBIRTH);
  if (metric === undefined) {
    faults.add("M11", () => `NBIRTH has no metric "${REBIRTH}"`);
    return;
  }
  const { datatype, value, alias } = metric;
  if (datatype !== BOOLEAN)
    faults.add(
      "M11",
      () => `"${REBIRTH}" has datatype ${datatype ?? "none"}, expected ${BOOLEAN} (Boolean)`,
    );
  else if (value?.field !== "boolean" || value.raw)
    faults.add("M11", () => `"${REBIRTH}" is not false`);
  if (alias !== undefined)
    faults.add("M11", () => `"${REBIRTH}" has alias ${alias}, expected none`, {
      occasion: "alias",
    });
}

/** Nearly the name of a rebirth request, or one that asks for nothing. */
function checkRebirthRequest(metrics: readonly Metric[], faults: Faults): void {
  for (const { name, value } of metrics) {
    if (name?.toLowerCase() !== REBIRTH.toLowerCase()) continue;
    if (name !== REBIRTH) faults.add("M11", () => `"${name}" is no command, expected "${REBIRTH}"`);
    else if (value?.field !== "boolean" || !value.raw)
      faults.add("M11", () => `the command "${REBIRTH}" is not true, so it asks for nothing`);
  }
}

/** Historical values may stand anywhere. */
function checkOrder(metrics: readonly Metric[], faults: Faults): void {
  let last = 0;
  for (const metric of metrics) {
    const { timestamp = last, isHistorical } = metric;
    if (isHistorical) continue;
    if (timestamp < last)
      faults.add(
        "M21",
        () => `${called(metric)} is ${last - timestamp} ms older than a metric before it`,
      );
    last = Math.max(last, timestamp);
  }
}
