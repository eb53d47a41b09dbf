import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { mineText } from '../account/text/mine.ts'
import { drawText } from '../fan/text/draw.ts'
import { festivalsText } from '../fan/text/festivals.ts'
import { organiserLiveText } from '../organiser/text/organiser-live.ts'
import { staffText } from '../staff/text/staff.ts'
import type { Language, Translated } from './translated.ts'

const WEB = join(import.meta.dirname, '..')

it('English texts use the singular for one', () => {
  const live = organiserLiveText.en
  expect([
    ...[drawText.en.good('1'), staffText.en.inOf('1'), staffText.en.list('1', 'now')],
    ...[live.entered('1'), live.turnsRetained('1'), live.confirm.crowd('1', '1')],
    ...[festivalsText.en.mayReturn(1), mineText.en.tickets(1)],
  ]).toEqual([
    'Everything matches: commitment, participants, seed and the one entry.',
    ' in, of 1 ticket',
    'Offline-ready: 1 ticket, as of now.',
    '1 has joined so far',
    '1 goes in as soon as there’s room',
    '1 person is waiting right now, and 1 is shopping.',
    '1 is in someone’s basket and may become available',
    '1 ticket',
  ])
  expect(live.entered('21')).toBe('21 have joined so far')
})

/** Every text of a part of the pages, with functions as source text. */
function wordsIn(value: unknown): string[] {
  if (typeof value === 'string' || typeof value === 'function') return [String(value)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(wordsIn) : []
}

/** The texts of all pages in a language. */
async function allWords(language: Language): Promise<string[]> {
  const files = globSync('*/text/*.ts', { cwd: WEB }).toSorted()
  const words: string[] = []
  for (const file of files) {
    const { href } = pathToFileURL(join(WEB, file))
    const texts = Object.values((await import(href)) as Record<string, Translated<unknown>>)
    words.push(...texts.flatMap((text) => (typeof text === 'object' ? wordsIn(text[language]) : [])))
  }
  expect(words.length).toBeGreaterThan(500)
  return words
}

/** Words that a native speaker would not write, or that ticket sites call differently. */
const FORBIDDEN: Record<Language, RegExp> = {
  en: /\bin line\b|at once\b|just now|by itself|Whoever|\blots\b|for good|There is no way back|\baway\b|deadLetter|\bemail\b|an account already\.|did not work|Make an account|going? on\b|There is no festival|held by others|taken back|without a network|meanwhile,|This is no |\w'(?:t|s|re|ve|ll) /,
  ko: /내 페이지|계정 만들기|줄 서기|줄의 자리|확보[된되했]|모두 팔|저절로|지금은 되지 않|상점|로봇|적어 주세요|주문|구매자|휴대전화|새로 고[침쳐치]|결제사|비밀 값|씨앗값|₩|GMT/,
}

it.each(['ko', 'en'] as const)(
  'texts contain none of the words that native speakers would not write: %s',
  async (language) => {
    const words = await allWords(language)
    expect(words.filter((word) => FORBIDDEN[language].test(word))).toEqual([])
  },
)

it('texts have the same placeholders and parameters in both languages', async () => {
  const [korean, english] = [await allWords('ko'), await allWords('en')]
  expect(korean.map(slotsOf)).toEqual(english.map(slotsOf))
})

/** The placeholders of a text that browsers fill in; for a function, the number of its parameters. */
function slotsOf(word: string): string {
  const parameters = /^\(([^)]*)\) ?=>/.exec(word)?.[1]
  if (parameters !== undefined) return `${parameters.split(',').length} parameters`
  return [...word.matchAll(/\{\w+\}/g)]
    .map(([slot]) => slot)
    .toSorted()
    .join(' ')
}

it('Korean texts have one word for each thing, and no particle that depends on an amount', async () => {
  const words = await allWords('ko')
  // For 입구, 스태프, 주최자 and 대기실.
  expect(words.filter((word) => /게이트|직원|축제 관리|로비/.test(word))).toEqual([])
  expect(words.filter((word) => /\$\{amount\}[을를이가은는]/.test(word))).toEqual([])
})
