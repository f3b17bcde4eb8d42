/** Reads HTTP answers from a connection, no more of them than a measurement needs, and copies nothing. */

export interface Answer {
  readonly status: number;
  /** Bytes of its body. */
  readonly length: number;
  /** The server will close the connection, or must be made to. */
  readonly closes: boolean;
  /** The beginning of its body, as much as was asked for. */
  readonly start: string;
}

export interface AnswerReader {
  /** Takes the next bytes, which may be overwritten afterwards. */
  read(bytes: Buffer): void;
  /** The connection has ended: true when that was the end of an answer. */
  end(): boolean;
}

type State = 'head' | 'body' | 'chunk size' | 'chunk' | 'chunk end' | 'trailer' | 'rest';

/** Says each answer when its last byte is here. Only final answers are expected, one after another. */
export function readAnswers(keep: number, said: (answer: Answer) => void): AnswerReader {
  let state: State = 'head';
  let line = '';
  let left = 0;
  let [status, length, closes, start] = [0, 0, false, ''];

  const finish = () => {
    state = 'head';
    line = '';
    said({ status, length, closes, start });
  };
  const begin = (head: string) => {
    status = Number(head.slice(9, 12));
    length = 0;
    start = '';
    closes = /\r\nconnection: *close/i.test(head) || head.startsWith('HTTP/1.0');
    const size = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (/\r\ntransfer-encoding: *chunked/i.test(head)) state = 'chunk size';
    else if (size !== undefined || status === 204 || status === 304) {
      left = Number(size ?? 0);
      state = 'body';
      if (left === 0) finish();
    } else state = 'rest';
  };
  /** Reads a line, or a head with its empty line; answers where it ends, or undefined when it is not all here. */
  const readUntil = (end: string, bytes: Buffer, at: number): number | undefined => {
    const before = line.length;
    const found = before === 0 ? bytes.indexOf(end, at, 'latin1') : -1;
    if (found !== -1) {
      line = bytes.toString('latin1', at, found + end.length);
      return found + end.length;
    }
    line += bytes.toString('latin1', at);
    const stop = line.indexOf(end);
    if (stop === -1) return undefined;
    line = line.slice(0, stop + end.length);
    return at + line.length - before;
  };
  const takeBody = (bytes: Buffer, at: number): number => {
    const size = state === 'rest' ? bytes.length - at : Math.min(left, bytes.length - at);
    if (start.length < keep)
      start += bytes.toString('latin1', at, at + Math.min(size, keep - start.length));
    length += size;
    left -= size;
    return at + size;
  };
  const requests: Readonly<Record<State, (bytes: Buffer, at: number) => number | undefined>> = {
    head: (bytes, at) => {
      const next = readUntil('\r\n\r\n', bytes, at);
      if (next !== undefined) begin(take());
      return next;
    },
    body: (bytes, at) => {
      const next = takeBody(bytes, at);
      if (left === 0) finish();
      return next;
    },
    rest: takeBody,
    'chunk size': (bytes, at) => {
      const next = readUntil('\r\n', bytes, at);
      if (next === undefined) return undefined;
      left = Number.parseInt(take(), 16);
      state = left === 0 ? 'trailer' : 'chunk';
      return next;
    },
    chunk: (bytes, at) => {
      const next = takeBody(bytes, at);
      if (left === 0) state = 'chunk end';
      return next;
    },
    'chunk end': (bytes, at) => {
      const next = readUntil('\r\n', bytes, at);
      if (next === undefined) return undefined;
      take();
      state = 'chunk size';
      return next;
    },
    trailer: (bytes, at) => {
      const next = readUntil('\r\n', bytes, at);
      if (next === undefined) return undefined;
      if (take() === '\r\n') finish();
      return next;
    },
  };
  const take = () => {
    const taken = line;
    line = '';
    return taken;
  };

  return {
    read: (bytes) => {
      for (let at: number | undefined = 0; at !== undefined && at < bytes.length; )
        at = requests[state](bytes, at);
    },
    end: () => {
      const isEnd = state === 'rest';
      if (isEnd) finish();
      return isEnd;
    },
  };
}
