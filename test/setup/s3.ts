/** The S3 servers of the run, and locations in them. */
import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { inject } from 'vitest';

export interface S3Server {
  readonly endpoint: string;
  /** The bucket to use; without it each test creates one. */
  readonly bucket?: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** The servers that were started or given. */
export type S3Servers = Partial<Record<'ceph' | 'swift' | 'given', S3Server>>;

declare module 'vitest' {
  interface ProvidedContext {
    s3: S3Servers;
  }
}

/** All servers of this run by name. */
export const s3Servers = (): [name: string, server: S3Server][] => Object.entries(inject('s3'));

/** A server for tests that need only one. */
export function anyS3(): S3Server | undefined {
  const { ceph, given } = inject('s3');
  return ceph ?? given;
}

/** An unused bucket and prefix, with direct access to its objects. */
export interface S3Location {
  readonly bucket: string;
  readonly endpoint: string;
  readonly credentials: S3Server['credentials'];
  readonly prefix: string;
  readonly client: S3Client;
  /** All objects except the vault id. */
  names(): Promise<string[]>;
  bytesOf(name: string): Promise<Uint8Array>;
  /** Overwrites an object, or deletes it. */
  overwrite(name: string, bytes: Uint8Array | undefined): Promise<void>;
}

export const region = 'us-east-1';

/** Creates a location. `by` is another address of the same server, such as a proxy. */
export async function newS3Location(server: S3Server, by = server.endpoint): Promise<S3Location> {
  const { endpoint, credentials } = server;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const mark = randomBytes(8).toString('hex');
  const bucket = server.bucket ?? `rfx-${mark}`;
  if (server.bucket === undefined) await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const prefix = `test-${mark}/`;
  const at = (name: string) => ({ Bucket: bucket, Key: name });
  return {
    bucket,
    endpoint: by,
    credentials,
    prefix,
    client,
    names: async () => {
      const listed = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix });
      const names = ((await client.send(listed)).Contents ?? []).map(({ Key = '' }) => Key);
      return names.filter((name) => name !== `${prefix}id`);
    },
    bytesOf: async (name) => {
      const { Body } = await client.send(new GetObjectCommand(at(name)));
      return (await Body?.transformToByteArray()) ?? new Uint8Array(0);
    },
    overwrite: async (name, bytes) => {
      if (bytes) await client.send(new PutObjectCommand({ ...at(name), Body: bytes }));
      else await client.send(new DeleteObjectCommand(at(name)));
    },
  };
}
