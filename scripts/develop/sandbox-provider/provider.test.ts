import { onTestFinished } from 'vitest'
import { createSandboxProvider } from '../../../origin/payments/providers/sandbox.ts'
import { describeProvider } from '../../../origin/testing/provider-contract.ts'
import { createLedgerClient, ledgerPages } from '../../operate/audit/read-ledger.ts'
import type { LedgerEntry } from './records.ts'
import { jsonBody, newLedgerPath, startSandbox } from './testing.ts'

const FAULTLESS = { loseAnswerShare: 0, errorShare: 0, medianMs: 0, p99Ms: 0 }
const FAULTS = {
  'answer-lost': { loseAnswerShare: 1 },
  fails: { errorShare: 1 },
  'too-late': { medianMs: 3000, p99Ms: 3000 },
}

describeProvider('the sandbox', async () => {
  const sandbox = await startSandbox(await newLedgerPath())
  const { provider, close } = createSandboxProvider({
    url: sandbox.url,
    timeoutMs: 2000,
    connectionsMax: 20,
    listedMax: 1000,
  })
  onTestFinished(close)
  const turn = async (dials: object) => {
    const response = await fetch(`${sandbox.url}/dials`, jsonBody('PUT', dials))
    if (!response.ok) throw new Error(`the dials answer ${response.status}`)
  }
  const entries = async () => {
    const read: LedgerEntry[] = []
    for await (const page of ledgerPages(createLedgerClient(sandbox.url))) read.push(...page)
    return read
  }
  return {
    provider,
    methods: { good: 'card-ok', declined: 'card-declined' },
    async countCharges(key) {
      const made = (await entries()).filter((entry) => entry.kind === 'charge' && entry.key === key)
      return made.filter((entry) => entry.kind === 'charge' && entry.outcome === 'succeeded').length
    },
    async refundedMinor(key) {
      const refunds = (await entries()).filter((entry) => entry.kind === 'refund' && entry.chargeKey === key)
      return refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0)
    },
    nextCharge: (fault) => turn(FAULTS[fault]),
    recover: () => turn(FAULTLESS),
  }
})
