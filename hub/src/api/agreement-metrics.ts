/** What was asked of the other side of a link and what that granted, for Prometheus: to be told when it no longer holds. */
import type { LinkAgreement } from "@unshub/adapter";
import type { Registry } from "prom-client";
import type { AdapterReport } from "../supervisor/index.ts";
import { gauge, type Sample } from "./figures.ts";

type Reports = () => readonly AdapterReport[];
type Labels = Sample[0];

/** At the end of the name of a time. */
const MS = "_ms";

export function addAgreements(registry: Registry, reports: Reports): void {
  const add = (name: string, help: string, read: typeof faultsOf) =>
    gauge(registry, `unshub_adapter_${name}`, help, () =>
      agreementsOf(reports()).flatMap(([labels, agreement]) => read(labels, agreement)),
    );
  add("agreed_seconds", "Times that were asked of the other side, and granted.", timesOf);
  add("agreed_count", "Numbers that were asked of the other side, and granted.", numbersOf);
  add("agreement_faults", "What of the configuration does not hold because of them.", faultsOf);
}

function agreementsOf(
  reports: readonly AdapterReport[],
): readonly (readonly [Labels, LinkAgreement])[] {
  return reports.flatMap(({ name: adapter, diagnostics }) =>
    diagnostics.links.flatMap(({ name: link, agreements = [] }) =>
      agreements.map((agreement) => [{ adapter, link, part: agreement.name }, agreement] as const),
    ),
  );
}

function timesOf(labels: Labels, { terms }: LinkAgreement): readonly Sample[] {
  const times = terms.filter(({ name }) => name.endsWith(MS));
  return times.flatMap(({ name, asked, granted }) =>
    bothSides({ ...labels, term: name.slice(0, -MS.length) }, asked / 1000, granted / 1000),
  );
}

function numbersOf(labels: Labels, { terms }: LinkAgreement): readonly Sample[] {
  const numbers = terms.filter(({ name }) => !name.endsWith(MS));
  return numbers.flatMap(({ name, asked, granted }) =>
    bothSides({ ...labels, term: name }, asked, granted),
  );
}

function bothSides(labels: Labels, asked: number, granted: number): readonly Sample[] {
  return [
    [{ ...labels, side: "asked" }, asked],
    [{ ...labels, side: "granted" }, granted],
  ];
}

function faultsOf(labels: Labels, { faults }: LinkAgreement): readonly Sample[] {
  return [[labels, faults.length]];
}
