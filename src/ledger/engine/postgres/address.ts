import { parse } from 'pg-connection-string';

/** Host, port and name of a database without secrets, for messages. Reads all URLs that the driver reads, sockets included. */
export function describeDatabase(url: string): string {
  const { host, port, database } = parse(url);
  return `${host || 'localhost'}${port ? `:${port}` : ''}/${database ?? ''}`;
}
