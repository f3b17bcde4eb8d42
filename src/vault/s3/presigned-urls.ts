import { giftName } from '../keys.ts';
import type { Offloader } from '../offload.ts';
import { type BucketPlace, connectBucket } from './client.ts';

/** Lifetime of a URL in seconds: long enough to follow a redirect, too short to be shared. */
const defaultLifetime = 5 * 60;

/**
 * Offloads deliveries to S3 with presigned URLs. `place` holds the address that receivers use, since the signature
 * includes the host name. See https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
 */
export async function createS3Offloader(
  place: BucketPlace & { readonly prefix: string },
  lifetime = defaultLifetime,
): Promise<Offloader> {
  const [{ sdk, client }, { getSignedUrl }] = await Promise.all([
    connectBucket(place),
    import('@aws-sdk/s3-request-presigner'),
  ]);
  return {
    canSend: () => true,
    createTarget: async (key, { type, disposition, cacheControl }) => {
      const command = new sdk.GetObjectCommand({
        Bucket: place.bucket,
        Key: giftName(place.prefix, key),
        ResponseContentType: type,
        ResponseContentDisposition: disposition,
        ResponseCacheControl: cacheControl,
      });
      return { location: await getSignedUrl(client, command, { expiresIn: lifetime }) };
    },
  };
}
