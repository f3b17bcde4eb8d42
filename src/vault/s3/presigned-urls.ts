import { giftName } from '../keys.ts';
import type { Offloader } from '../offload.ts';
import { type BucketPlace, openClient } from './requests.ts';

/** How long an address is good for, in seconds: long enough to follow a redirect, too short to be passed around. */
const lifetime = 5 * 60;

/**
 * Lets S3 send, by addresses that are signed for one object, one way of sending it, and a short time. Where the receivers
 * know the server by another address than we do, `place` has theirs: it is part of what is signed.
 */
export async function createS3Offloader(
  place: BucketPlace & { readonly prefix: string },
  seconds = lifetime,
): Promise<Offloader> {
  const [{ sdk, client }, { getSignedUrl }] = await Promise.all([
    openClient(place),
    import('@aws-sdk/s3-request-presigner'),
  ]);
  return {
    takes: () => true,
    locate: async (key, { type, disposition, cacheControl }) => {
      const command = new sdk.GetObjectCommand({
        Bucket: place.bucket,
        Key: giftName(place.prefix, key),
        ResponseContentType: type,
        ResponseContentDisposition: disposition,
        ResponseCacheControl: cacheControl,
      });
      return { location: await getSignedUrl(client, command, { expiresIn: seconds }) };
    },
  };
}
