import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { createAccountClient } from '../../contract/account-client.ts';
import { openidFailures } from '../../contract/vocabulary.ts';
import type { Failure } from '../failures.ts';
import { useMessages } from '../i18n/message-parts.ts';
import { failureSentence, t } from '../i18n/messages.tsx';
import { ownPath } from '../own-address.ts';
import type { LocalStore } from '../state/storage.ts';
import './account.css';
import { Settings } from './account-settings.tsx';
import { AccountList, type ListProps } from './history-list.tsx';
import { signInByPasskey } from './passkey-ceremonies.ts';
import { SignInForm } from './sign-in.tsx';
import { TakeOver, useTakeOverOffer } from './take-over.tsx';
import { type Account, type AccountView, useAccount } from './use-account.ts';

interface AccountPanelProps extends ListProps {
  readonly store: LocalStore;
  /** The list of this browser alone. */
  readonly list: preact.VNode;
}

/** The account, and the list of exchanges with its history. */
export function AccountPanel(props: AccountPanelProps) {
  const hasMessages = useMessages('account');
  return hasMessages ? <Panel {...props} /> : props.list;
}

function Panel({ list, store, ...listProps }: AccountPanelProps) {
  const client = useMemo(() => createAccountClient(ownPath()), []);
  const { linkToken, failure } = useArrival();
  const view = useAccount(client, failure, () => t('account.cancelled'));
  const [version, setVersion] = useState(0);
  const account = view.state?.account;
  const offer = useTakeOverOffer(account?.created_at);
  const changed = () => setVersion(version + 1);
  return (
    <>
      <section class="account" aria-labelledby="account-heading">
        <h3 id="account-heading">{t('account')}</h3>
        <Outcome view={view} />
        {view.state && !account && (
          <SignInForm view={view} methods={view.state.methods} isRequired={view.state.required} linkToken={linkToken} />
        )}
        {account && <SignedIn view={view} account={account} />}
        {account && offer.entries.length > 0 && <TakeOver {...{ view, offer, store, changed }} />}
        {account && <Settings view={view} account={account} changed={changed} />}
      </section>
      {account ? <AccountList {...listProps} {...{ view, version, changed }} heardMissing={offer.hear} /> : list}
    </>
  );
}

function SignedIn({ view: { client, act, isBusy }, account }: { view: AccountView; account: Account }) {
  const signOut = () =>
    act(async () => {
      await client.signOut();
      return t('account.signedOut');
    });
  return (
    <p>
      {t('account.signedIn', { name: account.email ?? account.name })}{' '}
      {account.role !== 'member' && <span class="soft">{t(`account.role.${account.role}`)}</span>}{' '}
      <button type="button" class="link" aria-disabled={isBusy} onClick={() => void signOut()}>
        {t('account.signOut')}
      </button>
    </p>
  );
}

/** The outcome of the last action. The element exists from the start: screen readers miss one that comes later. */
function Outcome({ view: { client, act, isBusy, failure, notice } }: { readonly view: AccountView }) {
  const again = () => act(() => signInByPasskey(client));
  return (
    <>
      <p class={failure ? 'notice' : notice ? 'account-news' : 'only-heard'} role="status">
        {failure ? failureSentence(failure) : notice}
      </p>
      {failure?.code === 'session-stale' && (
        <button type="button" aria-disabled={isBusy} onClick={() => void again()}>
          {t('account.again')}
        </button>
      )}
    </>
  );
}

/** The token of a link from a mail, or the failure of a sign-in elsewhere, in the address. The address forgets it at once. */
function useArrival() {
  const arrival = useRef(arrivalIn(location.hash)).current;
  useEffect(() => {
    if (arrival.isNamed) history.replaceState(history.state, '', '#mine');
  }, []);
  return arrival;
}

function arrivalIn(hash: string): {
  readonly isNamed: boolean;
  readonly linkToken: string | undefined;
  readonly failure: Failure | undefined;
} {
  const [, name = '', value = ''] = /^#(sign-in|account)(?:=(.*))?$/.exec(hash) ?? [];
  const code = openidFailures.find((known) => known === value);
  return {
    isNamed: name !== '',
    linkToken: name === 'sign-in' && value !== '' ? decodeURIComponent(value) : undefined,
    failure: name === 'account' && code ? { code } : undefined,
  };
}
