import { useState } from 'preact/hooks';
import type { AccountState } from '../../contract/api/account-schemas.ts';
import { currentLanguage } from '../i18n/languages.ts';
import { t } from '../i18n/messages.tsx';
import { Field } from './field.tsx';
import { makePasskey, signInByPasskey } from './passkey-ceremonies.ts';
import type { AccountView } from './use-account.ts';

interface SignInProps {
  readonly view: AccountView;
  readonly methods: AccountState['methods'];
  readonly isRequired: boolean;
  /** The token of a link from a mail that led here. */
  readonly linkToken: string | undefined;
}

/** The ways to sign in, passkeys first. */
export function SignInForm({ view, methods, isRequired, linkToken }: SignInProps) {
  const { client, act, isBusy } = view;
  const [name, setName] = useState('');
  const by = (work: () => Promise<void>) => () => void act(work);
  return (
    <>
      <p class="quiet">{isRequired ? t('account.required') : t('account.about')}</p>
      {linkToken !== undefined && (
        <button type="button" class="primary" aria-disabled={isBusy} onClick={by(() => client.signInByLink(linkToken))}>
          {t('account.link.open')}
        </button>
      )}
      <div class="row">
        <button type="button" aria-disabled={isBusy} onClick={by(() => signInByPasskey(client))}>
          {t('account.signIn')}
        </button>
        {methods.openid !== undefined && (
          <button
            type="button"
            aria-disabled={isBusy}
            onClick={by(async () => location.assign(await client.startOpenid()))}
          >
            {t('account.openid', { name: methods.openid })}
          </button>
        )}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          by(() => makePasskey(client, 'sign-up', name.trim()))();
        }}
      >
        <Field label={t('account.name')} value={name} write={setName} maxLength={64} autoComplete="nickname" />
        <button type="submit" aria-disabled={isBusy}>
          {t('account.make')}
        </button>
      </form>
      {methods.email && <ByEmail view={view} />}
    </>
  );
}

/** Sends a link, or takes the password of an account that has one. */
function ByEmail({ view: { client, act, isBusy } }: Pick<SignInProps, 'view'>) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const sendLink = () =>
    act(async () => {
      await client.sendLink(email.trim(), currentLanguage());
      return t('account.link.sent');
    });
  const signIn = () => act(() => client.signInByPassword(email.trim(), password));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void (password === '' ? sendLink() : signIn());
      }}
    >
      <Field label={t('account.email')} type="email" value={email} write={setEmail} autoComplete="email" isNeeded />
      <details>
        <summary>{t('account.password.signIn')}</summary>
        <Field
          label={t('account.password')}
          type="password"
          value={password}
          write={setPassword}
          autoComplete="current-password"
        />
      </details>
      <button type="submit" aria-disabled={isBusy}>
        {password === '' ? t('account.link') : t('account.password.signIn')}
      </button>
    </form>
  );
}
