import { expect, it } from 'vitest'
import { differences } from './describe.ts'

const change = { id: 1, at: '2027-01-01T00:00:00.000Z', account: { id: 'a', name: 'A' }, action: 'x' }

async function feedback(before: Record<string, unknown>, after: Record<string, unknown>): Promise<string> {
  const html = String(await differences({ ...change, before, after }, { timeZone: 'Asia/Seoul' }, 'ko'))
  return html.replaceAll(/<[^>]*>/g, '')
}

it('names the changed object once, and the old and new value of each changed field', async () => {
  const words = await feedback({ type: 34, quantity: 10 }, { type: 34, quantity: 20 })
  expect(words).toContain('티켓 종류: 34')
  expect(words).not.toContain('34 → 34')
  expect(words).toContain('티켓 수: 10 → 20')
})

it('shows labels for fields, including nested ones, and instants in a readable form', async () => {
  const saleFrom = '2027-01-01T15:10:00.000Z'
  const words = await feedback({ saleFrom }, { room: { saleFrom, lobbyAt: saleFrom } })
  expect(words).not.toMatch(/saleFrom|lobbyAt|\.000Z/)
  expect(words).toContain('판매 시작 일시: 2027.01.02(토) 00:10')
})

it('M3: shows a name that looks like an instant but is not one unchanged', async () => {
  const name = '2026-13-45T99:99:99Z'
  expect(await feedback({ name }, { name: [name] })).toContain(name)
})

it('shows who did what, and the old and new text of a description', async () => {
  const words = await feedback(
    { description: { ko: null, en: 'Old' }, roles: ['fan'] },
    { description: { ko: '새것', en: 'Old' }, roles: ['fan', 'organiser'], by: 'provider', order: 'draw' },
  )
  expect(words).toContain('설명: 한국어: 없음\n영어: Old → 한국어: 새것\n영어: Old')
  expect(words).toContain('권한: 팬 → 팬, 주최자')
  expect(words).toContain('결제 대행사')
  expect(words).toContain('순서 추첨')
})
