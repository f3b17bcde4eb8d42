/** @tus/server with its file store, as its documentation sets it up: `tus.ts PORT FOLDER`. */
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';

const [port, directory = ''] = process.argv.slice(2);

// A receiver that goes away just before the end makes its web stream close twice, which would end the process.
process.on('uncaughtException', () => undefined);

new Server({
  path: '/files',
  datastore: new FileStore({ directory }),
  // So that who uploads knows the name, as who draws a number knows it.
  namingFunction: (request) => request.headers.get('upload-name') ?? '',
}).listen({ host: '127.0.0.1', port: Number(port) });
