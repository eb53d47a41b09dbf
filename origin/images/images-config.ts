import type { z } from 'zod'
import { type Rule, required, text, variable, withoutTrailingSlashes } from '../../shared/runtime/env.ts'

/** Where images are stored: in a folder, or in a bucket of Amazon S3 or of a store with the same interface. */
export type ImagesConfig =
  | { way: 'folder'; folder: string }
  | { way: 's3'; bucket: string; prefix: string; region: string; endpoint: string | undefined }

/** The region for S3-compatible stores without regions. */
const ANY_REGION = 'us-east-1'

/** Credentials are found by Amazon's library itself. */
export const IMAGE_VARIABLES = {
  IMAGE_FOLDER: text().prefault('.data/images').meta({
    description: "The folder of the festivals' images. All origins of one installation must share it.",
    example: '/var/lib/naru/images',
  }),
  IMAGE_BUCKET: variable(
    'the name of a bucket (3 to 63 lower-case letters, digits, hyphens and dots), and after a slash the start of object keys',
    readBucket,
  )
    .optional()
    .meta({
      description:
        "An S3 bucket that replaces the folder, if you like with a start of all object keys. Images that no festival has used for a day are deleted, so the origin needs `s3:DeleteObject` as well. Amazon's library finds the credentials.",
      example: 'naru-images/festivals',
    }),
  AWS_REGION: variable('the name of a region, such as ap-northeast-2', (raw) =>
    /^[a-z0-9-]{1,64}$/.test(raw) ? raw : undefined,
  )
    .optional()
    .meta({
      description:
        "The bucket's region, under the name that Amazon's own programs use. A store with an `IMAGE_ENDPOINT` needs none.",
      example: 'ap-northeast-2',
    }),
  IMAGE_ENDPOINT: variable('an http or https URL with nothing after its path', readEndpoint).optional().meta({
    description: 'The URL of an S3-compatible store other than Amazon.',
    example: 'https://minio:9000',
  }),
}

type ImageVariables = z.output<z.ZodObject<typeof IMAGE_VARIABLES>>

export const IMAGE_RULES: readonly Rule<ImageVariables>[] = [
  {
    names: ['AWS_REGION', 'IMAGE_BUCKET', 'IMAGE_ENDPOINT'],
    holds: (variables) => variables.IMAGE_BUCKET === undefined || regionOf(variables) !== undefined,
    message: 'is required with IMAGE_BUCKET: the name of a region, such as ap-northeast-2',
  },
]

export function imageConfigOf(variables: ImageVariables): ImagesConfig {
  const { IMAGE_FOLDER: folder, IMAGE_BUCKET: bucket, IMAGE_ENDPOINT: endpoint } = variables
  if (bucket === undefined) return { way: 'folder', folder }
  return { way: 's3', ...bucket, region: required('AWS_REGION', regionOf(variables)), endpoint }
}

function regionOf({ AWS_REGION, IMAGE_ENDPOINT }: ImageVariables): string | undefined {
  return AWS_REGION ?? (IMAGE_ENDPOINT === undefined ? undefined : ANY_REGION)
}

function readBucket(raw: string): { bucket: string; prefix: string } | undefined {
  const [bucket = '', ...segments] = raw.split('/')
  const prefix = segments.length === 0 ? '' : readPrefix(segments.join('/'))
  return isBucketName(bucket) && prefix !== undefined ? { bucket, prefix } : undefined
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function isBucketName(raw: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(raw) && !raw.includes('..') && !/^[\d.]+$/.test(raw)
}

/**
 * Ends with a slash, unless it is empty; no segment consists of dots alone, which some programs resolve as a parent.
 */
function readPrefix(raw: string): string | undefined {
  const prefix = raw.endsWith('/') ? raw : `${raw}/`
  return /^(?:(?!\.+\/)[\w.-]+\/)*$/.test(prefix) && prefix.length <= PREFIX_LENGTH_MAX ? prefix : undefined
}

/** Without user name and password: requests are authenticated by their signature alone. */
function readEndpoint(raw: string): string | undefined {
  const url = URL.parse(raw)
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  return `${url.origin}${url.pathname}` === url.href ? withoutTrailingSlashes(url.href) : undefined
}

const PREFIX_LENGTH_MAX = 200
