import { passkey } from '@better-auth/passkey';
import { newUnusedAddress } from './unused-address.ts';

/** The plugin for passkeys. A passkey that proves itself outside of a session makes an account. */
export const passkeys = (origin: string, randomId: () => string) =>
  passkey({
    rpID: new URL(origin).hostname,
    rpName: 'Random File Exchange',
    origin,
    // Discoverable: signing in needs no name.
    authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
    registration: {
      requireSession: false,
      resolveUser: async ({ context }) => {
        const name = context?.trim() || defaultName;
        return { id: randomId(), name, displayName: name };
      },
      afterVerification: async ({ ctx, user }) => {
        const known = await ctx.context.internalAdapter.findUserById(user.id);
        if (known) return;
        const { name } = user;
        const email = newUnusedAddress(randomId);
        const created = await ctx.context.internalAdapter.createUser(
          { name, email, emailVerified: false },
          { method: 'passkey' },
        );
        return { userId: created.id };
      },
    },
    advanced: { webAuthnChallengeCookie: 'challenge' },
    schema: { passkey: table },
  });

/** See `020-accounts.ts`. */
const table = {
  modelName: 'auth_passkey',
  fields: {
    userId: 'user_id',
    publicKey: 'public_key',
    credentialID: 'credential_id',
    deviceType: 'device_type',
    backedUp: 'backed_up',
    createdAt: 'created_at',
  },
} as const;

/** The name of an account whose owner gives none; a passkey manager shows it. */
const defaultName = 'Random File Exchange';
