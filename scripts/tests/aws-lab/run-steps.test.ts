import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { formatRow, formatTotals, type Row, type RunOptions, runSteps, type Step } from './run-steps.ts'

async function run(steps: readonly Step[], options: Partial<RunOptions> = {}) {
  const rows: Row[] = []
  const failures: string[] = []
  const passed = await runSteps(steps, {
    deadlineMs: Number.POSITIVE_INFINITY,
    now: () => 0,
    onRow: (row) => rows.push(row),
    onFailure: (_, lines) => failures.push(...lines),
    ...options,
  })
  return { passed, failures, verdicts: rows.map(({ title, verdict, note }) => ({ title, verdict, note })) }
}

function step(name: string, options: Partial<Step> = {}): Step {
  return { name, title: `step ${name}`, limitSeconds: 60, run: async () => 'a note', ...options }
}

const broken = { run: () => Promise.reject(new Error('the disk is full')) }

describe('the steps of a rehearsal', () => {
  it('pass when each of them does', async () => {
    const { passed, verdicts } = await run([step('a'), step('b', { needs: ['a'] })])
    expect(passed).toBe(true)
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['passed', 'passed'])
  })

  it('are not run when an earlier one that they need has failed, and say so', async () => {
    const { passed, failures, verdicts } = await run([
      step('a', broken),
      step('b', { needs: ['a'] }),
      step('c'),
    ])
    expect(passed).toBe(false)
    expect(failures[0]).toContain('the disk is full')
    expect(verdicts.slice(1)).toEqual([
      { title: 'step b', verdict: 'not run', note: 'needs a' },
      { title: 'step c', verdict: 'passed', note: 'a note' },
    ])
  })

  it('are not run when one that they need was not run either', async () => {
    const { verdicts } = await run([
      step('a', broken),
      step('b', { needs: ['a'] }),
      step('c', { needs: ['b'] }),
    ])
    expect(verdicts[2]).toMatchObject({ verdict: 'not run', note: 'needs b' })
  })

  it('may need what was there before', async () => {
    const { passed } = await run([step('a', { needs: ['releases'] })], { met: ['releases'] })
    expect(passed).toBe(true)
  })

  it('do not begin after the deadline', async () => {
    let nowMs = 0
    const slow = step('a', {
      run: async () => {
        nowMs = 2000
        return ''
      },
    })
    const { verdicts } = await run([slow, step('b')], { deadlineMs: 1000, now: () => nowMs })
    expect(verdicts).toMatchObject([{ verdict: 'passed' }, { verdict: 'not run', note: 'out of time' }])
  })

  it('fail after their limit, and are told to stop', async () => {
    let stopped = false
    const endless = step('a', {
      limitSeconds: 0.01,
      run: async (signal) => {
        await sleep(60_000, undefined, { signal }).catch(() => {
          stopped = true
        })
        return 'not in time'
      },
    })
    const { verdicts } = await run([endless])
    expect(stopped).toBe(true)
    expect(verdicts).toMatchObject([{ verdict: 'failed' }])
    expect(verdicts[0]?.note).toContain('was not done after 0.01 s')
  })
})

describe('the table', () => {
  it('has a line for each step with its verdict, and the time of those that were run', () => {
    const row = { title: 'A step', seconds: 1.25, note: 'why' }
    expect(formatRow({ ...row, verdict: 'failed' })).toMatch(/✗ A step {50,}1\.3 s {2}failed {3}why$/)
    expect(formatRow({ ...row, verdict: 'not run' })).toMatch(/– A step {60,}not run {2}why$/)
  })

  it('ends with a count of each verdict', () => {
    const row = { title: '', seconds: 0, note: '' }
    const rows: Row[] = [
      { ...row, verdict: 'passed' },
      { ...row, verdict: 'not run' },
      { ...row, verdict: 'passed' },
    ]
    expect(formatTotals(rows)).toBe('2 passed, 0 failed, 1 not run')
  })
})
