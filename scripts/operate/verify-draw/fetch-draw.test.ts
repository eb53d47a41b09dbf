import { afterEach, describe, expect, it } from 'vitest'
import { Unreachable } from '../audit/unreachable.ts'
import { type Drawn, fetchDraw, fetchLog, Unverifiable } from './fetch-draw.ts'
import { type Answers, answerJson, makeDraw, publish, ROOM, serveRoom } from './testing.ts'

const LIMITS = { entriesMax: 100, silenceMs: 20_000 }
const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

async function fetchAll(answers: Answers, limits = LIMITS) {
  const { roomUrl, stop } = await serveRoom(answers)
  stops.push(stop)
  const announced = await fetchDraw(roomUrl, limits)
  return announced.drawn ? fetchLog(roomUrl, announced, limits) : announced
}

const asDrawn = (size: number): Drawn => ({ ...makeDraw(size), order: 'draw', drawn: true })

describe('fetching a draw', () => {
  it('reads the draw and its log', async () => {
    const round = { number: 5, at: new Date(0), publicKey: 'ab'.repeat(96) }
    const draw = makeDraw(100, ROOM, undefined, { round, signature: 'cd'.repeat(48) })
    expect(await fetchAll(publish(draw))).toMatchObject({ ...draw })
  })

  it('reads the commitment of a room before its draw', async () => {
    const { commitment, room } = makeDraw(1)
    const body = { room, order: 'draw', version: 2, commitment, drawn: false }
    expect(await fetchAll({ '/draw': answerJson(body) })).toEqual(body)
  })

  it.each<[string, Partial<Drawn>]>([
    ['a secret', { secret: 'abc' }],
    ['a seed', { seed: '' }],
    ['a number of entries', { lobbyEntries: 1.5 }],
  ])('refuses a draw without %s', async (_, wrong) => {
    const answers = { ...publish(makeDraw(1)), '/draw': answerJson({ ...asDrawn(1), ...wrong }) }
    await expect(fetchAll(answers)).rejects.toThrow(Unverifiable)
  })

  it('refuses a log longer than the limit, whatever N is', async () => {
    await expect(fetchAll(publish(makeDraw(101)))).rejects.toThrow(
      '101 entries are more than can be verified',
    )
    const endless = publish({ ...makeDraw(101), lobbyEntries: 100 })
    await expect(fetchAll(endless)).rejects.toThrow('answers with more than 1600 bytes')
  })

  it('refuses a page in place of the log', async () => {
    const answers = { ...publish(makeDraw(1)), '/draw/entries': answerJson({}) }
    await expect(fetchAll(answers)).rejects.toThrow('does not answer with bytes')
  })

  it('follows no redirect', async () => {
    const elsewhere: Answers = {
      '/draw': (response) => response.writeHead(302, { location: 'http://127.0.0.1:2/' }).end(),
    }
    await expect(fetchAll(elsewhere)).rejects.toThrow('answers 302')
  })

  it('times out on a log that stops arriving', async () => {
    const stuck: Answers = {
      ...publish(makeDraw(2)),
      '/draw/entries': (response) => {
        response.writeHead(200, { 'content-type': 'application/octet-stream' }).write(Buffer.alloc(16))
      },
    }
    const failed = fetchAll(stuck, { ...LIMITS, silenceMs: 300 })
    await expect(failed).rejects.toThrow('nothing came for 300 ms')
    await expect(failed).rejects.toThrow(Unreachable)
  })
})
