import { and, eq, gt } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { festivals } from '../../drizzle/schema/catalogue.ts'
import { teamInvitations } from '../../drizzle/schema/teams.ts'
import type { EmailSecrets } from '../accounts/email-secrets.ts'
import { type EmailMessage, inLanguage } from '../email/message.ts'
import { teamInvitationEmail } from '../email/templates/team-emails.ts'
import { INVITATION_SECONDS, invitationToken } from '../teams/invitations.ts'

/** An invitation to a team, in both languages: its reader's is unknown. Undefined once it was withdrawn or used. */
export async function writeTeamInvitation(
  { db, secrets, publicUrl, now }: { db: Database; secrets: EmailSecrets; publicUrl: string; now: number },
  id: string,
): Promise<EmailMessage | undefined> {
  const [found] = await db
    .select({ email: teamInvitations.email, role: teamInvitations.role, festival: festivals.name })
    .from(teamInvitations)
    .innerJoin(festivals, eq(festivals.id, teamInvitations.festivalId))
    .where(and(eq(teamInvitations.id, id), gt(teamInvitations.expiresAt, new Date(now))))
  if (found === undefined) return undefined
  const link = `${publicUrl}/invitation?token=${invitationToken(secrets, id)}`
  const words = teamInvitationEmail({ ...found, link, days: INVITATION_SECONDS / 86_400 })
  return { to: found.email, ...inLanguage(words, undefined) }
}
