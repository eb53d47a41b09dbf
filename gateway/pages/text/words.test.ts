import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import type { Translated } from '../translated.ts'
import { drawText } from './draw.ts'
import { festivalsText } from './festivals.ts'
import { mineText } from './mine.ts'
import { organiserLiveText } from './organiser-live.ts'
import { staffText } from './staff.ts'

it('counts one as one in English', () => {
  const live = organiserLiveText.en
  expect([
    ...[drawText.en.good('1'), staffText.en.inOf('1'), staffText.en.list('1', 'now')],
    ...[live.entered('1'), live.turnsKept('1'), live.confirm.crowd('1', '1')],
    ...[festivalsText.en.mayReturn(1), mineText.en.tickets(1)],
  ]).toEqual([
    'Everything matches: commitment, participants, seed and the one entry.',
    ' in, of 1 ticket',
    'Offline-ready: 1 ticket, as of now.',
    '1 has joined so far',
    '1 goes in as soon as there is room',
    '1 person is waiting right now, and 1 is shopping.',
    '1 is in someone’s basket and may become available',
    '1 ticket',
  ])
  expect(live.entered('21')).toBe('21 have joined so far')
})

/** Every text of a part of the pages, with functions as they are written. */
function wordsIn(value: unknown): string[] {
  if (typeof value === 'string' || typeof value === 'function') return [String(value)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(wordsIn) : []
}

it('has one Korean word for each thing, and no particle that an amount would have to choose', async () => {
  const files = readdirSync(import.meta.dirname).filter((name) => !name.includes('.test.'))
  const words: string[] = []
  for (const file of files) {
    const { href } = pathToFileURL(join(import.meta.dirname, file))
    const texts = Object.values((await import(href)) as Record<string, Translated<unknown>>)
    words.push(...texts.flatMap((text) => (typeof text === 'object' ? wordsIn(text.ko) : [])))
  }
  expect(words.length).toBeGreaterThan(500)
  // For 입구, 스태프, 주최자 and 대기실.
  expect(words.filter((word) => /게이트|직원|축제 관리|로비/.test(word))).toEqual([])
  expect(words.filter((word) => /\$\{amount\}[을를이가은는]/.test(word))).toEqual([])
})
