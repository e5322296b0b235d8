import { useRef } from "react";
import { addRegisterTag } from "../lib/new-tags.ts";
import type { RegisterReading } from "../lib/registers.ts";
import { sendToHub } from "./browser-world.ts";
import type { DeviceProps } from "./device-view.tsx";
import { draftOf } from "./use-draft.ts";

type DraftTagProps = Pick<DeviceProps, "adapter" | "device" | "go"> & {
  readonly onProblem: (problem: string) => void;
};

/** Makes a tag of registers, one at a time: it goes into the draft, and the draft is shown. */
export function useDraftTag({
  adapter: { name },
  device: { id },
  go,
  onProblem,
}: DraftTagProps): (reading: RegisterReading) => void {
  const isBusy = useRef(false);
  const add = async (reading: RegisterReading): Promise<void> => {
    if (isBusy.current) return;
    isBusy.current = true;
    const place = { adapter: name, device: id, draft: draftOf(name, id) };
    const problem = await addRegisterTag(sendToHub, place, reading);
    isBusy.current = false;
    if (problem === null) go({ tab: "tags", filter: "" });
    else onProblem(problem);
  };
  return (reading) => void add(reading);
}
