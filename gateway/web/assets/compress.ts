import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

/** The encodings of an asset, the best first, and what its file in a release ends with. */
export const ENCODINGS = { br: '.br', gzip: '.gz', identity: '' } as const

export type Encoding = keyof typeof ENCODINGS

/** Above this size brotli's highest level takes seconds to save a tenth. */
const BEST_BYTES_MAX = 262_144

/** Compresses in another thread, as small as it gets: it is done once. */
export async function compress(
  plain: Uint8Array<ArrayBuffer>,
  encoding: Encoding,
): Promise<Uint8Array<ArrayBuffer>> {
  if (encoding === 'identity') return plain
  if (encoding === 'gzip') return new Uint8Array(await promisify(gzip)(plain, { level: 9 }))
  const quality = plain.length > BEST_BYTES_MAX ? 9 : constants.BROTLI_MAX_QUALITY
  const params = {
    [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    [constants.BROTLI_PARAM_QUALITY]: quality,
  }
  return new Uint8Array(await promisify(brotliCompress)(plain, { params }))
}
