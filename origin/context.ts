import type { Database } from '../drizzle/database.ts'
import type { Redis } from '../shared/redis/client.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { Logger } from '../shared/runtime/log.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import type { PublicJwk } from '../shared/tokens/keys.ts'
import type { SignToken } from '../shared/tokens/sign.ts'
import type { Access } from './access/access.ts'
import type { AccountMail } from './accounts/account-emails.ts'
import type { EmailSecrets } from './accounts/email-secrets.ts'
import type { Passwords } from './accounts/passwords.ts'
import type { FactorKeys } from './accounts/second-factor/factor-keys.ts'
import type { SessionChecks } from './accounts/session-checks.ts'
import type { CatalogueCopy } from './catalogue/catalogue.ts'
import type { OriginConfig } from './config.ts'
import type { FolderEmail } from './email/folder-transport.ts'
import type { ImageStore } from './images/image-store.ts'
import type { OriginLimits } from './limits.ts'
import type { Finishing } from './orders/finishing.ts'
import type { PaymentChanges } from './payments/payment-changes.ts'
import type { PaymentRecorder } from './payments/process/payment-recorder.ts'
import type { PaymentProvider } from './payments/provider.ts'
import type { OriginVerifiers } from './routes/auth/principal.ts'
import type { WebhookRoutesDeps } from './routes/webhooks/webhooks.ts'
import type { ReadTicketText, SignTicket } from './tickets/ticket-text.ts'

export type OriginDeps = {
  config: Pick<OriginConfig, 'publicUrl' | 'connectionsMax'>
  /** The limits that differ from `ORIGIN_LIMITS`. */
  limits?: Partial<OriginLimits>
  db: Database
  redis: Redis
  catalogue: CatalogueCopy
  cancellations: Pick<Finishing, 'take'>
  refunds: Pick<Finishing, 'take'>
  paymentChanges: PaymentChanges
  paymentRecorder: Pick<PaymentRecorder, 'record' | 'withdraw'>
  provider: PaymentProvider
  passwords: Passwords
  images: ImageStore
  sessionChecks: SessionChecks
  /** Missing where no e-mails are sent. */
  mail?: AccountMail | undefined
  emailSecrets: EmailSecrets
  factorKeys: FactorKeys
  /** E-mails in the development folder. */
  readFolder?: (() => Promise<FolderEmail[]>) | undefined
  /** Missing where the payment provider sends no events. */
  webhooks?: WebhookRoutesDeps
  verifiers: OriginVerifiers
  access: Access
  signSession: SignToken<'session'>
  signTicket: SignTicket
  readTicketText: ReadTicketText
  ticketJwks: readonly PublicJwk[]
  metrics: Metrics
  now: Clock
  log: Logger
}

/** The dependencies of the areas of the origin's app. */
export type OriginContext = Omit<OriginDeps, 'limits'> & { limits: OriginLimits }
