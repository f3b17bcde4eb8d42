/** A real OpenID Connect provider (https://github.com/panva/node-oidc-provider) with one client and a user for each login. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OpenidProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  close(): Promise<void>;
}

/** The claims of a user who signs in as this login: `sub`, and an address that may be unverified or missing. */
interface Claims {
  readonly sub: string;
  readonly name: string;
  readonly email?: string;
  readonly email_verified?: boolean;
}

/** Starts a provider whose client returns to `redirectUri`. `claimsOf` answers the claims of a login. */
export async function startOpenidProvider(
  redirectUri: string,
  claimsOf: (login: string) => Claims,
): Promise<OpenidProvider> {
  const { default: Provider } = (await import('oidc-provider' as string)) as { default: ProviderClass };
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [clientId, clientSecret] = ['exchange', 'a secret of the client'];
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_context: unknown, login: string) => ({ accountId: login, claims: () => claimsOf(login) }),
    // The development pages ask for any login and password.
    features: { devInteractions: { enabled: true } },
  });
  server.on('request', provider.callback());
  return {
    issuer,
    clientId,
    clientSecret,
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

type ProviderClass = new (issuer: string, configuration: object) => { callback(): (...args: unknown[]) => void };

/** Signs in at the provider as a browser would, from the address that the exchange sent it to; answers where it is sent back to. */
export async function signInAtProvider(start: string, login: string): Promise<string> {
  const cookies = new Map<string, string>();
  const visit = async (address: string, form?: Record<string, string>): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const init = form ? { method: 'POST', body: new URLSearchParams(form) } : {};
    const response = await fetch(address, { ...init, redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    return response;
  };
  const { origin } = new URL(start);
  let address = start;
  for (let step = 0; step < 12; step++) {
    const response = await visit(address);
    const next = response.headers.get('location');
    if (next !== null) {
      address = new URL(next, address).href;
      if (new URL(address).origin !== origin) return address;
      continue;
    }
    const page = await response.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    const action = /action="([^"]+)"/.exec(page)?.[1];
    if (!prompt || !action) throw new Error(`no form at ${address}: ${page.slice(0, 300)}`);
    const answer = await visit(new URL(action, address).href, {
      prompt,
      ...(prompt === 'login' && { login, password: 'x' }),
    });
    address = new URL(answer.headers.get('location') ?? '', address).href;
    if (new URL(address).origin !== origin) return address;
  }
  throw new Error('the provider sends the browser in circles');
}
