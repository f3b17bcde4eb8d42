/** Texts of the operator: rules, privacy and contact, and where to report weaknesses. */
import { Problem } from '../../contract/problems/problem.ts';
import { operatorPages } from '../../contract/vocabulary.ts';
import type { Handler } from '../context.ts';
import { instant } from '../response/serializers.ts';

const text = 'text/plain; charset=utf-8';

/** `GET /pages/:page` */
export const getOperatorPage: Handler = async ({ readPage }, { params }, reply) => {
  const page = operatorPages.find((name) => name === params.page);
  const content = page && (await readPage(page));
  if (content === undefined) throw new Problem('not-found');
  return reply.type(text).send(content);
};

/** How long a contact may be relied on. RFC 9116 recommends less than a year (2.5.5). */
const contactLife = 180 * 86_400_000;

/** `GET /.well-known/security.txt` */
export const getSecurityContact: Handler = ({ settings, exchange }, _request, reply) => {
  if (settings.SECURITY_CONTACT === '') throw new Problem('not-found');
  const until = instant(exchange.now() + contactLife);
  return reply.type(text).send(`Contact: ${settings.SECURITY_CONTACT}\nExpires: ${until}\n`);
};
