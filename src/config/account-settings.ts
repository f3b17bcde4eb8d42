import type { Config } from './settings.ts';

/** The settings that accounts have; the others have defaults. */
const ofAccounts = ['SMTP_URL', 'MAIL_FROM', 'OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'] as const;

/** The fault in the settings of accounts, as a sentence for the operator; undefined if there is none. */
export function faultOfAccounts(config: Config): string | undefined {
  const { ACCOUNTS, SMTP_URL, MAIL_FROM, OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = config;
  const useless = ACCOUNTS === 'off' ? ofAccounts.find((name) => config[name] !== '') : undefined;
  if (useless) return `${useless} is set, but ACCOUNTS is off; switch it on.`;
  if (ACCOUNTS === 'off') return undefined;
  if (!isSecureOrigin(config.BASE_URL.origin))
    return `ACCOUNTS is ${ACCOUNTS}, but BASE_URL names no https address that browsers use (or http://localhost:8080/ for a try); passkeys and cookies depend on it.`;
  if ((SMTP_URL === '') !== (MAIL_FROM === '')) return 'Of SMTP_URL and MAIL_FROM only one is set; set both or none.';
  const openid = [OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET];
  if (openid.some((value) => value === '') && openid.some((value) => value !== ''))
    return 'Of OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET not all are set; set all or none.';
  if (OIDC_ISSUER !== '' && !/^https?:$/.test(URL.parse(OIDC_ISSUER)?.protocol ?? ''))
    return `OIDC_ISSUER is "${OIDC_ISSUER}", but it must be an address such as https://login.example.org.`;
  return undefined;
}

/** Browsers make passkeys and `Secure` cookies for these (W3C Secure Contexts). An address by number has no passkeys. */
function isSecureOrigin(origin: string | undefined): boolean {
  const url = URL.parse(origin ?? '');
  if (!url || /^[\d.]+$|^\[/.test(url.hostname)) return false;
  return url.protocol === 'https:' || url.hostname === 'localhost';
}
