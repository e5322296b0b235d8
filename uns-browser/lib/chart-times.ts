/** Times on the axis of a chart and beside it: 24 hours, ISO dates, the browser's zone or UTC. */

/** What stands at each split: as fine as the splits are apart, the date where a day begins. */
export function axisTimes(splits: readonly number[], isUtc: boolean): string[] {
  const step = (splits[1] ?? Infinity) - (splits[0] ?? 0);
  let day = "";
  return splits.map((time) => {
    const parts = partsOf(time, isUtc);
    const isNewDay = day !== "" && parts.day !== day;
    const isFirst = day === "";
    day = parts.day;
    if (step >= 86_400_000) return parts.day.slice(5);
    const clock = clockText(parts, step);
    return isNewDay || isFirst ? `${clock}\n${parts.day}` : clock;
  });
}

function clockText({ minutes, seconds, millis }: TimeParts, step: number): string {
  if (step < 1000) return `${seconds}.${millis}`;
  return step < 60_000 ? seconds : minutes;
}

interface TimeParts {
  readonly day: string;
  /** `HH:mm` */
  readonly minutes: string;
  /** `HH:mm:ss` */
  readonly seconds: string;
  readonly millis: string;
}

function partsOf(time: number, isUtc: boolean): TimeParts {
  const iso = isoText(time, isUtc);
  return {
    day: iso.slice(0, 10),
    minutes: iso.slice(11, 16),
    seconds: iso.slice(11, 19),
    millis: iso.slice(20, 23),
  };
}

/** `YYYY-MM-DD HH:mm:ss.SSS`, and `Z` behind it in UTC. */
export function timeIn(time: number, isUtc: boolean): string {
  const text = isoText(time, isUtc).replace("T", " ").slice(0, 23);
  return isUtc ? `${text}Z` : text;
}

/** As ISO 8601; local times are moved by their zone first, so that what stands there is the clock on the wall. */
function isoText(time: number, isUtc: boolean): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "????-??-??T??:??:??.???";
  if (isUtc) return date.toISOString();
  return new Date(time - date.getTimezoneOffset() * 60_000).toISOString();
}

/** For a field of kind `datetime-local`, with seconds. */
export function fieldTime(time: number, isUtc: boolean): string {
  return isoText(time, isUtc).slice(0, 19);
}

/** @returns `null` when the field is empty. */
export function parseFieldTime(text: string, isUtc: boolean): number | null {
  const time = Date.parse(isUtc ? `${text}Z` : text);
  return Number.isNaN(time) ? null : time;
}
