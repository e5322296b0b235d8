import { useEffect, useState } from "react";
import { parseAbout } from "../lib/about.ts";
import { asking } from "../lib/poll.ts";
import { sendToHub } from "./browser-world.ts";

/** Where MQTT servers usually listen; also of a hub that does not say. */
const USUAL = 1883;

/** Where the hub takes MQTT without encryption. */
export function useMqttPort(): number {
  const [port, setPort] = useState(USUAL);
  useEffect(() => {
    let isOpen = true;
    const ask = async (): Promise<void> => {
      const answer = await asking("/api/v1/about", parseAbout)(sendToHub);
      if (!isOpen || answer.kind !== "done") return;
      const address = answer.value?.listeners.find(({ kind }) => kind === "mqtt")?.address;
      const said = Number(address?.split(":").at(-1));
      if (Number.isInteger(said) && said > 0) setPort(said);
    };
    void ask();
    return () => {
      isOpen = false;
    };
  }, []);
  return port;
}
