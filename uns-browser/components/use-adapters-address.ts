import {
  adaptersSearch,
  readAdaptersAddress,
  type AdaptersAddress,
} from "../lib/adapters-address.ts";
import { usePageAddress, type GoTo as GoToAddress } from "./use-page-address.ts";

export type GoTo = GoToAddress<AdaptersAddress>;

const FORM = { read: readAdaptersAddress, write: adaptersSearch };

export function useAdaptersAddress(): readonly [address: AdaptersAddress, go: GoTo] {
  return usePageAddress(FORM);
}
