import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import pRetry from 'p-retry'
import { IMAGE_SHAPE, IMAGE_WIDTHS, imageOf } from '../../shared/catalogue.ts'
import { type ChosenImageStore, ImagesUnavailable } from './image-store.ts'

export type S3StoreOptions = {
  bucket: string
  /** The prefix of keys; empty, or with a slash at its end. */
  prefix: string
  region: string
  /** The endpoint of an S3-compatible store; undefined for Amazon's. */
  endpoint: string | undefined
  /** For a whole operation; each attempt gets its share of it. */
  timeoutMs: number
  /** How often a failed attempt is retried. */
  retriesMax: number
}

/** No stored image is larger than the pixels of the widest. */
const BYTES_MAX = (4 * Math.max(...IMAGE_WIDTHS) ** 2 * IMAGE_SHAPE.height) / IMAGE_SHAPE.width

/** Failures that the library does not retry, and that may be temporary. */
class Passing extends Error {}

/** Stores images in a bucket, which several origins may share. Credentials come from where Amazon's library looks. */
export function createS3Store(options: S3StoreOptions): ChosenImageStore {
  const { bucket, prefix, timeoutMs, retriesMax } = options
  const client = createClient(options)

  async function put(key: string, content: Uint8Array, abortSignal: AbortSignal): Promise<void> {
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: content,
      ContentType: 'image/webp',
      CacheControl: 'public, max-age=31536000, immutable',
      IfNoneMatch: '*',
    })
    try {
      await client.send(command, { abortSignal })
    } catch (error) {
      const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined
      // An image with this name exists already, with the same content.
      if (status === 412) return
      // Another client is just storing it, and may yet fail.
      throw status === 409 ? new Passing(reasonOf(error)) : error
    }
  }

  async function get(key: string, abortSignal: AbortSignal): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const { Body: body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
        abortSignal,
      })
      if (!(body instanceof Readable)) throw new Error('the answer has no body')
      return await readBytes(body)
    } catch (error) {
      // Only this. A missing bucket is no missing image, nor is one that may not be read: S3 also returns that for a
      // missing object to clients without permission to list the bucket.
      if (error instanceof NoSuchKey) return undefined
      throw error
    }
  }

  async function run<T>(verb: string, attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      // The library ignores the signal during its backoff between two attempts.
      return await Promise.race([attemptAgain(() => attempt(signal)), passed(signal)])
    } catch (error) {
      throw new ImagesUnavailable(`The bucket ${bucket} did not ${verb} an image: ${reasonOf(error)}`)
    }
  }

  /** The library retries all other failures. */
  function attemptAgain<T>(attempt: () => Promise<T>): Promise<T> {
    return pRetry(attempt, {
      retries: retriesMax,
      minTimeout: 0,
      shouldRetry: ({ error }) => error instanceof Passing,
    })
  }

  /** Names come from URLs: only names of images are accepted. */
  function keyOf(name: string): string {
    if (imageOf(name) === undefined) throw new Error(`${JSON.stringify(name)} is no image's name`)
    return prefix + name
  }

  return {
    images: {
      async put(name, content) {
        const key = keyOf(name)
        await run('take', (signal) => put(key, content, signal))
      },
      async get(name) {
        const key = keyOf(name)
        return await run('give', (signal) => get(key, signal))
      },
      async remove(name) {
        const command = new DeleteObjectCommand({ Bucket: bucket, Key: keyOf(name) })
        // S3 responds 204 whether it existed or not.
        await run('remove', (abortSignal) => client.send(command, { abortSignal }))
      },
    },
    close: () => client.destroy(),
  }
}

function createClient({ region, endpoint, timeoutMs, retriesMax }: S3StoreOptions): S3Client {
  const tryMs = Math.ceil(timeoutMs / (retriesMax + 1))
  return new S3Client({
    region,
    retryMode: 'standard',
    maxAttempts: retriesMax + 1,
    requestHandler: { connectionTimeout: tryMs, requestTimeout: tryMs, throwOnRequestTimeout: true },
    // S3-compatible buckets have no hosts of their own, and not all of them support Amazon's newer checksums. The hash
    // of the content is signed in any case.
    ...(endpoint === undefined
      ? {}
      : {
          endpoint,
          forcePathStyle: true,
          requestChecksumCalculation: 'WHEN_REQUIRED',
          responseChecksumValidation: 'WHEN_REQUIRED',
        }),
  })
}

/** Rejects when the signal is aborted, with its reason. */
function passed(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

async function readBytes(body: Readable): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const part of body as AsyncIterable<Uint8Array>) {
      parts.push(part)
      length += part.length
      if (length > BYTES_MAX) break
    }
  } catch (error) {
    throw new Passing(`it broke off after ${length} bytes: ${reasonOf(error)}`)
  }
  if (length > BYTES_MAX) throw new Error(`what it sends is larger than ${BYTES_MAX} bytes`)
  return new Uint8Array(Buffer.concat(parts))
}

/** The store's or the network's error, for the log. */
function reasonOf(error: unknown): string {
  if (error instanceof S3ServiceException) {
    return `${error.$metadata.httpStatusCode} ${error.name}: ${error.message}`
  }
  if (!(error instanceof Error)) return String(error)
  // An error about several failed addresses has no message of its own.
  return error.message === '' && 'code' in error ? String(error.code) : error.message
}
