import { Readable } from 'node:stream'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { OpenObject } from './archive.ts'

export type ObjectStoreOptions = { region?: string; endpoint?: string }

/** Opens objects of S3 with the host's own role. The region is Amazon's own setting where none is given. */
export function openObjectOfS3({ region, endpoint }: ObjectStoreOptions = {}): OpenObject {
  return async ({ bucket, key, versionId }) => {
    const client = new S3Client({
      ...(region === undefined ? {} : { region }),
      // A simulator has no names for its buckets.
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    })
    const command = new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId })
    const { Body: body } = await client.send(command)
    if (!(body instanceof Readable)) throw new Error('S3 returned no object')
    return body.on('close', () => client.destroy())
  }
}
