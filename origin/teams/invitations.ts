import { and, count, eq, gt, lte, or } from 'drizzle-orm'
import { v4 as uuidv4 } from 'uuid'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { auditLog } from '../../drizzle/schema/audit.ts'
import { type TeamRole, teamInvitations, teamMembers } from '../../drizzle/schema/teams.ts'
import { normalizeEmail } from '../../shared/email-address.ts'
import { mailboxKey } from '../../shared/mailbox.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { AccountMail } from '../accounts/account-emails.ts'
import { type EmailSecrets, hashToken } from '../accounts/email-secrets.ts'
import { recordChange } from '../audit-log/record-change.ts'
import {
  isFestival,
  type Member,
  mayDecide,
  OPEN_INVITATIONS_MAX,
  TEAM_MEMBERS_MAX,
  type TeamInvitation,
  teamTransaction,
} from './team.ts'

export const INVITATION_SECONDS = 7 * 86_400
/** Inviting again within it sends no further e-mail. */
const EMAILED_EVERY_MS = 600_000
/**
 * Invitations that one account sends, changes and withdraws in a day, at all festivals: their e-mails go to any
 * address.
 */
export const INVITED_PER_DAY_MAX = 200
const DAY_MS = 86_400_000

export type InvitationDeps = {
  db: Database
  now: Clock
  secrets: EmailSecrets
  /** Missing where no e-mails are sent: the inviting owner passes the link on then. */
  mail?: Pick<AccountMail, 'queue'> | undefined
}

export type InviteInput = { festival: string; by: string; email: string; role: TeamRole }

export type InviteResult =
  /** `token` is returned only where no e-mails are sent. */
  | { status: 'invited'; invitation: TeamInvitation; token?: string }
  | { status: 'member' }
  | { status: 'missing' }
  | { status: 'too-many' }
  | { status: 'too-often' }
  | { status: 'forbidden' }

/**
 * Invites the owner of an address to a team. There is one invitation per mailbox: inviting again changes its role and
 * extends it, and sends the e-mail again once some minutes have passed.
 */
export async function invite(deps: InvitationDeps, input: InviteInput): Promise<InviteResult> {
  return await teamTransaction(deps.db, input.festival, (tx, members) => inviteIn(tx, deps, members, input))
}

async function inviteIn(
  tx: Transaction,
  deps: InvitationDeps,
  members: readonly Member[],
  { festival, by, role, ...given }: InviteInput,
): Promise<InviteResult> {
  if (!(await mayDecide(tx, members, by))) return { status: 'forbidden' }
  const email = normalizeEmail(given.email)
  const emailKey = mailboxKey(email)
  const at = new Date(deps.now())
  if (!(await isFestival(tx, festival))) return { status: 'missing' }
  if (await isMember(tx, festival, emailKey)) return { status: 'member' }
  const ofFestival = eq(teamInvitations.festivalId, festival)
  await tx.delete(teamInvitations).where(and(ofFestival, lte(teamInvitations.expiresAt, at)))
  const [known] = await tx
    .select()
    .from(teamInvitations)
    .where(and(ofFestival, eq(teamInvitations.emailKey, emailKey)))
  const [open] = await tx.select({ count: count() }).from(teamInvitations).where(ofFestival)
  const invited = open?.count ?? 0
  const isFull = invited >= OPEN_INVITATIONS_MAX || members.length + invited >= TEAM_MEMBERS_MAX
  if (known === undefined && isFull) return { status: 'too-many' }
  if (known?.role !== role && (await hasInvitedMany(tx, by, at))) return { status: 'too-often' }
  const id = known?.id ?? uuidv4()
  const expiresAt = new Date(at.getTime() + INVITATION_SECONDS * 1000)
  const token = invitationToken(deps.secrets, id)
  const set = { role, expiresAt, email, invitedBy: by }
  await tx
    .insert(teamInvitations)
    .values({
      ...{ id, festivalId: festival, emailKey, tokenHash: hashToken(token), createdAt: at },
      ...set,
    })
    .onDuplicateKeyUpdate({ set })
  const slot = Math.floor(at.getTime() / EMAILED_EVERY_MS)
  const key = `team-invitation:${id}:${slot}`
  await deps.mail?.queue(tx, at, [
    { template: 'team-invitation', params: { invitation: id }, key, mailbox: email },
  ])
  if (known?.role !== role) {
    await recordChange(tx, {
      ...{ at, accountId: by, action: 'team.invite', subject: festival, festivalId: festival },
      before: { email, role: known?.role ?? null },
      after: { email, role },
    })
  }
  const invitation = { id, email, role, createdAt: known?.createdAt ?? at, expiresAt }
  return { status: 'invited', invitation, ...(deps.mail === undefined ? { token } : {}) }
}

/** Waits for an invitation that the same account is just sending to another team. */
async function hasInvitedMany(tx: Transaction, by: string, at: Date): Promise<boolean> {
  await tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, by)).for('update')
  const [row] = await tx
    .select({ changes: count() })
    .from(auditLog)
    .where(
      and(
        ...[eq(auditLog.accountId, by), eq(auditLog.action, 'team.invite')],
        gt(auditLog.at, new Date(at.getTime() - DAY_MS)),
      ),
    )
  return (row?.changes ?? 0) >= INVITED_PER_DAY_MAX
}

/** Whether the proven account of a mailbox is in the team. */
async function isMember(tx: Transaction, festival: string, emailKey: string): Promise<boolean> {
  const found = await tx
    .select({ id: accounts.id })
    .from(teamMembers)
    .innerJoin(accounts, eq(accounts.id, teamMembers.accountId))
    .where(and(eq(teamMembers.festivalId, festival), eq(accounts.emailKey, emailKey)))
  return found.length > 0
}

/** Withdraws an invitation: its link is void from then on. Safe to repeat. */
export async function revokeInvitation(
  { db, now }: { db: Database; now: Clock },
  { festival, invitation, by }: { festival: string; invitation: string; by: string },
): Promise<{ status: 'revoked' | 'missing' | 'forbidden' }> {
  return await teamTransaction(db, festival, async (tx, members) => {
    if (!(await mayDecide(tx, members, by))) return { status: 'forbidden' }
    const isIt = and(eq(teamInvitations.id, invitation), eq(teamInvitations.festivalId, festival))
    const [found] = await tx.select().from(teamInvitations).where(isIt)
    if (found === undefined) return { status: 'missing' }
    await endInvitation(tx, found, { by, at: new Date(now()) })
    return { status: 'revoked' }
  })
}

/**
 * Withdraws what would bring a removed member back: invitations to their mailbox, and those that they have sent, unless
 * they leave by themselves. For an invitation that was sent again, the last sender counts.
 */
export async function endInvitationsOf(
  tx: Transaction,
  { festival, account, by, at }: { festival: string; account: string; by: string; at: Date },
): Promise<void> {
  const [row] = await tx.select({ email: accounts.email }).from(accounts).where(eq(accounts.id, account))
  const toThem = eq(teamInvitations.emailKey, mailboxKey(row?.email ?? ''))
  const theirs = account === by ? toThem : or(toThem, eq(teamInvitations.invitedBy, account))
  const ended = await tx
    .select()
    .from(teamInvitations)
    .where(and(eq(teamInvitations.festivalId, festival), theirs))
  for (const invitation of ended) await endInvitation(tx, invitation, { by, at })
}

async function endInvitation(
  tx: Transaction,
  { id, email, role, festivalId }: typeof teamInvitations.$inferSelect,
  { by, at }: { by: string; at: Date },
): Promise<void> {
  await tx.delete(teamInvitations).where(eq(teamInvitations.id, id))
  await recordChange(tx, {
    ...{ at, accountId: by, action: 'team.invite', subject: festivalId, festivalId },
    before: { email, role },
    after: { email, role: null },
  })
}

export type AcceptResult =
  | { status: 'accepted'; festival: string; role: TeamRole }
  | { status: 'ended' }
  /** The account's address is not the one that was invited. */
  | { status: 'other-account' }
  | { status: 'unproven' }
  /** The team is full: the invitation stays. */
  | { status: 'too-many' }

/**
 * Accepts an invitation with an account of the invited address, which it has confirmed where e-mails are sent: anyone
 * can sign up with any address, so that otherwise a forwarded e-mail would grant rights to its reader.
 */
export async function acceptInvitation(
  { db, now, mail }: Pick<InvitationDeps, 'db' | 'now' | 'mail'>,
  { token, account }: { token: string; account: string },
): Promise<AcceptResult> {
  const at = new Date(now())
  const isOpen = and(eq(teamInvitations.tokenHash, hashToken(token)), gt(teamInvitations.expiresAt, at))
  const [found] = await db.select().from(teamInvitations).where(isOpen)
  if (found === undefined) return { status: 'ended' }
  return await teamTransaction(db, found.festivalId, async (tx, members): Promise<AcceptResult> => {
    const [open] = await tx.select().from(teamInvitations).where(isOpen)
    const [row] = await tx
      .select({ email: accounts.email, provenAt: accounts.emailProvenAt })
      .from(accounts)
      .where(eq(accounts.id, account))
    if (open === undefined || row === undefined) return { status: 'ended' }
    if (mailboxKey(row.email) !== open.emailKey) return { status: 'other-account' }
    if (mail !== undefined && row.provenAt === null) return { status: 'unproven' }
    const { festivalId: festival, role, invitedBy } = open
    const member = members.find(({ accountId }) => accountId === account)
    if (member === undefined && members.length >= TEAM_MEMBERS_MAX) return { status: 'too-many' }
    await tx.delete(teamInvitations).where(eq(teamInvitations.id, open.id))
    // An existing member keeps their role: an owner might be the last one.
    if (member !== undefined) return { status: 'accepted', festival, role: member.role }
    await tx
      .insert(teamMembers)
      .values({ festivalId: festival, accountId: account, role, since: at, addedBy: invitedBy })
    await recordChange(tx, {
      ...{ at, accountId: account, action: 'team.join', subject: festival, festivalId: festival },
      before: { role: null },
      after: { role },
    })
    return { status: 'accepted', festival, role }
  })
}

/** The same at each derivation, so that no table stores it and every e-mail of an invitation has a valid one. */
export function invitationToken(secrets: EmailSecrets, id: string): string {
  return secrets.token('team-invitation', id)
}
