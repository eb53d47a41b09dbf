import { afterEach, describe, expect, it } from 'vitest'
import { type MainResult, runMain } from '../../tests/run-main.ts'
import { type Answers, answerJson, keyAt, makeDraw, positionIn, publish, ROOM, serveRoom } from './testing.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

const runCommand = (args: string[]) => runMain(import.meta.dirname, args)

async function verifyServed(answers: Answers, ...args: string[]): Promise<MainResult> {
  const { roomUrl, stop } = await serveRoom(answers)
  stops.push(stop)
  return runCommand([roomUrl, ...args])
}

describe('verify-draw', () => {
  it('prints a line for each check and exits with 0 when the draw is honest', async () => {
    const draw = makeDraw(1000)
    const key = keyAt(7)
    const { status, stdout, stderr } = await verifyServed(
      publish(draw),
      '--entry',
      key,
      '--commitment',
      draw.commitment,
    )
    expect(stdout.trimEnd().split('\n')).toEqual([
      `Draw of room ${ROOM}`,
      'holds   The published draw is that of the room asked for',
      'holds   The published commitment is the one seen before the opening',
      'holds   The commitment is SHA-256 of the secret',
      'holds   N is the length of the log (1000 entries)',
      'holds   The log is the one that was closed with',
      'holds   Those who take part are those that were closed with',
      'holds   The seed follows from all of this and the secret',
      'holds   The positions are a permutation of 0…N−1',
      'noted   666 of 1000 entries take part',
      'noted   NO beacon was asked for: anyone who knew the secret could have added entries until the result pleased them',
      'noted   No entry has the key of another',
      `entry   ${key} has index 7, takes part, and position ${positionIn(draw, 7)} of 0…999`,
      'The draw is honest',
    ])
    expect([status, stderr]).toEqual([0, ''])
  })

  it('exits with 1 and the reason when the draw is not honest', async () => {
    const { status, stdout } = await verifyServed(publish({ ...makeDraw(10), secret: '00'.repeat(32) }))
    expect(status).toBe(1)
    expect(stdout).toContain(
      '\nThe draw is NOT honest: the commitment is not SHA-256 of the secret; the seed',
    )
  })

  it('prints the report as JSON', async () => {
    const draw = makeDraw(10)
    const { status, stdout } = await verifyServed(publish(draw), '--json', '--entry', keyAt(3))
    expect(JSON.parse(stdout)).toMatchObject({
      room: ROOM,
      honest: true,
      verdict: 'The draw is honest',
      lobbyEntries: 10,
      commitmentSeenCompared: false,
      repeatedKeys: 0,
      entry: { places: [{ index: 3 }] },
    })
    expect(status).toBe(0)
  })

  it('exits with 2 on wrong usage', async () => {
    const { status, stdout, stderr } = await runCommand(['naru-test'])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('"naru-test" is not the URL of a room')
  })

  it('exits with 3 before the draw, but with 1 when the commitment has changed', async () => {
    const { commitment } = makeDraw(1)
    const answers = {
      '/draw': answerJson({ room: ROOM, order: 'draw', version: 2, commitment, drawn: false }),
    }
    const undrawn = `Room ${ROOM} has not made its draw yet. Its commitment: ${commitment}\n`
    expect(await verifyServed(answers)).toEqual({ status: 3, stdout: '', stderr: undrawn })
    const same = await verifyServed(answers, '--commitment', commitment)
    expect([same.status, same.stderr]).toEqual([3, undrawn])
    const changed = await verifyServed(answers, '--commitment', '00'.repeat(32))
    expect(changed.status).toBe(1)
    expect(changed.stderr).toContain('NOT honest: the published commitment is not the one seen before')
  })

  it('exits with 3 and one line when the room has no draw or does not exist', async () => {
    const detail = 'This room goes by arrival; it has no draw'
    const arrival = await verifyServed({ '/draw': answerJson({ code: 'not-found', detail }, 404) })
    expect([arrival.status, arrival.stdout]).toEqual([3, ''])
    expect(arrival.stderr).toMatch(/^http\S+ answers 404: This room goes by arrival; it has no draw\n$/)
    const nowhere = await runCommand([`http://127.0.0.1:2/rooms/${ROOM}`])
    expect([nowhere.status, nowhere.stdout]).toEqual([3, ''])
    expect(nowhere.stderr).toMatch(/^http\S+ cannot be reached: .+\n$/)
  })
})
