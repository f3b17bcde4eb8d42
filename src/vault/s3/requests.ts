import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Span } from '../vault.ts';
import { isMissing, isNotYetVisible, isUploadGone } from './errors.ts';
import type { StallWatch } from './retry.ts';

/** Where an S3 bucket is, and who we are to it. */
export interface BucketPlace {
  readonly bucket: string;
  /** The server's address; undefined for Amazon's own. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** Undefined looks for them where Amazon's tools do: the environment, the shared files, the machine's role. */
  readonly credentials:
    | { readonly accessKeyId: string; readonly secretAccessKey: string }
    | undefined;
  /** `server/bucket/object` instead of `bucket.server/object`. */
  readonly pathStyle: boolean;
  /** How many objects a page of a listing has; S3's own choice is a thousand, and it gives no more. */
  readonly pageSize?: number;
}

/** Bytes to be sent: a stream that is read once, and what is known of it. */
export interface UploadBody {
  readonly body: Readable;
  readonly size: number;
  /** In hex. */
  readonly sha256: string;
}

export interface ListedObject {
  readonly name: string;
  /** When it was kept, in ms. */
  readonly time: number;
  readonly size: number;
}

export interface Upload {
  readonly name: string;
  readonly id: string;
  /** When it was begun, in ms. */
  readonly time: number;
}

export type Bucket = Awaited<ReturnType<typeof openBucket>>;

/** The client is loaded here and nowhere else: who keeps gifts on a disk does without its thirty megabytes. */
export async function openClient({ pathStyle, endpoint, region, credentials }: BucketPlace) {
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client({
    region,
    forcePathStyle: pathStyle,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 1,
    logger: mute,
    // Streams with checksums behind them are not known everywhere; the signed SHA-256 is (see `signedFor`).
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    requestHandler: { connectionTimeout: 5_000, httpAgent: connections, httpsAgent: connections },
  });
  return { sdk, client };
}

/** The words spoken with S3, one function a request, none of them tried twice. */
export async function openBucket(place: BucketPlace) {
  const { sdk, client } = await openClient(place);
  const { bucket, pageSize } = place;
  const at = (name: string) => ({ Bucket: bucket, Key: name });
  const during = ({ signal }: StallWatch) => ({ abortSignal: signal });

  return {
    /** Puts an object; `mark` tells it from others of that name. `onlyNew` refuses a name in use, where S3 knows how. */
    async put(name: string, load: UploadBody, mark: string, onlyNew: boolean, watch: StallWatch) {
      const command = new sdk.PutObjectCommand({
        ...at(name),
        Body: load.body,
        ContentLength: load.size,
        Metadata: { mark },
        ...(onlyNew ? { IfNoneMatch: '*' } : {}),
      });
      await client.send(signedFor(command, load), during(watch));
    },

    /** The mark of an object, `''` when it has none; undefined when there is no such object. */
    async markOf(name: string, watch: StallWatch): Promise<string | undefined> {
      try {
        const { Metadata } = await client.send(new sdk.HeadObjectCommand(at(name)), during(watch));
        return Metadata?.mark ?? '';
      } catch (error) {
        if (isNotYetVisible(error)) return undefined;
        throw error;
      }
    },

    /** A part of an object, and how large the whole of it is. */
    async get(name: string, { start, end }: Span, watch: StallWatch) {
      const command = new sdk.GetObjectCommand({ ...at(name), Range: `bytes=${start}-${end - 1}` });
      const { Body, ContentRange } = await client.send(command, during(watch));
      const total = /^bytes \d+-\d+\/(\d+)$/.exec(ContentRange ?? '')?.[1];
      return { body: Body as Readable, total: total === undefined ? undefined : Number(total) };
    },

    async remove(name: string, watch: StallWatch) {
      await client.send(new sdk.DeleteObjectCommand(at(name)), during(watch)).catch((error) => {
        if (!isMissing(error)) throw error;
      });
    },

    /** A page of the objects whose names begin so, and where the next one begins. */
    async list(prefix: string, from: string | undefined, watch: StallWatch) {
      const command = new sdk.ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        MaxKeys: pageSize,
        ContinuationToken: from,
      });
      const { Contents = [], NextContinuationToken } = await client.send(command, during(watch));
      const listed: ListedObject[] = Contents.map(({ Key = '', LastModified, Size = 0 }) => ({
        name: Key,
        time: timeOf(LastModified),
        size: Size,
      }));
      return { listed, next: NextContinuationToken };
    },

    /** Begins an upload in parts, and says its id. */
    async begin(name: string, mark: string, watch: StallWatch): Promise<string> {
      const command = new sdk.CreateMultipartUploadCommand({ ...at(name), Metadata: { mark } });
      const { UploadId } = await client.send(command, during(watch));
      if (UploadId === undefined) throw new Error('S3 begins an upload and does not say which');
      return UploadId;
    },

    /** Sends a part, counted from 1, and says what S3 calls it. */
    async sendPart(name: string, id: string, part: number, load: UploadBody, watch: StallWatch) {
      const command = new sdk.UploadPartCommand({
        ...at(name),
        UploadId: id,
        PartNumber: part,
        Body: load.body,
        ContentLength: load.size,
      });
      const { ETag } = await client.send(signedFor(command, load), during(watch));
      if (ETag === undefined) throw new Error('S3 takes a part and does not say what it is called');
      return ETag;
    },

    /** Makes an object of parts, given by what S3 calls them, in order. */
    async complete(
      name: string,
      id: string,
      tags: readonly string[],
      onlyNew: boolean,
      watch: StallWatch,
    ) {
      const command = new sdk.CompleteMultipartUploadCommand({
        ...at(name),
        UploadId: id,
        MultipartUpload: { Parts: tags.map((ETag, at) => ({ ETag, PartNumber: at + 1 })) },
        ...(onlyNew ? { IfNoneMatch: '*' } : {}),
      });
      await client.send(command, during(watch));
    },

    /** Gives up an upload in parts, and says whether it was still there. */
    async giveUp(name: string, id: string, watch: StallWatch): Promise<boolean> {
      const command = new sdk.AbortMultipartUploadCommand({ ...at(name), UploadId: id });
      try {
        await client.send(command, during(watch));
        return true;
      } catch (error) {
        if (isUploadGone(error)) return false;
        throw error;
      }
    },

    /** A page of the uploads in parts that are under way to names that begin so. */
    async uploads(
      prefix: string,
      from: { name: string; id: string } | undefined,
      watch: StallWatch,
    ) {
      const command = new sdk.ListMultipartUploadsCommand({
        Bucket: bucket,
        Prefix: prefix,
        MaxUploads: pageSize,
        KeyMarker: from?.name,
        UploadIdMarker: from?.id,
      });
      const page = await client.send(command, during(watch));
      const listed: Upload[] = (page.Uploads ?? []).map(
        ({ Key = '', UploadId = '', Initiated }) => ({
          name: Key,
          id: UploadId,
          time: timeOf(Initiated),
        }),
      );
      const { NextKeyMarker: name = '', NextUploadIdMarker: id = '' } = page;
      return { listed, next: page.IsTruncated ? { name, id } : undefined };
    },
  };
}

/**
 * Takes what comes on any connection in one buffer: Node's HTTP parser copies the bodies out of it before the next read.
 * With a buffer for each read, what a hundred fast transfers leave behind is more than V8 looks for in time (P9).
 */
const onread = {
  buffer: Buffer.allocUnsafeSlow(64 * 1024),
  callback(this: Socket, size: number, buffer: Uint8Array): boolean {
    this.emit('data', buffer.subarray(0, size));
    return true;
  },
};

/**
 * As many as there are transfers: a slow receiver keeps one for as long as it takes, and nobody else shall wait for it. Each
 * reads and writes only a little ahead, for memory's sake.
 */
const connections = {
  keepAlive: true,
  maxSockets: Number.POSITIVE_INFINITY,
  highWaterMark: 16 * 1024,
  onread,
};

/** What fails is told by throwing. */
const mute = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** What S3 does not date counts as young: nobody takes it away. */
const timeOf = (date: Date | undefined) => date?.getTime() ?? Number.POSITIVE_INFINITY;

/**
 * Signs the request for these very bytes. Every server of the signature's fourth version must compare this SHA-256 with
 * what came, and refuse what was damaged on the way; headers for checksums are understood by some only.
 */
function signedFor<C extends { middlewareStack: unknown }>(command: C, { sha256 }: UploadBody): C {
  // Of each command's own type, which has no name that all of them share; what is done here suits them all.
  const steps = command.middlewareStack as S3Client['middlewareStack'];
  steps.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['x-amz-content-sha256'] = sha256;
      return next(args);
    },
    { step: 'build', name: 'signedForItsBytes' },
  );
  return command;
}
