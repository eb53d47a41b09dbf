import type { Client } from './client.ts'
import { readBody, SessionSchema } from './contract.ts'
import type { Journey } from './journey.ts'

/** Creates the fan's account; returns its session token. */
export async function signUp(client: Client, journey: Journey): Promise<string> {
  const run = journey.begin('signUp')
  const { email, number } = journey.record
  const password = `replayed-fan-${number}`
  const body = { email, password, name: `Fan ${number}` }
  // An attempt whose response was lost has created the account: signing in with the same password gives its session.
  const answer = await client.send(run, { method: 'POST', path: '/api/accounts', body })
  const { token } = readBody(run, answer, 201, SessionSchema)
  journey.end(run)
  return token
}
