import { type EnvReader, withoutTrailingSlashes } from '../../shared/runtime/env.ts'

/** Where pictures are kept: in a folder, or in a bucket of Amazon S3 or of a store that speaks its protocol. */
export type PicturesConfig =
  | { way: 'folder'; folder: string }
  | { way: 's3'; bucket: string; prefix: string; region: string; endpoint: string | undefined }

/** What stores that speak S3's protocol go by where they have no regions. */
const ANY_REGION = 'us-east-1'

/** A bucket takes the folder's place. Credentials are found by Amazon's library itself. */
export function readPicturesConfig(read: EnvReader): PicturesConfig {
  const folder = read.text('PICTURES_FOLDER', { default: '.data/pictures' })
  const bucket = read.parsed('PICTURES_BUCKET', {
    rule: 'the name of a bucket: 3 to 63 lower-case letters, digits, hyphens and dots',
    default: '',
    parse: (raw) => (raw === '' || isBucketName(raw) ? raw : undefined),
  })
  const prefix = read.parsed('PICTURES_PREFIX', {
    rule: 'what keys begin with, such as naru/pictures/: letters, digits, hyphens, underscores and dots between slashes',
    default: '',
    parse: readPrefix,
  })
  const endpoint = read.parsed('PICTURES_ENDPOINT', {
    rule: 'an http or https URL with nothing after its path',
    default: '',
    parse: readEndpoint,
  })
  if (bucket === '') return { way: 'folder', folder }
  const region = readRegion(read, endpoint === '' ? '' : ANY_REGION)
  return { way: 's3', bucket, prefix, region, endpoint: endpoint === '' ? undefined : endpoint }
}

function readRegion(read: EnvReader, fallback: string): string {
  const parse = (raw: string) => (/^[a-z0-9-]{0,64}$/.test(raw) ? raw : undefined)
  const rule = 'the name of a region, such as ap-northeast-2'
  const machine = read.parsed('AWS_REGION', { rule, default: fallback, parse })
  const region = read.parsed('PICTURES_REGION', { rule, default: machine, parse })
  // Neither says it, and at Amazon there is no bucket without one.
  return region === '' ? read.text('PICTURES_REGION') : region
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function isBucketName(raw: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(raw) && !raw.includes('..') && !/^[\d.]+$/.test(raw)
}

/** Ends with a slash, unless it is empty; no part of it is dots alone, which some programs take for a way up. */
function readPrefix(raw: string): string | undefined {
  const prefix = raw === '' || raw.endsWith('/') ? raw : `${raw}/`
  return /^(?:(?!\.+\/)[\w.-]+\/)*$/.test(prefix) && prefix.length <= PREFIX_LENGTH_MAX ? prefix : undefined
}

/** Without a name and password: a request is signed, and nothing else proves who sent it. */
function readEndpoint(raw: string): string | undefined {
  if (raw === '') return raw
  const url = URL.parse(raw)
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  return `${url.origin}${url.pathname}` === url.href ? withoutTrailingSlashes(url.href) : undefined
}

const PREFIX_LENGTH_MAX = 200
