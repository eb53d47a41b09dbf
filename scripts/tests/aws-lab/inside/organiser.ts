import { z } from 'zod'
import type { NewFestival } from '../../../../origin/catalogue/make-festival.ts'
import { Failure } from '../../../develop/stores/failure.ts'

const SessionSchema = z.object({ token: z.string() })
const ProblemSchema = z.object({ code: z.string() })
const PASSWORD = 'rehearsal-organiser'

/** Sets the organiser's password with the token of the link, as its page does. */
export async function completeReset(
  publicUrl: string,
  token: string,
): Promise<{ token: string } | { code: string }> {
  const response = await fetch(`${publicUrl}/api/password-resets/completion`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ token, password: PASSWORD, language: 'en' }),
  })
  const body: unknown = await response.json()
  return response.ok ? SessionSchema.parse(body) : ProblemSchema.parse(body)
}

/** Makes a festival as a draft and publishes it. */
export async function publishFestival(
  publicUrl: string,
  token: string,
  festival: NewFestival,
): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const path = `${publicUrl}/api/admin/festivals`
  const made = await fetch(path, { method: 'POST', headers, body: JSON.stringify(festival) })
  if (made.status !== 201) throw new Failure(`The festival was refused: ${made.status} ${await made.text()}`)
  const published = await fetch(`${path}/${festival.id}/publish`, { method: 'POST', headers })
  if (published.status !== 200)
    throw new Failure(`It was not published: ${published.status} ${await published.text()}`)
}
