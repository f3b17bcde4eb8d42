import type { Socket } from 'node:net';
import type { S3Client } from '@aws-sdk/client-s3';

/** Location of an S3 bucket, and the credentials for it. */
export interface BucketPlace {
  readonly bucket: string;
  /** URL of the server; undefined for Amazon S3. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** Undefined uses the AWS SDK's default credential chain: environment, shared files, role of the machine. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** `server/bucket/object` instead of `bucket.server/object`. */
  readonly pathStyle: boolean;
  /** Objects per page of a listing, at most 1,000 (the default of S3). */
  readonly pageSize?: number;
}

/** A bucket with the client for it, as the functions of `requests.ts` take it. */
export interface Bucket {
  readonly sdk: typeof import('@aws-sdk/client-s3');
  readonly client: S3Client;
  readonly name: string;
  readonly pageSize: number | undefined;
}

/** Loads the SDK, which takes 30 MB of memory, only if a bucket is used. Sends no request. */
export async function connectBucket(place: BucketPlace): Promise<Bucket> {
  const { bucket: name, pageSize, pathStyle, endpoint, region, credentials } = place;
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client({
    region,
    forcePathStyle: pathStyle,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    // `retry.ts` retries; the SDK cannot retry streams.
    maxAttempts: 1,
    logger: silentLogger,
    // Not all servers support trailing checksums; all verify the signed SHA-256 (`signBody` in `requests.ts`).
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    requestHandler: { connectionTimeout: 5_000, httpAgent: agent, httpsAgent: agent },
  });
  return { sdk, client, name, pageSize };
}

/**
 * All connections read into one buffer, since Node's HTTP parser copies bodies out of it before the next read. With a
 * buffer per read, a hundred fast transfers leave more garbage than V8 collects in time (P9).
 */
const onread = {
  buffer: Buffer.allocUnsafeSlow(64 * 1024),
  callback(this: Socket, size: number, buffer: Uint8Array): boolean {
    this.emit('data', buffer.subarray(0, size));
    return true;
  },
};

/** Unlimited sockets: a slow receiver occupies one for its whole transfer. Low water marks bound the memory of each. */
const agent = {
  keepAlive: true,
  maxSockets: Number.POSITIVE_INFINITY,
  highWaterMark: 16 * 1024,
  onread,
};

/** The SDK throws what it would log. */
const silentLogger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
