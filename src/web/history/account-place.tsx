import type { AccountPanel } from '../account/account.tsx';
import { lazyPart, useLoaded } from '../ui/use-loaded.ts';

const account = lazyPart(() => import('../account/account.tsx'));

/** The account above the list, where the exchange has accounts. */
export function AccountPlace(props: Parameters<typeof AccountPanel>[0]) {
  const part = useLoaded(account);
  return part ? <part.AccountPanel {...props} /> : props.list;
}
