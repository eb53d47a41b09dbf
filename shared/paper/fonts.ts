import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readCodePoints } from './code-points.ts'

/** What is printed with: files of fonts, and whether both have a character. */
export type PaperFonts = {
  regular: Buffer
  bold: Buffer
  has: (codePoint: number) => boolean
}

const FOLDER = '@expo-google-fonts/nanum-gothic'
/**
 * fontkit reads ten bytes of every shape, even of the space, which has none: in these files it is the last one, and they
 * would be read past the end.
 */
const AFTER_END = Buffer.alloc(10)

/** Reads the fonts: four megabytes, once. */
export function readPaperFonts(): PaperFonts {
  const [regular, bold] = [read('400Regular'), read('700Bold')]
  const [inRegular, inBold] = [readCodePoints(regular), readCodePoints(bold)]
  return { regular, bold, has: (codePoint) => inRegular.has(codePoint) && inBold.has(codePoint) }
}

function read(weight: string): Buffer {
  const file = import.meta.resolve(`${FOLDER}/${weight}/NanumGothic_${weight}.ttf`)
  return Buffer.concat([readFileSync(fileURLToPath(file)), AFTER_END])
}
