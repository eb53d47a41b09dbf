import {
  confirmByCodeRoute,
  confirmByLinkRoute,
  renewSessionRoute,
  requestConfirmationRoute,
} from '../../../shared/api/email-confirmations.ts'
import type { EmailLanguage } from '../../../shared/api/fields.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { TokenClaims } from '../../../shared/tokens/kinds.ts'
import type { Account } from '../../accounts/account.ts'
import type { RequestConfirmationResult } from '../../accounts/account-emails.ts'
import type { ConfirmResult } from '../../accounts/confirm-email.ts'
import type { Session } from '../../accounts/session.ts'
import { acceptedLanguage } from '../accepted-language.ts'
import { emailRefused } from './email-refused.ts'
import { sendSession } from './open-session.ts'
import { type OriginEnv, requireSession } from './principal.ts'

export type ConfirmationRoutesDeps = {
  requestConfirmation: (input: {
    account: string
    language: EmailLanguage
  }) => Promise<RequestConfirmationResult>
  findAccount: (account: string) => Promise<Account | undefined>
  confirmByCode: (input: { account: string; code: string }) => Promise<ConfirmResult>
  confirmByToken: (input: { account: string; token: string }) => Promise<ConfirmResult>
  renewSession: (claims: TokenClaims<'session'>, account: Account) => Session
}

/** Confirming an e-mail address, and the session of the proven account. */
export function createConfirmationRoutes(deps: ConfirmationRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(requestConfirmationRoute, async (c) => {
    const { account } = requireSession(c)
    const { language } = c.req.valid('json')
    const requested = await deps.requestConfirmation({ account, language: acceptedLanguage(c, language) })
    switch (requested.status) {
      case 'queued':
      case 'proven':
        return c.body(null, 202)
      case 'missing':
        throw new Problem('not-found', 'There is no such account')
      default:
        throw emailRefused(requested.status)
    }
  })

  app.openapi(confirmByCodeRoute, async (c) => {
    const { account, session } = requireSession(c)
    const proven = provenOf(await deps.confirmByCode({ account, ...c.req.valid('json') }))
    return c.json(sendSession(c, deps.renewSession(session, proven), proven), 200)
  })

  app.openapi(confirmByLinkRoute, async (c) => {
    const { account, session } = requireSession(c)
    const proven = provenOf(await deps.confirmByToken({ account, ...c.req.valid('json') }))
    return c.json(sendSession(c, deps.renewSession(session, proven), proven), 200)
  })

  app.openapi(renewSessionRoute, async (c) => {
    const { account: id, session } = requireSession(c)
    const account = await deps.findAccount(id)
    if (account === undefined) throw new Problem('not-found', 'There is no such account')
    return c.json(sendSession(c, deps.renewSession(session, account), account), 200)
  })

  return app
}

function provenOf(result: ConfirmResult): Account {
  switch (result.status) {
    case 'proven':
      return result.account
    case 'wrong':
      throw new Problem('confirmation-wrong', undefined, { members: { attemptsLeft: result.attemptsLeft } })
    case 'ended':
      throw new Problem('confirmation-ended')
    case 'taken':
      throw new Problem('address-taken')
  }
}
