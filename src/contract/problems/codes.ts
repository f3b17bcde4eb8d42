/** The table of all problems: status, title and advice by code. `docs/guide/problems.md` is generated from it. */
import { fileKinds, maxNoteLength, reportReasons, thanks } from '../vocabulary.ts';
import { type ProblemDefinition, problem } from './definition.ts';
import { roomProblems } from './room-codes.ts';

export const problems = {
  'bad-request': problem(400, 'Bad request', 'The request could not be understood.'),
  'form-expected': problem(400, 'A form is expected', 'Send the file as multipart/form-data in the field "file".'),
  'form-broken': problem(
    400,
    'The form is broken',
    'The multipart form could not be read to its end; nothing was kept. Send it again.',
  ),
  'field-missing': problem(400, 'No file in the form', 'The form has no file in the field "file"; nothing was kept.'),
  'no-file-chosen': problem(400, 'No file chosen', 'The field "file" came without a file name; choose a file first.'),
  'too-many-files': problem(
    400,
    'More than one file',
    'One file at a time, please; nothing was kept. Give each file on its own.',
  ),
  'file-empty': problem(
    400,
    'The file is empty',
    'The file has no bytes; a stranger would get nothing. Nothing was kept.',
  ),
  'upload-cut': problem(
    400,
    'The upload was cut',
    'The connection ended before the whole file was here; nothing was kept.',
  ),
  'key-broken': problem(
    400,
    'The key is broken',
    'An Idempotency-Key is 22 to 128 characters of A–Z, a–z, 0–9, - and _, made at random for one gift; nothing was kept.',
  ),
  'thanks-unknown': problem(
    400,
    'Unknown thanks',
    `Say thanks as {"emoji": "${thanks[0]}"} with one of ${thanks.join(' ')}; anything else is not passed on.`,
  ),
  'report-broken': problem(
    400,
    'The report is broken',
    `Report as {"reason": "${reportReasons[0]}"} with one of ${reportReasons.join(', ')}, and if you like a "note" of at most ${maxNoteLength} characters.`,
  ),
  'kind-unknown': problem(
    400,
    'Unknown kind',
    `Ask for kinds as kind=image or kind=image,audio, for any as kind=any, or with a gift or its ticket for one of the same kind as match=kind. The kinds are ${fileKinds.join(', ')}. Nothing was kept or drawn.`,
  ),
  'life-broken': problem(
    400,
    'No such life',
    'Name the life of a gift as 90s, 45m, 12h, 3d or 2w, or its end as 2026-12-24T18:00:00Z, at least a minute from now. Nothing was kept or changed.',
  ),
  'ticket-missing': problem(
    401,
    'A ticket is needed',
    'Send the ticket that your gift earned as "Authorization: Bearer <ticket>" or "Exchange-Ticket: <ticket>".',
  ),
  'challenge-over': problem(
    400,
    'The attempt is over',
    'This attempt to sign in took too long or was used before. Begin again.',
  ),
  'password-unfit': problem(400, 'The password does not fit', 'A password has 12 to 128 characters.'),
  'openid-refused': problem(
    400,
    'Not signed in',
    'The sign-in at the provider was not completed in this browser. Begin again.',
  ),
  'account-needed': problem(
    401,
    'Sign in first',
    'This needs an account: sign in on the page, and send the cookie that it got.',
  ),
  'session-over': problem(
    401,
    'You were signed out',
    'The session is over; nothing was kept. Sign in again, or go on without an account where the exchange allows it.',
  ),
  'sign-in-failed': problem(
    401,
    'Not signed in',
    'That did not prove who you are. Try again, or sign in in another way.',
  ),
  'session-stale': problem(
    403,
    'Sign in again',
    'For this you must have signed in within the last 15 minutes. Sign in again, then repeat it.',
  ),
  'embed-refused': problem(
    403,
    'Not as part of another page',
    'Links, forms, images and frames of other pages, and scripts that cannot read the answer, give nothing and draw nothing here. Nothing has changed.',
  ),
  'free-draws-off': problem(
    403,
    'Give first',
    'This exchange gives nothing away without a ticket: give a file to earn one.',
  ),
  'accounts-off': problem(404, 'No accounts here', 'This exchange has no accounts.'),
  'method-off': problem(404, 'Not offered here', 'This exchange does not offer this way to sign in.'),
  'not-found': problem(404, 'Not found', 'There is nothing at this address.'),
  'pool-empty': problem(
    404,
    'Nothing to draw yet',
    'There is no file for you in the pool yet. Try again later; a ticket stays good.',
  ),
  'ticket-unknown': problem(404, 'Unknown ticket', 'No such ticket was ever handed out here.'),
  'delivery-unknown': problem(404, 'Unknown delivery', 'There is no such delivery, or it ended long ago.'),
  'method-not-allowed': problem(405, 'Method not allowed', 'This address does not take this method.'),
  'too-slow': problem(
    408,
    'Too slow',
    'Bytes came too slowly or not at all; nothing was kept. Try again on a better connection.',
  ),
  'gift-drawn': problem(
    409,
    'Already drawn',
    'Your gift has been drawn already and cannot be taken back. Your ticket is still good.',
  ),
  'draw-made': problem(409, 'Your draw is made', 'You have drawn a file for this gift, so the gift stays where it is.'),
  'appeal-over': problem(
    409,
    'No appeal is possible',
    'This file was not removed, its removal was appealed before, or the time for an appeal is over.',
  ),
  'bytes-missing': problem(
    409,
    'Not all of it was sent',
    'The file was not sent whole, so it cannot have arrived. Fetch all of it, then acknowledge it.',
  ),
  'last-login': problem(
    409,
    'Your last passkey',
    'Without this passkey your account could not be opened any more. Add another way to sign in first, or delete the account.',
  ),
  'ticket-spent': problem(410, 'Ticket spent', 'This ticket has had its draw; give again for another.'),
  'ticket-withdrawn': problem(
    410,
    'Ticket withdrawn',
    'The gift of this ticket was taken back, and the ticket with it.',
  ),
  'ticket-expired': problem(410, 'Ticket expired', 'This ticket waited too long; give again.'),
  'delivery-over': problem(
    410,
    'Delivery over',
    'The time for this delivery is over. If the file had not arrived, its ticket is good again: draw anew.',
  ),
  'gift-damaged': problem(
    410,
    'The file was damaged',
    'The file was damaged in our keeping and is not passed on. Your ticket is good again: draw anew.',
  ),
  'too-large': problem(413, 'Too large', 'The file is larger than this exchange takes; nothing was kept.'),
  'executable-refused': problem(
    415,
    'Programs are refused',
    'That is a program. We do not pass programs on; nothing was kept.',
  ),
  'archive-refused': problem(
    415,
    'That archive is refused',
    'We cannot look through that archive; nothing was kept. Give what is in it on its own.',
  ),
  'file-refused': problem(
    422,
    'That file is refused',
    'The check of this exchange does not let that file in; nothing was kept.',
  ),
  'metadata-stays': problem(
    422,
    'Its metadata would stay',
    'We cannot remove what that file says about you, so nothing was kept. Give it as it is, or in another format.',
  ),
  'encoding-unknown': problem(
    415,
    'Not compressed, please',
    'Send the file as it is, without Content-Encoding; nothing was kept. A .gz file is welcome as a file of its own.',
  ),
  'range-refused': problem(
    416,
    'No part of a draw',
    'A draw without a ticket is whole or nothing: leave out Range. To resume, use the Content-Location of the first answer.',
  ),
  'range-unsatisfiable': problem(416, 'No such part', 'The file has no bytes in that range.'),
  'expectation-failed': problem(
    417,
    'Unknown expectation',
    'The only expectation that is met here is "Expect: 100-continue". Leave the header out.',
  ),
  'key-reused': problem(
    422,
    'The key was used before',
    'Another gift came with this Idempotency-Key before; nothing was kept. Make a new key for each gift, and repeat it only with the same file and giver.',
  ),
  'too-many-requests': problem(
    429,
    'Too many requests',
    'You have done this very often in a short time. Wait as long as Retry-After says.',
  ),
  'draw-delayed': problem(
    429,
    'Too many broken deliveries',
    'Several deliveries of this ticket broke off. It stays good and may draw again later: wait as long as Retry-After says.',
  ),
  'too-many-at-once': problem(
    429,
    'Too many at once',
    'Too many uploads, downloads or event streams from your address are open. Try again when one has ended.',
  ),
  unexpected: problem(
    500,
    'Something went wrong',
    'Something went wrong on our side. It has been logged; try again in a moment.',
  ),
  'mail-failing': problem(
    503,
    'The mail could not be sent',
    'The mail server does not take our mail right now. Try again later, or sign in in another way.',
  ),
  'openid-failing': problem(
    503,
    'The provider does not answer',
    'The provider that you sign in with does not answer right now. Try again later, or sign in in another way.',
  ),
  'prefetch-refused': problem(
    503,
    'Not ahead of time',
    'A draw takes a gift away for good, so it is not done ahead of a click.',
  ),
  'inspection-failing': problem(
    503,
    'The check is failing',
    'We cannot check files right now, so we take none that we have not checked; nothing was kept. Try again later.',
  ),
  'storage-failing': problem(
    503,
    'Storage is failing',
    'We cannot keep files safely right now; nothing was kept. Try again later.',
  ),
  'storage-full': problem(
    507,
    'No room',
    'There is no room for more files right now; nothing was kept. Try again later.',
  ),
  ...roomProblems,
} as const satisfies Record<string, ProblemDefinition>;

export type ProblemCode = keyof typeof problems;
