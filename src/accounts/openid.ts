import { hash } from 'node:crypto';
import { genericOAuth } from 'better-auth/plugins/generic-oauth';
import { newUnusedAddress } from './unused-address.ts';

/** A provider, and this exchange as its client. */
export interface OpenidSetup {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The id of the one provider, in the address that it sends browsers back to. */
export const openidId = 'openid';

/** The plugin for an OpenID Connect provider, which is discovered at its issuer (OpenID Connect Discovery 1.0). */
export const openidProvider = ({ issuer, clientId, clientSecret }: OpenidSetup) =>
  genericOAuth({
    config: [
      {
        providerId: openidId,
        discoveryUrl: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
        clientId,
        clientSecret,
        scopes: ['openid', 'profile', 'email'],
        pkce: true,
        requireIdTokenVerification: true,
        mapProfileToUser: (profile) => {
          const subject = String(profile.sub ?? profile.id ?? '');
          // A provider may withhold the address. This one is the same at each sign-in.
          const email = profile.email ?? newUnusedAddress(() => hash('sha256', `${issuer} ${subject}`));
          return { email, name: profile.name || profile.email || 'Random File Exchange' };
        },
      },
    ],
  });
