/** What every answer says about itself, so that a stranger's bytes stay inert (R26, R31). */
import { create as disposition } from 'content-disposition';

export const everyAnswer = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const;

export const apiAnswer = {
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex, nofollow',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/**
 * The page runs its own bundle and nothing else: no inline script, no inline style, no other host. What it shows of a
 * file comes from memory (`blob:`) as a picture, a sound or a film.
 */
export const pageAnswer = {
  'cache-control': 'no-cache',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    'media-src blob:',
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
} as const;

/** What the page's workers may do: load their own scripts and fonts, and nothing else. */
export const partPolicy =
  "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'";

/** The headers of a gift on its way out: always an attachment, never anything that a browser would run. */
export function giftHeaders(gift: { readonly name: string; readonly sha256: string }) {
  return {
    'content-type': 'application/octet-stream',
    'content-disposition': disposition(gift.name),
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': 'no-store',
    'x-robots-tag': 'noindex, nofollow',
    'accept-ranges': 'bytes',
    etag: `"${gift.sha256}"`,
    'repr-digest': `sha-256=:${Buffer.from(gift.sha256, 'hex').toString('base64')}:`,
  } as const;
}
