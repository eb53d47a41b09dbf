import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { PICTURE_SHAPE, PICTURE_WIDTHS, pictureName } from '../../shared/catalogue.ts'

/** Why a file cannot be a festival's picture. */
export const PICTURE_FAULTS = ['type', 'damaged', 'too-small', 'too-many-pixels'] as const
export type PictureFault = (typeof PICTURE_FAULTS)[number]

export type MadePicture =
  | { status: 'made'; picture: string; files: { name: string; content: Uint8Array }[] }
  | { status: 'refused'; fault: PictureFault }

const [LEAST_WIDTH] = PICTURE_WIDTHS
const QUALITY = 80

/**
 * Makes a festival's picture of what an organiser sent: decoded, turned as its camera was held, cut to the shape of
 * pages around what draws the eye, and written anew in each width, without anything else that was in the file. Of an
 * animation the first frame is taken; what is transparent becomes white.
 *
 * @param pixelsMax - more are refused before they are decoded
 * @param secondsMax - decoding and writing one width may take
 */
export async function makePicture(
  source: Uint8Array,
  { pixelsMax, secondsMax }: { pixelsMax: number; secondsMax: number },
): Promise<MadePicture> {
  const format = sniff(source)
  if (format === undefined) return { status: 'refused', fault: 'type' }
  const options = { limitInputPixels: pixelsMax, failOn: 'error', sequentialRead: true } as const
  try {
    const found = await sharp(source, { ...options, limitInputPixels: false }).metadata()
    // AVIF is a kind of HEIF to the decoder, which tells the two apart by their compression.
    if (
      found.format !== format &&
      !(format === 'avif' && found.format === 'heif' && found.compression === 'av1')
    ) {
      return { status: 'refused', fault: 'type' }
    }
    const { width, height } = found.autoOrient
    if (width * height > pixelsMax) return { status: 'refused', fault: 'too-many-pixels' }
    if (width < LEAST_WIDTH || height < heightOf(LEAST_WIDTH))
      return { status: 'refused', fault: 'too-small' }
    const contents: Buffer[] = []
    // One after the other: what is decoded is large.
    for (const each of PICTURE_WIDTHS) {
      contents.push(
        await sharp(source, options)
          .timeout({ seconds: secondsMax })
          .autoOrient()
          .resize({ width: each, height: heightOf(each), fit: 'cover', position: sharp.strategy.attention })
          .flatten({ background: '#ffffff' })
          .webp({ quality: QUALITY })
          .toBuffer(),
      )
    }
    const hash = createHash('sha256')
    for (const content of contents) hash.update(content)
    const picture = hash.digest('hex')
    return {
      status: 'made',
      picture,
      files: PICTURE_WIDTHS.map((each, i) => ({
        name: pictureName(picture, each),
        content: contents[i] ?? Buffer.alloc(0),
      })),
    }
  } catch {
    // The decoder says what it stumbled over, which means nothing to an organiser.
    return { status: 'refused', fault: 'damaged' }
  }
}

function heightOf(width: number): number {
  return (width * PICTURE_SHAPE.height) / PICTURE_SHAPE.width
}

/** The format by a file's first bytes: the decoder is only given what it may decode, so no SVG and no PDF. */
function sniff(source: Uint8Array): 'jpeg' | 'png' | 'webp' | 'avif' | undefined {
  const text = Buffer.from(source.subarray(0, 32)).toString('latin1')
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'webp'
  if (text.startsWith('ftypavi', 4) || (text.startsWith('ftyp', 4) && text.includes('avif'))) return 'avif'
  return undefined
}
