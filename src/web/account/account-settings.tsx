import { useEffect, useState } from 'preact/hooks';
import type { Sessions } from '../../contract/api/account-schemas.ts';
import { formatDateTime } from '../i18n/format.ts';
import { t } from '../i18n/messages.tsx';
import { useOpenedOnce } from '../state/use-history.ts';
import { Confirmed } from './confirmed.tsx';
import { Field } from './field.tsx';
import { makePasskey } from './passkey-ceremonies.ts';
import type { Account, AccountView } from './use-account.ts';

interface SettingsProps {
  readonly view: AccountView;
  readonly account: Account;
  /** Called when the history of the account has changed. */
  readonly changed: () => void;
}

/** How the account is opened, where it is open, and the ways out. */
export function Settings(props: SettingsProps) {
  const { isOpened, onToggle } = useOpenedOnce();
  return (
    <details class="account-settings" onToggle={onToggle}>
      <summary>{t('account.settings')}</summary>
      {isOpened && <Inside {...props} />}
    </details>
  );
}

function Inside({ view, account, changed }: SettingsProps) {
  const { client, act } = view;
  const erase = () =>
    act(async () => {
      await client.eraseHistory();
      changed();
      return t('account.erased');
    });
  const remove = () =>
    act(async () => {
      await client.deleteAccount();
      return t('account.deleted');
    });
  return (
    <div class="account-inside">
      <Passkeys view={view} account={account} />
      {account.email !== undefined && view.state?.methods.email && <Password view={view} />}
      <OpenSessions view={view} />
      <p>
        <a href={client.exportUrl} download="my-account.json">
          {t('account.export')}
        </a>
      </p>
      <p>
        <a href={client.tableUrl} download="my-account-history.csv">
          {t('account.table')}
        </a>
      </p>
      <Confirmed label={t('account.erase')} question={t('account.erase.sure')} confirm={erase} />
      <Confirmed label={t('account.delete')} question={t('account.delete.sure')} confirm={remove} />
    </div>
  );
}

function Passkeys({ view: { client, act, isBusy }, account }: Pick<SettingsProps, 'view' | 'account'>) {
  const add = () => act(() => makePasskey(client, 'add', ''));
  const remove = (id: string) => act(() => client.removePasskey(id));
  return (
    <section>
      <h4>{t('account.passkeys')}</h4>
      <ul>
        {account.passkeys.map(({ id, name, created_at }) => (
          <li key={id}>
            <bdi>{name || t('account.passkeys.of', { date: formatDateTime(created_at) })}</bdi>{' '}
            <button type="button" class="link" aria-disabled={isBusy} onClick={() => void remove(id)}>
              {t('account.remove')}
            </button>
          </li>
        ))}
      </ul>
      <button type="button" aria-disabled={isBusy} onClick={() => void add()}>
        {t('account.passkeys.add')}
      </button>
    </section>
  );
}

function Password({ view: { client, act, isBusy } }: Pick<SettingsProps, 'view'>) {
  const [password, setPassword] = useState('');
  const save = async () => {
    const isDone = await act(async () => {
      await client.setPassword(password);
      return t('account.password.done');
    });
    if (isDone) setPassword('');
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <h4>{t('account.password')}</h4>
      <Field
        label={t('account.password.about')}
        type="password"
        value={password}
        write={setPassword}
        autoComplete="new-password"
        isNeeded
      />
      <button type="submit" aria-disabled={isBusy}>
        {t('account.password.set')}
      </button>
    </form>
  );
}

function OpenSessions({ view: { client, act, isBusy } }: Pick<SettingsProps, 'view'>) {
  const [sessions, setSessions] = useState<Sessions['sessions']>([]);
  const load = async () => setSessions(await client.sessions());
  useEffect(() => void load().catch(() => undefined), []);
  const end = (id?: string) =>
    act(async () => {
      await client.endSessions(id);
      await load();
    });
  return (
    <section>
      <h4>{t('account.sessions')}</h4>
      <ul>
        {sessions.map(({ id, current, created_at, user_agent }) => (
          <li key={id}>
            <bdi>{current ? t('account.sessions.this') : user_agent}</bdi>{' '}
            {t('account.sessions.since', { date: formatDateTime(created_at) })}{' '}
            {!current && (
              <button type="button" class="link" aria-disabled={isBusy} onClick={() => void end(id)}>
                {t('account.signOut')}
              </button>
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 && (
        <button type="button" aria-disabled={isBusy} onClick={() => void end()}>
          {t('account.sessions.others')}
        </button>
      )}
    </section>
  );
}
