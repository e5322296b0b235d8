/** A lab behind a troubled network, and the adapter with the times that it has in a plant; time passes by `warped`. */
import { warped } from "./warped-clock.ts";
import { labNode, OpcUaLab, type LabOptions } from "./opcua-lab.ts";
import { FreezableProxy } from "./opcua-proxy.ts";
import type { AdapterTuning } from "../../adapters/opcua/src/adapter.ts";
import { OpcUaRun } from "./opcua-run.ts";

export interface TroubledLab extends AsyncDisposable {
  readonly lab: OpcUaLab;
  readonly proxy: FreezableProxy;
  readonly run: OpcUaRun;
}

export interface TroubleWishes {
  readonly names: readonly string[];
  readonly lab?: LabOptions;
  /** More of the adapter's configuration. */
  readonly more?: object;
  /** Left out: the adapter's own. */
  readonly tuning?: AdapterTuning;
}

/** Everything is born when it resolves. */
export async function openTroubledLab(wishes: TroubleWishes): Promise<TroubledLab> {
  const stack = new AsyncDisposableStack();
  try {
    const parts = await openParts(stack, wishes);
    await warped.until(() => parts.run.count("born") === 1);
    return { ...parts, [Symbol.asyncDispose]: () => warped.finish(stack.disposeAsync()) };
  } catch (cause) {
    await warped.finish(stack.disposeAsync());
    throw cause;
  }
}

async function openParts(
  stack: AsyncDisposableStack,
  { names, lab: options = {}, more = {}, tuning }: TroubleWishes,
): Promise<Omit<TroubledLab, keyof AsyncDisposable>> {
  const lab = stack.use(await OpcUaLab.start(options));
  for (const name of names) lab.addDouble(name, 0);
  const proxy = stack.use(await FreezableProxy.start(lab.port));
  const tags = names.map((name) => ({ name, node: labNode(name) }));
  const run = stack.use(
    await OpcUaRun.start(
      {
        ...lab.config(tags, { offlineGrace: "10s", ...more }),
        endpoint: `opc.tcp://127.0.0.1:${proxy.port}`,
      },
      tuning,
    ),
  );
  return { lab, proxy, run };
}
