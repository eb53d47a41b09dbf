import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Locator } from 'playwright-core'

/** The part of zxing-wasm's API that is used here. It comes with barcode-detector, whose own API needs a browser. */
type Reader = {
  readBarcodes(image: Blob, options: { formats: string[] }): Promise<{ text: string }[]>
  prepareZXingModule(options: { overrides: { wasmBinary: Uint8Array } }): void
}

/** Resolves modules as barcode-detector does. */
const find = createRequire(createRequire(import.meta.url).resolve('barcode-detector'))

/** The texts of many codes, one after the other: each is scrolled to, so that two images at once spoil each other. */
export async function readAllCodes(elements: Locator): Promise<string[]> {
  const texts: string[] = []
  for (const element of await elements.all()) texts.push(...(await readCodes(element)))
  return texts
}

/** What a decoder that knows nothing of us reads from an image of the element: one text for every code. */
export async function readCodes(element: Locator): Promise<string[]> {
  const reader = find('zxing-wasm/reader') as Reader
  const wasmBinary = readFileSync(find.resolve('zxing-wasm/reader/zxing_reader.wasm'))
  reader.prepareZXingModule({ overrides: { wasmBinary } })
  const image = await element.screenshot()
  // Some rows of a QR code can be read as a code of another kind.
  const found = await reader.readBarcodes(new Blob([new Uint8Array(image)]), { formats: ['QRCode'] })
  return found.map(({ text }) => text)
}
