import { cancelIntent, confirmIntent, createIntent, listIntents, searchIntents } from './fake-intents.ts'
import { createRefund, listReversed, readRefund } from './fake-refunds.ts'
import { answer, type FakeAnswer, intentBody } from './fixtures.ts'
import type { FakeLedger } from './ledger.ts'
import { unknownParameter } from './parameters.ts'

export type FakeRequest = {
  /** `METHOD /path` */
  name: string
  query: URLSearchParams
  form: URLSearchParams
  /** Whether new intents are found by search. */
  searchable: boolean
}

/** Carries out a request. */
export function handle(ledger: FakeLedger, { name, query, form, searchable }: FakeRequest): FakeAnswer {
  const [, method = '', resource = '', id = '', action = ''] =
    /^(\w+) \/v1\/(\w+)\/?(\w*)\/?(\w*)$/.exec(name) ?? []
  if (unknownParameter(name, form) !== undefined) return answer(400, 'parameter_unknown')
  if (resource === 'disputes') return listReversed(ledger, resource, query)
  if (resource === 'refunds') return handleRefund(ledger, { method, id, query, form })
  if (id === '') return method === 'POST' ? createIntent(ledger, form) : listIntents(ledger, query)
  if (id === 'search') return searchIntents(ledger, query, searchable)
  return handleIntent(ledger, { id, action, form })
}

function handleRefund(
  ledger: FakeLedger,
  { method, id, query, form }: { method: string; id: string; query: URLSearchParams; form: URLSearchParams },
): FakeAnswer {
  if (method === 'POST') return createRefund(ledger, form)
  return id === '' ? listReversed(ledger, 'refunds', query) : readRefund(ledger, id)
}

function handleIntent(
  ledger: FakeLedger,
  { id, action, form }: { id: string; action: string; form: URLSearchParams },
): FakeAnswer {
  const intent = ledger.intents.get(id)
  if (intent === undefined) return answer(404, 'resource_missing')
  if (action === 'confirm') return confirmIntent(ledger, intent, form)
  if (action === 'cancel') return cancelIntent(intent, form)
  return { status: 200, body: intentBody(intent) }
}
