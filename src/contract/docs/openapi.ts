/** The contract as an OpenAPI 3.1 document, generated from the tables that the server uses. */
import type { Endpoint, EndpointAnswer } from '../api/endpoint.ts';
import { endpoints } from '../api/endpoints.ts';
import { headers as names } from '../api/paths.ts';
import { ProblemSchema } from '../api/schemas.ts';
import { problems } from '../problems/codes.ts';

type Json = Record<string, unknown>;

/** Builds the document; `version` is the program's, `server` the address of the service, if it knows it. */
export function openapi(version: string, server?: string): Json {
  const byPath: Record<string, Json> = {};
  for (const endpoint of endpoints as readonly Endpoint[]) {
    const path = endpoint.path.replaceAll(/:([a-z]+)/g, '{$1}');
    byPath[path] = { ...byPath[path], [endpoint.method.toLowerCase()]: operation(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Random File Exchange',
      version,
      description: "You give a file; you get a random stranger's file.",
      license: { name: 'MIT', identifier: 'MIT' },
    },
    ...(server === undefined ? {} : { servers: [{ url: server }] }),
    paths: byPath,
    components: {
      schemas: { Problem: ProblemSchema },
      securitySchemes: {
        ticket: { type: 'http', scheme: 'bearer' },
        ticketHeader: { type: 'apiKey', in: 'header', name: names.ticket },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-exchange.session_token' },
      },
    },
  };
}

const byTicket = [{ ticket: [] }, { ticketHeader: [] }];

/** The ways to prove who asks; an empty one where the request may be anonymous. */
function security({ ticket, account }: Endpoint): Json[] {
  const ways = [...(ticket ? byTicket : []), ...(account ? [{ session: [] }] : [])];
  const isNeeded = ticket === 'needed' || account === 'needed';
  return ways.length > 0 && !isNeeded ? [{}, ...ways] : ways;
}

function operation(endpoint: Endpoint): Json {
  const parameters = [...pathParameters(endpoint.path), ...namedParameters(endpoint)];
  return {
    operationId: endpoint.name,
    summary: endpoint.summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(endpoint.upload ? { requestBody: requestBody(endpoint.upload) } : {}),
    ...(endpoint.body ? { requestBody: { required: true, content: json(endpoint.body) } } : {}),
    ...(endpoint.ticket || endpoint.account ? { security: security(endpoint) } : {}),
    responses: { ...answers(endpoint), ...refusals(endpoint) },
  };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/:([a-z]+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function namedParameters({ headers = {}, query: queries = {}, path, upload }: Endpoint): Json[] {
  const parameters = (place: string, all: Readonly<Record<string, string>>) =>
    Object.entries(all).map(([name, description]) => ({
      name,
      in: place,
      description,
      schema: { type: 'string' },
    }));
  const named = [...parameters('header', headers), ...parameters('query', queries)];
  const query = {
    name: 'name',
    in: 'query',
    description: `The file's name (${path}).`,
    schema: { type: 'string' },
  };
  return upload === 'form or bytes' ? [...named, query] : named;
}

function requestBody(upload: NonNullable<Endpoint['upload']>): Json {
  const binary = { type: 'string', format: 'binary' };
  const form = {
    'multipart/form-data': {
      schema: { type: 'object', required: ['file'], properties: { file: binary } },
    },
  };
  return {
    required: true,
    content: upload === 'form' ? form : { ...form, 'application/octet-stream': { schema: binary } },
  };
}

const json = (schema: object): Json => ({ 'application/json': { schema } });

function answers(endpoint: Endpoint): Json {
  return Object.fromEntries(Object.entries(endpoint.answers).map(([status, answer]) => [status, response(answer)]));
}

function response({ description, schema, type }: EndpointAnswer): Json {
  if (schema) return { description, content: json(schema) };
  if (type) return { description, content: { [type]: {} } };
  return { description };
}

/** Problems may share a status, so each status lists its codes. */
function refusals(endpoint: Endpoint): Json {
  const byStatus: Record<number, string[]> = {};
  for (const code of endpoint.problems) {
    const { status, title } = problems[code];
    byStatus[status] = [...(byStatus[status] ?? []), `${code}: ${title}`];
  }
  const taken = new Set(Object.keys(endpoint.answers));
  return Object.fromEntries(
    Object.entries(byStatus)
      .filter(([status]) => !taken.has(status))
      .map(([status, codes]) => [
        status,
        {
          description: codes.join('; '),
          content: {
            'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
          },
        },
      ]),
  );
}
