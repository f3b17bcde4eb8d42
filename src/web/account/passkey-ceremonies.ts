/** The ceremonies of passkeys in the browser (WebAuthn). */
import { startAuthentication, startRegistration } from '@simplewebauthn/browser';
import type { AccountClient } from '../../contract/account-client.ts';
import { CeremonyCancelled } from './use-account.ts';

/** Makes a passkey: for a new account, or for the one of the session. Throws `CeremonyCancelled`. */
export async function makePasskey(client: AccountClient, purpose: 'sign-up' | 'add', name: string): Promise<void> {
  const optionsJSON = (await client.passkeyOptions(purpose, name)) as Parameters<
    typeof startRegistration
  >[0]['optionsJSON'];
  const credential = await startRegistration({ optionsJSON }).catch(cancelled);
  await client.addPasskey(credential, name);
}

/** Signs in with a passkey of this device or another one. Throws `CeremonyCancelled`. */
export async function signInByPasskey(client: AccountClient): Promise<void> {
  const optionsJSON = (await client.passkeyOptions('sign-in')) as Parameters<
    typeof startAuthentication
  >[0]['optionsJSON'];
  await client.signInByPasskey(await startAuthentication({ optionsJSON }).catch(cancelled));
}

/** Browsers tell hardly why a ceremony failed, so that a page learns nothing about passkeys. */
function cancelled(cause: unknown): never {
  throw new CeremonyCancelled('the ceremony was broken off', { cause });
}
