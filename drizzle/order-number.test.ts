import { describe, expect, it } from 'vitest'
import { orderNumberOf, readOrderNumber, shownNumber } from './order-number.ts'

const ALPHABET = '0123456789BCDFGHJKMNPQRSTVWXZ'
const IDS = Array.from({ length: 200 }, (_, i) => `019a0000-0000-7000-8000-${String(i).padStart(12, '0')}`)
const isComplete = (text: string) => readOrderNumber(text)?.complete === true

describe('M18: an order number', () => {
  it('has two parts of four characters, without vowels and without letters that look like digits', () => {
    for (const id of IDS)
      expect(orderNumberOf(id)).toMatch(/^[0-9B-DF-HJKMNP-TV-XZ]{4}-[0-9B-DF-HJKMNP-TV-XZ]{4}$/)
    expect(orderNumberOf('019a0000-0000-7000-8000-000000000000')).toBe(
      orderNumberOf('019a0000-0000-7000-8000-000000000000'),
    )
    expect(new Set(IDS.map((id) => orderNumberOf(id))).size).toBe(IDS.length)
    expect(orderNumberOf(IDS[0] ?? '', 1)).not.toBe(orderNumberOf(IDS[0] ?? ''))
  })

  it('is rejected when one character is wrong or two have changed places', () => {
    for (const id of IDS.slice(0, 20)) {
      const number = orderNumberOf(id).replace('-', '')
      expect(isComplete(number)).toBe(true)
      for (const [i, right] of [...number].entries()) {
        for (const wrong of ALPHABET.replace(right, '')) {
          expect(isComplete(number.slice(0, i) + wrong + number.slice(i + 1))).toBe(false)
        }
        for (let k = i + 1; k < number.length; k += 1) {
          const swapped = [...number]
          ;[swapped[i], swapped[k]] = [swapped[k] ?? '', swapped[i] ?? '']
          expect(isComplete(swapped.join(''))).toBe(swapped.join('') === number)
        }
      }
    }
  })

  it.each([
    ['k7m', 'K7M'],
    ['K7MP3', 'K7MP-3'],
    [' k7mp 3x ', 'K7MP-3X'],
    ['K7MP-3XQ2', 'K7MP-3XQ2'],
    ['kO1l', 'K011'],
  ])('is read from %j as %j, however it is written', (text, beginning) => {
    expect(readOrderNumber(text)).toMatchObject({ beginning })
  })

  it.each(['', 'k7', 'kim', 'Lee', '김하늘', 'K7MP-3XQ22', 'K7MP_3', 'a7m', 'k7@'])(
    'does not begin with %j',
    (text) => {
      expect(readOrderNumber(text)).toBeUndefined()
    },
  )

  it("is derived from the order's ID where the row has none yet", () => {
    const id = IDS[0] ?? ''
    expect(shownNumber({ id, number: null })).toBe(orderNumberOf(id))
    expect(shownNumber({ id, number: 'K7MP-3XQ2' })).toBe('K7MP-3XQ2')
  })
})
