import { setTimeout as wait } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { createSandboxProvider } from '../../../origin/payments/providers/sandbox.ts'
import { describeProvider } from '../../../origin/testing/provider-contract.ts'
import { listen } from '../../../shared/http/listen.ts'
import { openTestSandbox } from './testing.ts'

const FAULTLESS = { loseAnswerShare: 0, errorShare: 0, medianMs: 0, p99Ms: 0 }
const FAULTS = {
  'answer-lost': { loseAnswerShare: 1 },
  fails: { errorShare: 1 },
  'too-late': { medianMs: 3000, p99Ms: 3000 },
}
const METHODS = { redirect: 'bank', script: 'script', deposit: 'deposit' }
const ACTION_MS_MAX = 86_400_000

async function openProvider() {
  let aheadMs = 0
  const { app, charges, dials, ledger } = await openTestSandbox({ wait, now: () => Date.now() + aheadMs })
  const server = await listen(app, { hostname: '127.0.0.1', port: 0, connectionsMax: 50 })
  onTestFinished(server.close)
  const url = `http://127.0.0.1:${server.port}`
  const client = { timeoutMs: 2000, connectionsMax: 20, listedMax: 1000 }
  const { provider, close } = createSandboxProvider({ ...client, url, publicUrl: url })
  onTestFinished(close)
  const succeeded = (key: string) =>
    ledger.records.flatMap((record) =>
      record.kind === 'charge' && record.key === key && record.outcome === 'succeeded' ? [record] : [],
    )
  const turn = async (change: Parameters<typeof dials.change>[0]) => {
    if (dials.change(change).status !== 'changed') throw new Error('the dials do not turn')
  }
  return {
    provider,
    methods: { good: 'card-ok', declined: 'card-declined' },
    actionMethod: (kind: keyof typeof METHODS) => METHODS[kind],
    async decide(key: string, end: 'approve' | 'decline' | 'expire') {
      if (end === 'expire') {
        aheadMs = ACTION_MS_MAX
        return true
      }
      const ending =
        end === 'approve'
          ? ({ outcome: 'succeeded' } as const)
          : ({ outcome: 'declined', reason: 'bank-declined' } as const)
      return (await charges.actions.end(key, ending)).status === 'ended'
    },
    async misrecord(key: string, as: { amountMinor: number } | { currency: string }) {
      for (const record of succeeded(key)) Object.assign(record, as)
    },
    countCharges: async (key: string) => succeeded(key).length,
    async refundedMinor(key: string) {
      return charges
        .reversals(key)
        .reduce((sum, { kind, amountMinor }) => sum + (kind === 'refund' ? amountMinor : 0), 0)
    },
    nextCharge: (fault: keyof typeof FAULTS) => turn(FAULTS[fault]),
    recover: () => turn(FAULTLESS),
  }
}

describeProvider('the sandbox', openProvider, { actions: ['redirect', 'script'] })
