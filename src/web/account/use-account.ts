/** The account of this browser's session, and attempts to change it. */
import { useEffect, useState } from 'preact/hooks';
import type { AccountClient } from '../../contract/account-client.ts';
import type { AccountState } from '../../contract/api/account-schemas.ts';
import { type Failure, failureOf, requestFailureOf } from '../failures.ts';

export type Account = NonNullable<AccountState['account']>;

/** The account view's state and its one way to do something. */
export interface AccountView {
  readonly client: AccountClient;
  /** Undefined while it is being asked for. */
  readonly state: AccountState | undefined;
  readonly isBusy: boolean;
  readonly failure: Failure | undefined;
  /** A sentence about what was done last. */
  readonly notice: string | undefined;
  /** Does something, asks for the state again, and tells the sentence that the work answers, if any; or the failure. True if it was done. */
  act(work: () => Promise<unknown>): Promise<boolean>;
}

/** A passkey ceremony that its owner has broken off. */
export class CeremonyCancelled extends Error {
  override readonly name = 'CeremonyCancelled';
}

/** Asks for the account at first; `first` is a failure that led here. */
export function useAccount(client: AccountClient, first: Failure | undefined, cancelled: () => string): AccountView {
  const [state, setState] = useState<AccountState>();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | undefined>(first);
  const [notice, setNotice] = useState<string>();
  const refresh = async () => {
    try {
      setState(await client.state());
    } catch (error) {
      // The answer has taken the cookie away, so the next one is without an account.
      if (failureOf(error).code !== 'session-over') throw error;
      setFailure(failureOf(error));
      setState(await client.state());
    }
  };
  const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    try {
      const sentence = await work();
      setNotice(typeof sentence === 'string' ? sentence : undefined);
      setFailure(undefined);
      return true;
    } catch (error) {
      const isCancelled = error instanceof CeremonyCancelled;
      setNotice(isCancelled ? cancelled() : undefined);
      setFailure(isCancelled ? undefined : requestFailureOf(error));
      return false;
    } finally {
      await refresh().catch(() => undefined);
      setBusy(false);
    }
  };
  useEffect(() => {
    refresh().catch((error) => setFailure(requestFailureOf(error)));
  }, [client]);
  return { client, state, isBusy, failure, notice, act: (work) => (isBusy ? Promise.resolve(false) : attempt(work)) };
}
