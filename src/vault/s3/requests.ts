/** One function per S3 request, without retries. Each takes the bucket first and the stall watch last. */
import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Span } from '../vault.ts';
import type { Bucket } from './client.ts';
import { isMissing, isNotYetVisible, isUploadGone } from './errors.ts';
import type { StallWatch } from './retry.ts';

/** The body of an upload: a stream that can be read once, with its size and hash. */
export interface UploadBody {
  readonly body: Readable;
  /** In bytes. */
  readonly size: number;
  /** In hex. */
  readonly sha256: string;
}

interface ListedObject {
  readonly name: string;
  /** Last modification, in milliseconds since 1970. */
  readonly time: number;
  readonly size: number;
}

/** A multipart upload in progress. */
interface MultipartUpload {
  readonly name: string;
  readonly id: string;
  /** Start, in milliseconds since 1970. */
  readonly time: number;
}

/** How an object is created: `token` identifies this upload, `ifNoneMatch` makes S3 reject an existing name. */
export interface CreateOptions {
  readonly token: string;
  readonly ifNoneMatch: boolean;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export async function putObject(
  bucket: Bucket,
  name: string,
  upload: UploadBody,
  { token, ifNoneMatch }: CreateOptions,
  watch: StallWatch,
): Promise<void> {
  const command = new bucket.sdk.PutObjectCommand({
    ...objectIn(bucket, name),
    Body: upload.body,
    ContentLength: upload.size,
    Metadata: { mark: token },
    ...(ifNoneMatch ? { IfNoneMatch: '*' } : {}),
  });
  await bucket.client.send(signBody(command, upload), options(watch));
}

/**
 * The upload token of an object, `''` if it has none; undefined if there is no such object.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
export async function headUploadToken(bucket: Bucket, name: string, watch: StallWatch): Promise<string | undefined> {
  try {
    const command = new bucket.sdk.HeadObjectCommand(objectIn(bucket, name));
    const { Metadata } = await bucket.client.send(command, options(watch));
    return Metadata?.mark ?? '';
  } catch (error) {
    if (isNotYetVisible(error)) return undefined;
    throw error;
  }
}

/**
 * A range of an object, and the size of the whole object.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export async function getObject(
  bucket: Bucket,
  name: string,
  { start, end }: Span,
  watch: StallWatch,
): Promise<{ body: Readable; total: number | undefined }> {
  const command = new bucket.sdk.GetObjectCommand({
    ...objectIn(bucket, name),
    Range: `bytes=${start}-${end - 1}`,
  });
  const { Body, ContentRange } = await bucket.client.send(command, options(watch));
  const total = /^bytes \d+-\d+\/(\d+)$/.exec(ContentRange ?? '')?.[1];
  return { body: Body as Readable, total: total === undefined ? undefined : Number(total) };
}

/**
 * Succeeds also if there is no such object.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
 */
export async function deleteObject(bucket: Bucket, name: string, watch: StallWatch): Promise<void> {
  const command = new bucket.sdk.DeleteObjectCommand(objectIn(bucket, name));
  await bucket.client.send(command, options(watch)).catch((error) => {
    if (!isMissing(error)) throw error;
  });
}

/**
 * A page of the objects with this prefix, and the token of the next page.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export async function listObjects(
  bucket: Bucket,
  prefix: string,
  from: string | undefined,
  watch: StallWatch,
): Promise<{ listed: readonly ListedObject[]; next: string | undefined }> {
  const command = new bucket.sdk.ListObjectsV2Command({
    Bucket: bucket.name,
    Prefix: prefix,
    MaxKeys: bucket.pageSize,
    ContinuationToken: from,
  });
  const page = await bucket.client.send(command, options(watch));
  const listed = (page.Contents ?? []).map(({ Key = '', LastModified, Size = 0 }) => ({
    name: Key,
    time: timeOf(LastModified),
    size: Size,
  }));
  return { listed, next: page.NextContinuationToken };
}

/**
 * Starts a multipart upload and returns its id.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
 */
export async function createMultipartUpload(
  bucket: Bucket,
  name: string,
  token: string,
  watch: StallWatch,
): Promise<string> {
  const command = new bucket.sdk.CreateMultipartUploadCommand({
    ...objectIn(bucket, name),
    Metadata: { mark: token },
  });
  const { UploadId } = await bucket.client.send(command, options(watch));
  if (UploadId === undefined) throw new Error('S3 begins an upload and does not say which');
  return UploadId;
}

/**
 * Sends one part, numbered from 1, and returns its ETag.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
 */
export async function uploadPart(
  bucket: Bucket,
  name: string,
  { id, number }: { readonly id: string; readonly number: number },
  upload: UploadBody,
  watch: StallWatch,
): Promise<string> {
  const command = new bucket.sdk.UploadPartCommand({
    ...objectIn(bucket, name),
    UploadId: id,
    PartNumber: number,
    Body: upload.body,
    ContentLength: upload.size,
  });
  const { ETag } = await bucket.client.send(signBody(command, upload), options(watch));
  if (ETag === undefined) throw new Error('S3 takes a part and does not say what it is called');
  return ETag;
}

/**
 * Creates the object from its parts, given by their ETags in order.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export async function completeMultipartUpload(
  bucket: Bucket,
  name: string,
  { id, etags }: { readonly id: string; readonly etags: readonly string[] },
  { ifNoneMatch }: Pick<CreateOptions, 'ifNoneMatch'>,
  watch: StallWatch,
): Promise<void> {
  const command = new bucket.sdk.CompleteMultipartUploadCommand({
    ...objectIn(bucket, name),
    UploadId: id,
    MultipartUpload: { Parts: etags.map((ETag, at) => ({ ETag, PartNumber: at + 1 })) },
    ...(ifNoneMatch ? { IfNoneMatch: '*' } : {}),
  });
  await bucket.client.send(command, options(watch));
}

/**
 * Aborts a multipart upload. Returns whether it still existed.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
 */
export async function abortMultipartUpload(
  bucket: Bucket,
  name: string,
  id: string,
  watch: StallWatch,
): Promise<boolean> {
  const command = new bucket.sdk.AbortMultipartUploadCommand({
    ...objectIn(bucket, name),
    UploadId: id,
  });
  try {
    await bucket.client.send(command, options(watch));
    return true;
  } catch (error) {
    if (isUploadGone(error)) return false;
    throw error;
  }
}

type UploadCursor = Pick<MultipartUpload, 'name' | 'id'>;

/**
 * A page of the multipart uploads in progress with this prefix, and the start of the next page.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
 */
export async function listMultipartUploads(
  bucket: Bucket,
  prefix: string,
  from: UploadCursor | undefined,
  watch: StallWatch,
): Promise<{ listed: readonly MultipartUpload[]; next: UploadCursor | undefined }> {
  const command = new bucket.sdk.ListMultipartUploadsCommand({
    Bucket: bucket.name,
    Prefix: prefix,
    MaxUploads: bucket.pageSize,
    KeyMarker: from?.name,
    UploadIdMarker: from?.id,
  });
  const page = await bucket.client.send(command, options(watch));
  const listed = (page.Uploads ?? []).map(({ Key = '', UploadId = '', Initiated }) => ({
    name: Key,
    id: UploadId,
    time: timeOf(Initiated),
  }));
  const { NextKeyMarker: name = '', NextUploadIdMarker: id = '' } = page;
  return { listed, next: page.IsTruncated ? { name, id } : undefined };
}

const objectIn = (bucket: Bucket, name: string) => ({ Bucket: bucket.name, Key: name });

const options = ({ signal }: StallWatch) => ({ abortSignal: signal });

/** An entry without a date counts as new, so that no sweep removes it. */
const timeOf = (date: Date | undefined) => date?.getTime() ?? Number.POSITIVE_INFINITY;

/**
 * Signs the SHA-256 of the body. Every server with Signature Version 4 must verify it, whereas checksum headers are not
 * supported everywhere. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
function signBody<C extends { middlewareStack: unknown }>(command: C, { sha256 }: UploadBody): C {
  // Each command types its own middleware stack; this step fits all of them.
  const steps = command.middlewareStack as S3Client['middlewareStack'];
  steps.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['x-amz-content-sha256'] = sha256;
      return next(args);
    },
    { step: 'build', name: 'signBody' },
  );
  return command;
}
