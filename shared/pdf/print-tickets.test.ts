import { randomBytes } from 'node:crypto'
import { encode } from 'uqr'
import { describe, expect, it } from 'vitest'
import type { Festival } from '../catalogue.ts'
import { money } from '../format.ts'
import { testFestival } from '../testing/catalogue.ts'
import { readPdf } from '../testing/pdf.ts'
import { readPdfFonts } from './fonts.ts'
import { type PrintedOrder, printTickets, type TicketsToPrint } from './print-tickets.ts'
import { pdfText } from './words.ts'

const MM = 72 / 25.4
const at = '2030-05-01T01:00:00.000Z'
const fonts = readPdfFonts()

function ticketOf(typeName = '주말 양일권', number = 7, isVoid = false): PrintedOrder['tickets'][number] {
  const qr = `NARU1.moonlit-ferry.12.${number}.${randomBytes(16).toString('base64url')}.${randomBytes(64).toString('base64url')}`
  return { type: 12, typeName, number, qr, typed: `12-${number}-7KQ2ZX`, void: isVoid }
}

function toPrint(
  tickets: PrintedOrder['tickets'],
  festival: Partial<Festival> = {},
  language: TicketsToPrint['language'] = 'ko',
): TicketsToPrint {
  return {
    order: {
      ...{ number: 'K7MP-3XQ2', festival: 'moonlit-ferry', amountMinor: 180_000 * tickets.length },
      ...{ currency: 'KRW', createdAt: at, holder: 'Haneul Kim', state: 'owned', tickets },
    },
    festival: testFestival('moonlit-ferry', {
      ...{ at, name: '달빛 나루 페스티벌', place: '서울 난지한강공원', endsAt: '2030-05-03T13:00:00.000Z' },
      ...festival,
    }),
    language,
  }
}

async function printed(tickets: TicketsToPrint) {
  return readPdf(await printTickets(fonts, tickets, async () => {}))
}

describe('printed tickets', () => {
  it('state in Korean and in English what they are for and how to use them', async () => {
    const tickets = [ticketOf('주말 양일권', 7), ticketOf('주말 양일권', 8)]
    for (const language of ['ko', 'en'] as const) {
      const order = toPrint(tickets, {}, language)
      const text = pdfText[language]
      const { pages } = await printed(order)
      expect(pages.map(({ lines }) => lines)).toEqual(
        tickets.map(({ number, typed }, i) => [
          text.page(i + 1, 2),
          '달빛 나루 페스티벌',
          '서울 난지한강공원',
          language === 'ko'
            ? '2030.05.01(수) 10:00 – 2030.05.03(금) 22:00 (대한민국 시간)'
            : 'Wed 1 May 2030, 10:00 – Fri 3 May 2030, 22:00 (South Korea time)',
          ...[text.type, '주말 양일권', text.number, String(number)],
          ...[pdfText[language].holder, 'Haneul Kim', text.price, money(180_000, 'KRW', language)],
          ...[text.typed, typed, text.gate, text.order('K7MP-3XQ2')],
        ]),
      )
    }
  })

  it('have a code of more than 45 mm, drawn module by module, with nothing in the four modules around it', async () => {
    const ticket = ticketOf()
    const { pages } = await printed(toPrint([ticket]))
    const rectangles = pages[0]?.rectangles ?? []
    const { size, data } = encode(ticket.qr, { ecc: 'M', border: 0 })
    const left = Math.min(...rectangles.map(({ x }) => x))
    const top = Math.min(...rectangles.map(({ y }) => y))
    const width = Math.max(...rectangles.map((each) => each.x + each.width)) - left
    expect(width / MM).toBeGreaterThan(45)
    const module = width / size
    // The margin beside, the rule above: 20 mm and 4 mm of their own.
    expect(left / MM).toBeGreaterThan(20 + (4 * module) / MM - 0.1)
    const drawn = data.map((row) => row.map(() => false))
    for (const { x, y, width: long, height } of rectangles) {
      expect(height).toBeCloseTo(module, 1)
      const row = drawn[Math.round((y - top) / module)] ?? []
      row.fill(true, Math.round((x - left) / module), Math.round((x + long - left) / module))
    }
    expect(drawn).toEqual(data)
  })

  it('leave out void tickets', async () => {
    const { pages } = await printed(toPrint([ticketOf('A', 1), ticketOf('A', 2, true), ticketOf('A', 3)]))
    expect(pages.map(({ lines }) => lines[7])).toEqual(['1', '3'])
  })

  it.each([
    ['José Łukasz Ångström q̃', 'JoséŁukaszÅngströmq̃', 'accents'],
    ['Входной билет', 'Входнойбилет', 'Cyrillic'],
    ['漢字 ひらがな 難池', '漢字ひらがな難池', 'Hanja and Kana'],
    ['สมชาย ใจดี', 'สมชายใจดี', 'Thai'],
    ['मुंबई', 'मुंबई', 'Devanagari'],
    ['달빛 🎪', '달빛🎪', 'emoji'],
  ])('are printed with names as they were entered: %s (M9)', async (holder, drawn) => {
    const tickets = toPrint([ticketOf()])
    const order = { ...tickets.order, holder }
    const { pages, dictionaries } = await printed({ ...tickets, order })
    const text = pages[0]?.lines.join('').replaceAll(' ', '') ?? ''
    expect([...drawn.normalize('NFC')].filter((character) => !text.includes(character))).toEqual([])
    expect(text).not.toContain('□')
    expect(dictionaries.join('\n')).toContain('/ActualText')
  })

  it('print names from right to left, with numbers and brackets in their places (M9)', async () => {
    const tickets = toPrint([ticketOf('כרטיס (יומיים) 12')])
    const { pages } = await printed({ ...tickets, order: { ...tickets.order, holder: 'محمد' } })
    const text = pages[0]?.lines.join('') ?? ''
    // Letters are in visual order, from left to right.
    expect(text).toMatch(/12\)?\s?\)?\(?םיימוי/)
    expect(text).toContain('סיטרכ')
    expect(text).not.toContain('□')
  })

  it('stay small: ten tickets with names in seven scripts take less than 300 KB (M9)', async () => {
    const tickets = toPrint(
      Array.from({ length: 10 }, (_, i) => ticketOf('ตั๋ว देवनागरी', i + 1)),
      {
        name: '달빛 月光 🎪',
        place: 'שלום',
      },
    )
    const order = { ...tickets.order, holder: 'محمد José Київ' }
    const pdf = await printTickets(fonts, { ...tickets, order }, async () => {})
    expect(pdf.byteLength).toBeLessThan(300_000)
  })

  it('load no further face for names that the main one can print (M9)', async () => {
    const read: string[] = []
    const othersFor = (text: string) => {
      read.push(text)
      return fonts.othersFor(text)
    }
    const watched = { ...fonts, othersFor }
    await printTickets(watched, toPrint([ticketOf()]), async () => {})
    expect(read).toEqual([])
  })

  it('fit on one page each, whatever names organisers have chosen', async () => {
    const festival = {
      name: `Fête 🎪👨‍👩‍👧 ${'초대형이름'.repeat(50)}`,
      place: 'Longwordwithoutanyspace'.repeat(20),
    }
    const { pages } = await printed(toPrint([ticketOf(`שלום \u202eabc\u202c ${'W'.repeat(200)}`)], festival))
    const [{ lines, rectangles } = { lines: [], rectangles: [] }] = pages
    expect(pages).toHaveLength(1)
    const text = lines.join('')
    expect(text).toContain('Fête 🎪')
    expect(text).toContain('초대형이름초대형이름')
    expect(text.split('…')).toHaveLength(4)
    expect(text).toContain('םולש')
    expect(text).toMatch(/W{20}/)
    expect(lines.at(-1)).toContain('예매 번호')
    for (const { x, y, width, height } of rectangles) {
      expect(x).toBeGreaterThan(0)
      expect(x + width).toBeLessThan(105 * MM)
      expect(y + height).toBeLessThan(200 * MM)
    }
  })

  it('state their price only where it is known, with a sign that can be printed', async () => {
    const mixed = [ticketOf('A', 1), { ...ticketOf('B', 2), type: 13 }]
    const unknown = toPrint(mixed)
    expect((await printed(unknown)).pages[0]?.lines).not.toContain(pdfText.ko.price)
    const rupees = { ...unknown.order, currency: 'INR', amountMinor: 250_000, tickets: [ticketOf()] }
    expect((await printed({ ...unknown, order: rupees })).pages[0]?.lines).toContain('₹2,500.00')
    const free = { ...rupees, amountMinor: 0 }
    expect((await printed({ ...unknown, order: free })).pages[0]?.lines).toContain(pdfText.ko.free)
  })

  it('are still printed for a festival that is no longer shown', async () => {
    const { pages } = await printed({ ...toPrint([ticketOf()]), festival: undefined })
    expect(pages[0]?.lines.slice(0, 3)).toEqual([pdfText.ko.page(1, 1), 'moonlit-ferry', pdfText.ko.type])
  })

  it('have a title, a language and a structure for screen readers', async () => {
    const ticket = ticketOf()
    const { title, called, dictionaries } = await printed(toPrint([ticket], { name: '달빛 🎪' }))
    const all = dictionaries.join('\n')
    expect(title).toBe('달빛 🎪 티켓')
    expect(called).toEqual([pdfText.ko.qr(ticket.typeName, ticket.number)])
    const kinds = ['Document', 'Sect', 'H1', 'P', 'Figure'].map((kind) => `/S /${kind}\n`)
    const missing = ['/Lang (ko)', '/Marked true', ...kinds].filter((each) => !all.includes(each))
    expect(missing).toEqual([])
  })

  it('H2: are drawn in slices of one page each, and stop at the slice that throws', async () => {
    let slices = 0
    const slice = async () => {
      slices += 1
      if (slices === 3) throw new Error('wanted no more')
    }
    const tickets = toPrint(Array.from({ length: 10 }, () => ticketOf()))
    await expect(printTickets(fonts, tickets, slice)).rejects.toThrow('wanted no more')
    expect(slices).toBe(3)
  })
})
