import { z } from 'zod'
import type { NewFestival } from '../../../../origin/catalogue/make-festival.ts'
import { Failure } from '../../../develop/stores/failure.ts'
import { waitUntil } from '../../../develop/stores/wait.ts'

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

const ListSchema = z.object({ festivals: z.array(z.object({ id: z.string() })) })
const LISTED_MS = 45_000

/** Waits until fans see them: gateways and the CDN keep the list for a while. */
export async function untilListed(
  publicUrl: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const listed = await waitUntil(
    async () => {
      const { festivals } = ListSchema.parse(await (await fetch(`${publicUrl}/api/festivals`)).json())
      return ids.every((id) => festivals.some((festival) => festival.id === id))
    },
    { timeoutMs: LISTED_MS, everyMs: 500, signal },
  )
  if (!listed) throw new Failure(`Fans do not see ${ids.join(' and ')}`)
}
