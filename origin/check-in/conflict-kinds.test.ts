import { describe, expect, it } from 'vitest'
import { kindsOf } from './conflict-kinds.ts'

type Scan = Parameters<typeof kindsOf>[0][number]

let seq = 0
function scan(more: Partial<Scan> = {}): Scan {
  seq += 1
  const serverVerdict = more.serverVerdict ?? 'admitted'
  const deviceVerdict = more.deviceVerdict ?? null
  const undoneAt = more.undoneAt ?? null
  return {
    ...{ seq, at: new Date(seq), serverVerdict, deviceVerdict, undoneAt, confirmed: more.confirmed ?? [] },
    letIn: (deviceVerdict ?? serverVerdict) === 'admitted' && undoneAt === null,
  }
}
const undoneAt = new Date()
const offline = (serverVerdict: Scan['serverVerdict'], more: Partial<Scan> = {}) =>
  scan({ deviceVerdict: 'admitted', serverVerdict, ...more })

describe('M10: the conflicts of a ticket', () => {
  it.each<[string, Scan[]]>([
    ['let in once', [scan()]],
    ['let in once, and refused elsewhere', [scan(), scan({ serverVerdict: 'already-used' })]],
    ['taken back and never let in again', [scan({ undoneAt })]],
    ['let in by two devices, one of which took it back', [scan(), offline('already-used', { undoneAt })]],
    [
      'refused by a device without a network, and let in later',
      [scan({ deviceVerdict: 'not-listed', serverVerdict: 'valid' }), scan()],
    ],
    ['cancelled and refused', [scan({ serverVerdict: 'void' })]],
  ])('are none when it was %s', (_, scans) => {
    expect(kindsOf(scans)).toEqual([])
  })

  it.each<[string, Scan[]]>([
    ['admitted-twice', [scan(), offline('already-used')]],
    ['admitted-after-undo', [scan({ undoneAt }), scan()]],
    ['void-admitted', [offline('void')]],
    ['flagged-admitted', [offline('flagged')]],
    ['flagged-admitted', [scan({ confirmed: ['flagged'] })]],
    ['unknown-admitted', [offline('unknown')]],
    ['outside-window', [offline('outside-window')]],
    ['outside-window', [scan({ confirmed: ['outside-window'] })]],
    ['refused-valid', [scan({ deviceVerdict: 'not-listed', serverVerdict: 'valid' })]],
  ])('are %s', (kind, scans) => {
    expect(kindsOf(scans)).toEqual([kind])
  })

  it('are all listed when there are several', () => {
    expect(kindsOf([offline('void'), offline('void')])).toEqual(['admitted-twice', 'void-admitted'])
  })
})
