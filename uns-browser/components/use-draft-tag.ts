import { asking } from "../lib/poll.ts";
import { tagFor, type RegisterReading } from "../lib/registers.ts";
import { withTag } from "../lib/tag-draft.ts";
import { adapterUrl, parseTagKeys } from "../lib/tags.ts";
import { sendToHub } from "./browser-world.ts";
import type { DeviceProps } from "./device-view.tsx";
import { draftOf } from "./use-draft.ts";

/** Makes a tag of registers: it goes into the draft, in the first group of the device, and the draft is shown. */
export function useDraftTag({
  adapter: { name },
  device: { id },
  go,
}: Pick<DeviceProps, "adapter" | "device" | "go">): (reading: RegisterReading) => void {
  const add = async (reading: RegisterReading): Promise<void> => {
    const keys = await asking(`${adapterUrl(name)}/tag-keys`, parseTagKeys)(sendToHub);
    const devices = keys.kind === "done" ? (keys.value?.devices ?? []) : [];
    const [group] = devices.find(({ device }) => device === id)?.groups ?? [];
    const draft = draftOf(name, id);
    draft.set(withTag(draft.get(), null, tagFor(reading, group)));
    go({ tab: "tags", filter: "" });
  };
  return (reading) => void add(reading);
}
