/** Paths of all endpoints. The server declares its routes from them; clients fill in the parameter with `pathTo`. */
export const paths = {
  page: '/',
  serviceWorker: '/sw.js',
  manifest: '/manifest.webmanifest',
  favicon: '/favicon.svg',
  icon: '/icons/:icon',
  share: '/share',
  poolStats: '/api/pool/stats',
  poolEvents: '/api/pool/events',
  upload: '/api/upload',
  download: '/api/download',
  exchange: '/api/exchange',
  draws: '/api/draws',
  delivery: '/api/deliveries/:secret',
  received: '/api/deliveries/:secret/received',
  thanks: '/api/deliveries/:secret/thanks',
  report: '/api/deliveries/:secret/report',
  ticket: '/api/tickets/:ticket',
  ticketEvents: '/api/tickets/:ticket/events',
  appeal: '/api/tickets/:ticket/appeal',
  rooms: '/api/rooms',
  room: '/api/rooms/:code',
  roomEvents: '/api/rooms/:code/events',
  account: '/api/account',
  passkeyOptions: '/api/account/passkey-options',
  passkeys: '/api/account/passkeys',
  passkey: '/api/account/passkeys/:passkey',
  signInByPasskey: '/api/account/sign-in/passkey',
  signInLink: '/api/account/link',
  signInByLink: '/api/account/sign-in/link',
  signInByPassword: '/api/account/sign-in/password',
  signInByOpenid: '/api/account/sign-in/openid',
  openidReturn: '/api/account/callback/openid',
  password: '/api/account/password',
  signOut: '/api/account/sign-out',
  sessions: '/api/account/sessions',
  session: '/api/account/sessions/:session',
  accountHistory: '/api/account/history',
  accountHistoryTable: '/api/account/history.csv',
  historyEntry: '/api/account/history/:entry',
  accountExport: '/api/account/export.json',
  deskPage: '/admin',
  reviews: '/api/admin/reports',
  review: '/api/admin/reports/:hash',
  decision: '/api/admin/reports/:hash/decision',
  bans: '/api/admin/bans',
  auditLog: '/api/admin/audit',
  live: '/health/live',
  ready: '/health/ready',
  metrics: '/metrics',
  openapi: '/openapi.json',
  docs: '/docs',
  docsPage: '/docs/:page',
  operatorPage: '/pages/:page',
  robots: '/robots.txt',
  securityContact: '/.well-known/security.txt',
} as const;

/** In place of a ticket in a path: the ticket in the headers of the request. */
export const currentTicket = 'current';

/** Fills the one parameter of a path: `pathTo(paths.delivery, secret)`. */
export function pathTo(path: string, parameter: string): string {
  return path.replace(/:[a-z]+/, encodeURIComponent(parameter));
}

/** Request and response headers of the contract. */
export const headers = {
  giver: 'Exchange-Giver',
  ticket: 'Exchange-Ticket',
  idempotencyKey: 'Idempotency-Key',
  expires: 'Exchange-Expires',
  stripMetadata: 'Exchange-Strip-Metadata',
  room: 'Exchange-Room',
} as const;
