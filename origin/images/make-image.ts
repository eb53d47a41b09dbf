import { createHash } from 'node:crypto'
import type { Metadata } from 'sharp'
import { IMAGE_SHAPE, IMAGE_WIDTHS, imageName } from '../../shared/catalogue.ts'

/** Why a file cannot be a festival's image. */
const IMAGE_ERRORS = ['type', 'damaged', 'too-small', 'too-many-pixels', 'too-slow'] as const
type ImageError = (typeof IMAGE_ERRORS)[number]

export type MadeImage =
  | { status: 'made'; image: string; files: { name: string; content: Uint8Array }[] }
  | { status: 'refused'; error: ImageError }
  /** The client has disconnected: nothing was created. */
  | { status: 'abandoned' }

const [LEAST_WIDTH] = IMAGE_WIDTHS
const LARGEST_WIDTH = Math.max(...IMAGE_WIDTHS)
const QUALITY = 80
export const IMAGE_PIXELS_MAX = 40_000_000
/** For all work on one image; shorter than a gateway waits (`ORIGIN_TIMEOUT_MS`). */
export const IMAGE_SECONDS_MAX = 10

/**
 * Creates a festival's image from an organiser's file: decoded, rotated by its metadata, cropped to the shape of pages
 * around its most salient part, and encoded in each width, without any other content of the file. Of an animation the
 * first frame is used; transparency becomes white. The file is decoded once, outside of the event loop, and each step
 * is aborted at the time limit of all of them.
 *
 * @param pixelsMax - images whose header declares more are rejected before they are decoded
 * @param secondsMax - the time limit for all steps, after which nothing continues
 * @param signal - aborted when the client has disconnected: no further step begins
 */
export async function makeImage(
  source: Uint8Array,
  { pixelsMax, secondsMax, signal }: { pixelsMax: number; secondsMax: number; signal?: AbortSignal },
): Promise<MadeImage> {
  const format = sniff(source)
  if (format === undefined) return { status: 'refused', error: 'type' }
  // Read by the first image: an origin that gets none saves the decoder's memory.
  const { default: sharp } = await import('sharp')
  const endsAt = performance.now() + secondsMax * 1000
  const hasLeft = () => signal?.aborted === true
  const isLate = () => performance.now() >= endsAt
  /** Sharp counts whole seconds, at least 1. */
  const timeout = () => ({ seconds: Math.max(Math.ceil((endsAt - performance.now()) / 1000), 1) })
  const options = { limitInputPixels: pixelsMax, failOn: 'error', sequentialRead: true } as const
  try {
    const found = await sharp(source, { ...options, limitInputPixels: false }).metadata()
    const error = errorOf(found, format, pixelsMax)
    if (error !== undefined) return { status: 'refused', error }
    if (hasLeft()) return { status: 'abandoned' }
    const { data, info } = await sharp(source, options)
      .timeout(timeout())
      .autoOrient()
      .resize({ ...sizeOf(LARGEST_WIDTH), fit: 'cover', position: sharp.strategy.attention })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    const { width, height, channels } = info
    const contents: Buffer[] = []
    for (const each of IMAGE_WIDTHS) {
      if (hasLeft()) return { status: 'abandoned' }
      if (isLate()) return { status: 'refused', error: 'too-slow' }
      contents.push(
        await sharp(data, { raw: { width, height, channels } })
          .timeout(timeout())
          .resize(sizeOf(each))
          .webp({ quality: QUALITY })
          .toBuffer(),
      )
    }
    const hash = createHash('sha256')
    for (const content of contents) hash.update(content)
    const image = hash.digest('hex')
    return {
      status: 'made',
      image,
      files: IMAGE_WIDTHS.map((each, i) => ({
        name: imageName(image, each),
        content: contents[i] ?? Buffer.alloc(0),
      })),
    }
  } catch {
    if (isLate()) return { status: 'refused', error: 'too-slow' }
    // The decoder's message is of no use to an organiser.
    return { status: 'refused', error: 'damaged' }
  }
}

/** Why a file's header rules it out. */
function errorOf(found: Metadata, format: string, pixelsMax: number): ImageError | undefined {
  // AVIF is a kind of HEIF to the decoder, which distinguishes the two by their compression.
  const isAvif = format === 'avif' && found.format === 'heif' && found.compression === 'av1'
  if (found.format !== format && !isAvif) return 'type'
  const { width, height } = found.autoOrient
  if (width * height > pixelsMax) return 'too-many-pixels'
  const least = sizeOf(LEAST_WIDTH)
  return width < least.width || height < least.height ? 'too-small' : undefined
}

function sizeOf(width: number): { width: number; height: number } {
  return { width, height: (width * IMAGE_SHAPE.height) / IMAGE_SHAPE.width }
}

/** The format by a file's first bytes: the decoder receives only formats that it may decode, so no SVG and no PDF. */
function sniff(source: Uint8Array): 'jpeg' | 'png' | 'webp' | 'avif' | undefined {
  const text = Buffer.from(source.subarray(0, 32)).toString('latin1')
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'webp'
  if (text.startsWith('ftypavi', 4) || (text.startsWith('ftyp', 4) && text.includes('avif'))) return 'avif'
  return undefined
}
