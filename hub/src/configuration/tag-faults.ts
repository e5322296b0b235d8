/** Problems of a whole configuration as those of the tags in it: for whoever edits tags and not the file. */
import { dirname, resolve } from "node:path";
import { describeProblem } from "@unshub/adapter";
import { writtenEntries, type LocatedProblem } from "../config/index.ts";
import type { TagFault } from "./configuration-error.ts";
import { readTags } from "./written-tags.ts";

type Path = readonly (string | number)[];

/** `file`: where `text` would stand. What is no tag's is told without one. */
export async function tagFaults(
  text: string,
  file: string,
  problems: readonly LocatedProblem[],
): Promise<readonly TagFault[]> {
  const tags = await tagPlaces(text, dirname(resolve(file)));
  return problems.map((problem) => {
    const { message, path = [] } = problem;
    const place = tags.find((tag) => startsWith(path, tag.path));
    if (place === undefined) return { message };
    const [field] = path.slice(place.path.length);
    const { device, name } = place;
    return {
      message: withoutPlace(problem),
      tag: { device, name },
      ...(typeof field === "string" && { field }),
    };
  });
}

interface TagPlace {
  readonly device: string;
  readonly name: string;
  readonly path: Path;
}

async function tagPlaces(text: string, folder: string): Promise<readonly TagPlace[]> {
  const places = await Promise.all(
    writtenEntries(text).map(async ({ protocol, input }, at) => {
      const devices = await readTags({ protocol, input, folder }).catch(() => []); // others have told why
      return devices.flatMap(({ deviceId, path, tags }) =>
        tags.flatMap(({ name, index }) =>
          index === undefined
            ? []
            : [{ device: deviceId, name, path: ["adapters", at, ...path, index] }],
        ),
      );
    }),
  );
  return places.flat();
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((step, at) => path[at] === step);
}

/** `adapters[0].devices[0].tags[3].at: …` without its place, which is known. */
export function withoutPlace({ message, path = [] }: LocatedProblem): string {
  const place = describeProblem({ path, message: "" });
  return message.startsWith(place) ? message.slice(place.length) : message;
}
