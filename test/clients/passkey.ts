/** A passkey in software: an ES256 key that answers WebAuthn ceremonies as an authenticator does (WebAuthn Level 3, section 6). */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Passkey {
  /** The answer of `navigator.credentials.create`, as JSON. */
  create(options: CeremonyOptions): object;
  /** The answer of `navigator.credentials.get`, as JSON. */
  get(options: CeremonyOptions): object;
}

/** The parts of the options that a passkey answers to. */
export interface CeremonyOptions {
  readonly challenge: string;
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();
const encode = (data: Buffer | string) => Buffer.from(data).toString('base64url');

/** Makes a passkey for the pages of an origin. */
export function createPasskey(origin: string): Passkey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const id = randomBytes(16);
  let counter = 0;
  const clientData = (type: string, { challenge }: CeremonyOptions) =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  const authenticatorData = (flags: number, attested = Buffer.alloc(0)) => {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter++);
    return Buffer.concat([sha256(new URL(origin).hostname), Buffer.of(flags), count, attested]);
  };
  const credential = (response: object) => ({
    id: encode(id),
    rawId: encode(id),
    type: 'public-key',
    clientExtensionResults: {},
    response,
  });
  return {
    create: (options) => {
      // COSE key (RFC 9053): EC2, ES256, P-256.
      const key = cborMap([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(x, 'base64url')],
        [-3, Buffer.from(y, 'base64url')],
      ]);
      const length = Buffer.of(0, id.length);
      const attested = Buffer.concat([Buffer.alloc(16), length, id, key]);
      const attestation = cborMap([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authenticatorData(0x45, attested)],
      ]);
      return credential({
        clientDataJSON: encode(clientData('webauthn.create', options)),
        attestationObject: encode(attestation),
        transports: ['internal'],
      });
    },
    get: (options) => {
      const client = clientData('webauthn.get', options);
      const data = authenticatorData(0x05);
      return credential({
        clientDataJSON: encode(client),
        authenticatorData: encode(data),
        signature: encode(sign('sha256', Buffer.concat([data, sha256(client)]), privateKey)),
      });
    },
  };
}

type Cbor = number | string | Buffer | ReadonlyMap<string, string>;

/** A map in CBOR (RFC 8949) of small numbers, texts, bytes and empty maps. */
function cborMap(entries: readonly (readonly [Cbor, Cbor])[]): Buffer {
  return Buffer.concat([head(5, entries.length), ...entries.flat().map(cborOf)]);
}

function cborOf(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, value.length), Buffer.from(value)]);
  return Buffer.isBuffer(value) ? Buffer.concat([head(2, value.length), value]) : head(5, 0);
}

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.of((major << 5) | length);
  if (length < 256) return Buffer.of((major << 5) | 24, length);
  return Buffer.of((major << 5) | 25, length >> 8, length & 255);
}
