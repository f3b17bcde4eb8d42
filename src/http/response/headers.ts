/** Response headers that keep a stranger's bytes inert (R26, R31). */
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
 * The page runs its own bundle only: no inline script or style, no other host. It shows a file from memory (`blob:`) as an
 * image, audio or video.
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

/** The policy of the page's workers: they load their own scripts and fonts only. */
export const partPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'";

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
