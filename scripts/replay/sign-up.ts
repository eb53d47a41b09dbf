import type { Client } from './client.ts'
import { readBody, SessionSchema } from './contract.ts'
import type { Journey } from './journey.ts'

/** Makes the fan's account; returns its session token. */
export async function signUp(client: Client, journey: Journey): Promise<string> {
  const run = journey.begin('signUp')
  const { email, number } = journey.record
  const password = `replayed-fan-${number}`
  const body = { email, password, name: `Fan ${number}` }
  let answer = await client.send(run, { method: 'POST', path: '/api/accounts', body })
  // An earlier try made the account, and its answer was lost.
  if (answer.code === 'email-taken' && answer.uncertain) {
    answer = await client.send(run, { method: 'POST', path: '/api/sessions', body: { email, password } })
  }
  const { token } = readBody(run, answer, 201, SessionSchema)
  journey.end(run)
  return token
}
