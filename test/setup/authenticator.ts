/** Chromium's virtual authenticator (https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn/). */
import type { CDPSession, Page } from 'playwright-core';

export interface Authenticator {
  /** The passkeys that it holds, for another page's authenticator. */
  credentials(): Promise<readonly object[]>;
  add(credentials: readonly object[]): Promise<void>;
  /** Removes all its passkeys. */
  clear(): Promise<void>;
}

/** Gives a page a built-in authenticator whose owner agrees at once. */
export async function addAuthenticator(page: Page): Promise<Authenticator> {
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    credentials: async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    add: async (credentials) => {
      for (const credential of credentials)
        await session.send('WebAuthn.addCredential', { authenticatorId, credential: credential as never });
    },
    clear: async () => {
      await session.send('WebAuthn.clearCredentials', { authenticatorId });
    },
  };
}
