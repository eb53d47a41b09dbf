import type { Facts, PositionFacts, RoomFacts } from './facts.ts'
import type { Finding, Verdict } from './finding.ts'
import { claimedPositions } from './read-positions.ts'

const ENTRY_BYTES = 16

/**
 * Invariant 6: positions are a permutation. In a room with arrival order a position is an index into the log, so the
 * log must consist of whole entries, and everything that names a position must agree with it: serving, claims, passes,
 * and the records that give a repeated entry its index. One key may be in the log twice, once its record has expired.
 * The records were read before the log, the claims after the passes in `before`: each after what it follows from.
 */
export function checkPositions({ before, after, positions }: Facts): Verdict {
  if (after === undefined) return { checked: {}, findings: [] }
  const entries = Math.floor(after.entryBytes / ENTRY_BYTES)
  const claims = claimedPositions(positions.claimed)
  return {
    checked: { entries, claims: claims.size, retryRecords: positions.records.size },
    findings: [
      ...checkLine(after, entries),
      ...(before === undefined ? [] : checkPasses(before, claims)),
      ...checkRecords(positions),
    ],
  }
}

function checkLine({ entryBytes, serving }: RoomFacts, entries: number): Finding[] {
  const findings: Finding[] = []
  if (entryBytes % ENTRY_BYTES !== 0) {
    findings.push({ breach: 'the log does not end with a whole entry', id: `${entryBytes} bytes` })
  }
  if (serving >= entries) {
    findings.push({
      breach: 'a position was called that no fan has',
      id: `position ${serving}`,
      detail: `${entries} entries`,
    })
  }
  return findings
}

function checkPasses({ nowMs, passEnds, passPositions }: RoomFacts, claims: ReadonlySet<number>): Finding[] {
  const findings: Finding[] = []
  const holders = new Map<number, string>()
  for (const [account, ends] of passEnds) {
    if (ends <= nowMs) continue
    const position = passPositions.get(account)
    if (position === undefined) {
      findings.push({ breach: 'a live pass has no position', id: account })
      continue
    }
    const detail = `position ${position}`
    const other = holders.get(position)
    if (other !== undefined) {
      findings.push({
        breach: 'two live passes have one position',
        id: account,
        detail: `${detail}, as ${other}`,
      })
    }
    if (!claims.has(position))
      findings.push({ breach: 'a live pass has a position that is not claimed', id: account, detail })
    holders.set(position, account)
  }
  return findings
}

function checkRecords({ log, records }: PositionFacts): Finding[] {
  const findings: Finding[] = []
  const keys = new Map<number, string>()
  for (const [key, index] of records) {
    const other = keys.get(index)
    if (other !== undefined) {
      findings.push({
        breach: 'two retry records give one index',
        id: `index ${index}`,
        detail: `${other} and ${key}`,
      })
    }
    if (entryAt(log, index) !== key) {
      findings.push({
        breach: 'a retry record gives an index that the log has another entry at',
        id: `index ${index}`,
        detail: `record ${key}, log ${entryAt(log, index) || 'nothing'}`,
      })
    }
    keys.set(index, key)
  }
  return findings
}

function entryAt(log: Buffer, index: number): string {
  return log.toString('base64url', index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES)
}
