import { readFileSync } from 'node:fs'
import { readAscent, readCodePoints } from './code-points.ts'

/** A typeface in two weights, and whether both have a character. */
export type PdfFace = {
  name: string
  regular: Buffer
  bold: Buffer
  /** The ascent of the font, as a fraction of its size. */
  ascent: number
  has: (codePoint: number) => boolean
}

/** The faces for printing: the main one for nearly all texts, and others that some names need. */
export type PdfFonts = {
  main: PdfFace
  /** Faces for characters that the main one lacks, in order of preference; each is read when it is first needed. */
  othersFor: (text: string) => PdfFace[]
}

/**
 * fontkit reads ten bytes of every glyph, even of the space, which has none: in these files it is the last one, so that
 * the read would run past the end.
 */
const AFTER_END = Buffer.alloc(10)

type Family = { name: string; folder: string; file: string; for: RegExp; weights?: readonly [string, string] }

const WEIGHTS = ['400Regular', '700Bold'] as const
const FOLDER = new URL('../../node_modules/@expo-google-fonts/', import.meta.url)
const MAIN: Family = { name: 'main', folder: 'nanum-gothic', file: 'NanumGothic', for: /^/ }
const OTHERS: readonly Family[] = [
  {
    ...{ name: 'latin', folder: 'noto-sans', file: 'NotoSans' },
    for: /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}\p{Script=Inherited}]/u,
  },
  { name: 'arabic', folder: 'noto-sans-arabic', file: 'NotoSansArabic', for: /\p{Script=Arabic}/u },
  { name: 'hebrew', folder: 'noto-sans-hebrew', file: 'NotoSansHebrew', for: /\p{Script=Hebrew}/u },
  { name: 'thai', folder: 'noto-sans-thai', file: 'NotoSansThai', for: /\p{Script=Thai}/u },
  {
    ...{ name: 'devanagari', folder: 'noto-sans-devanagari', file: 'NotoSansDevanagari' },
    for: /\p{Script=Devanagari}/u,
  },
  {
    ...{ name: 'han', folder: 'noto-sans-sc', file: 'NotoSansSC' },
    for: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}]/u,
  },
  {
    ...{ name: 'emoji', folder: 'noto-emoji', file: 'NotoEmoji' },
    for: /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}]|\u20e3/u,
  },
]

/** Reads the main face, four megabytes, only once. */
export function readPdfFonts(): PdfFonts {
  const read = new Map<string, PdfFace>()
  return {
    main: readFace(MAIN),
    othersFor: (text) =>
      OTHERS.filter((family) => family.for.test(text)).map((family) => {
        const face = read.get(family.name) ?? readFace(family)
        read.set(family.name, face)
        return face
      }),
  }
}

/** The font files that printing needs, from the folder of all fonts. */
export function fontFiles(): string[] {
  return [MAIN, ...OTHERS].flatMap(filesOf)
}

function filesOf({ folder, file }: Family): string[] {
  return WEIGHTS.map((weight) => `${folder}/${weight}/${file}_${weight}.ttf`)
}

function readFace(family: Family): PdfFace {
  const [regular, bold] = filesOf(family).map(readFont)
  if (regular === undefined || bold === undefined) throw new Error('a face has two weights')
  const [inRegular, inBold] = [readCodePoints(regular), readCodePoints(bold)]
  const has = (codePoint: number) => inRegular.has(codePoint) && inBold.has(codePoint)
  return { name: family.name, regular, bold, ascent: readAscent(regular), has }
}

function readFont(path: string): Buffer {
  return Buffer.concat([readFileSync(new URL(path, FOLDER)), AFTER_END])
}
