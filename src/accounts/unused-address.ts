/** better-auth has an e-mail address for every account. One without gets an address that cannot exist (RFC 6761, section 6.4). */

const unusedDomain = '@account.invalid';

export const newUnusedAddress = (randomId: () => string): string => `${randomId().toLowerCase()}${unusedDomain}`;

/** The address of an account, if it has one. */
export const realAddress = (email: string): string | undefined => (email.endsWith(unusedDomain) ? undefined : email);
