import { createDatabase } from '../../drizzle/database.ts'
import { isDatabaseUnavailable } from '../../drizzle/errors.ts'
import { type Appointment, appointOrganiser } from '../../origin/accounts/appoint-organiser.ts'
import { createPasswords } from '../../origin/accounts/passwords.ts'
import { EmailSchema } from '../../shared/api/sessions.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { withoutTrailingSlashes } from '../../shared/runtime/env.ts'
import { type Host, HostError } from './system/host.ts'
import { readServiceEnvironment, variableOf } from './system/service-environment.ts'

/** Appoints an organiser on an origin's host. Returns the link with which they set their password, once. */
export async function addOrganiser(
  { paths }: Host,
  { email, now = Date.now }: { email: string; now?: Clock },
): Promise<{ link: string; expiresAt: Date }> {
  if (!EmailSchema.safeParse(email).success) throw new HostError(`"${email}" is not an e-mail address`)
  const env = await readServiceEnvironment(paths, 'origin')
  const [url, publicUrl] = [variableOf(env, 'DATABASE_URL'), variableOf(env, 'GATEWAY_PUBLIC_URL')]
  const { token, expiresAt } = await appoint(url, email, now)
  return { link: `${withoutTrailingSlashes(publicUrl)}/new-password?token=${token}`, expiresAt }
}

async function appoint(url: string, email: string, now: Clock): Promise<Appointment> {
  const { db, close } = createDatabase({ url, connectionsMax: 1, queueMax: 10 })
  try {
    return await appointOrganiser({ db, now, passwords: createPasswords(1, 1) }, { email })
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error
    throw new HostError('MySQL is not reachable: try again', { cause: error })
  } finally {
    await close()
  }
}
