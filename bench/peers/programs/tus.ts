/** @tus/server with its file store, as its documentation shows: `tus.ts PORT FOLDER`. */
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';

const [port, directory = ''] = process.argv.slice(2);

// A client that disconnects just before the end makes its web stream close twice, which would end the process.
process.on('uncaughtException', () => undefined);

new Server({
  path: '/files',
  datastore: new FileStore({ directory }),
  // The uploader chooses the name, so that downloads can request files by number.
  namingFunction: (request) => request.headers.get('upload-name') ?? '',
}).listen({ host: '127.0.0.1', port: Number(port) });
