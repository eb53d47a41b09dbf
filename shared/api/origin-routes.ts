import type { RouteConfig } from '@hono/zod-openapi'
import { readMeRoute, signInRoute, signOutEverywhereRoute, signOutRoute, signUpRoute } from './accounts.ts'
import { changeRolesRoute, findAccountsRoute } from './admin-accounts.ts'
import { cancelAnyOrderRoute } from './admin-cancellations.ts'
import {
  changeFestivalRoute,
  createFestivalRoute,
  deleteDraftRoute,
  listFestivalsRoute,
  publishFestivalRoute,
  readFestivalRoute,
  unpublishFestivalRoute,
} from './admin-festivals.ts'
import { exportOrdersRoute, searchOrdersRoute } from './admin-orders.ts'
import { listPaymentsRoute } from './admin-payments.ts'
import { changeRoomRoute, listRoomChangesRoute, readRoomRoute } from './admin-rooms.ts'
import { addTicketTypeRoute, changeTicketTypeRoute, removeTicketTypeRoute } from './admin-ticket-types.ts'
import { readArchivedFestivalRoute, readCatalogueRoute, readDrawnChunkRoute } from './catalogue.ts'
import { listChangesRoute } from './changes.ts'
import {
  checkInBatchRoute,
  checkInRoute,
  readCheckInSummaryRoute,
  readCheckInWindowRoute,
  readGateListRoute,
  readGateNamesRoute,
  readTicketKeysRoute,
  undoCheckInRoute,
} from './check-ins.ts'
import { listDeadEmailsRoute, listDeadPaymentsRoute } from './dead-letters.ts'
import { readDevelopmentMailRoute } from './development-mail.ts'
import {
  confirmByCodeRoute,
  confirmByLinkRoute,
  renewSessionRoute,
  requestConfirmationRoute,
} from './email-confirmations.ts'
import { exportScansRoute, listConflictsRoute } from './gate-record.ts'
import { readHoldRoute, releaseHoldRoute, takeHoldRoute } from './holds.ts'
import { readImageRoute, removeImageRoute, seeImageRoute, setImageRoute } from './images.ts'
import { cancelOrderRoute, listOrdersRoute, readOrderRoute, readPurchaseRoute } from './orders.ts'
import { changePasswordRoute, completeResetRoute, requestResetRoute } from './passwords.ts'
import { listDeadLettersRoute, resolveDeadLetterRoute } from './payment-dead-letters.ts'
import { payRoute, readPaymentRoute } from './payments.ts'
import { listRefundsRoute } from './refunds.ts'
import { listReversalsRoute, settleReversalRoute } from './reversals.ts'
import { readSaleRoute } from './sale.ts'
import {
  answerChallengeRoute,
  beginSecondFactorRoute,
  confirmSecondFactorRoute,
  readSecondFactorRoute,
  removeSecondFactorRoute,
  renewRecoveryCodesRoute,
} from './second-factor.ts'
import {
  acceptInvitationRoute,
  changeMemberRoute,
  changeTeamSettingsRoute,
  inviteMemberRoute,
  readTeamRoute,
  removeMemberRoute,
  revokeInvitationRoute,
} from './teams.ts'
import { receiveEventRoute } from './webhooks.ts'

/**
 * How a caller reaches a route of the origin:
 *
 * - `session`, `pass`  through the gateway, with a token of that kind
 * - `sign-in`          through the gateway with the gateway's token, since the caller has none; counted as an attempt
 * - `email`            the same for routes that send an e-mail to an address that the caller names
 * - `own-email`        with a session, for routes that send an e-mail to the caller's own address
 * - `password`         with a session, for routes that take a password or a code that could be guessed
 * - `mail`             only from the developer's own host: e-mails give access to accounts
 * - `webhook`          by the payment provider, which signs its requests
 * - `gateway`          not forwarded: only gateways call it
 */
export type OriginAccess =
  | ('session' | 'pass' | 'sign-in' | 'email' | 'own-email' | 'password')
  | ('mail' | 'webhook' | 'gateway')

/** A route from `createRoute`; its path has Hono's parameters as `getRoutingPath` writes them. */
type OriginRoute = RouteConfig & { getRoutingPath: () => string }

/** Every route that the origin serves under `/api`. The gateway forwards by this list. */
export const ORIGIN_ROUTES: readonly (readonly [OriginRoute, OriginAccess])[] = [
  [signUpRoute, 'sign-in'],
  [signInRoute, 'sign-in'],
  [receiveEventRoute, 'webhook'],
  [requestResetRoute, 'email'],
  [completeResetRoute, 'sign-in'],
  [changePasswordRoute, 'password'],
  [requestConfirmationRoute, 'own-email'],
  [confirmByCodeRoute, 'password'],
  [confirmByLinkRoute, 'password'],
  [renewSessionRoute, 'session'],
  [signOutRoute, 'session'],
  [signOutEverywhereRoute, 'session'],
  [readMeRoute, 'session'],
  [readDevelopmentMailRoute, 'mail'],
  [takeHoldRoute, 'pass'],
  [readHoldRoute, 'pass'],
  [releaseHoldRoute, 'pass'],
  [payRoute, 'pass'],
  [readPaymentRoute, 'session'],
  [readPurchaseRoute, 'session'],
  [listOrdersRoute, 'session'],
  [listRefundsRoute, 'session'],
  [listFestivalsRoute, 'session'],
  [createFestivalRoute, 'session'],
  [readFestivalRoute, 'session'],
  [changeFestivalRoute, 'session'],
  [deleteDraftRoute, 'session'],
  [publishFestivalRoute, 'session'],
  [unpublishFestivalRoute, 'session'],
  [addTicketTypeRoute, 'session'],
  [changeTicketTypeRoute, 'session'],
  [removeTicketTypeRoute, 'session'],
  [setImageRoute, 'session'],
  [removeImageRoute, 'session'],
  [seeImageRoute, 'session'],
  [readTeamRoute, 'session'],
  [changeMemberRoute, 'session'],
  [removeMemberRoute, 'session'],
  [inviteMemberRoute, 'session'],
  [revokeInvitationRoute, 'session'],
  [acceptInvitationRoute, 'session'],
  [changeTeamSettingsRoute, 'session'],
  [readSecondFactorRoute, 'session'],
  [beginSecondFactorRoute, 'password'],
  [confirmSecondFactorRoute, 'password'],
  [removeSecondFactorRoute, 'password'],
  [renewRecoveryCodesRoute, 'password'],
  [answerChallengeRoute, 'sign-in'],
  [readRoomRoute, 'session'],
  [changeRoomRoute, 'session'],
  [listRoomChangesRoute, 'session'],
  [readSaleRoute, 'session'],
  [searchOrdersRoute, 'session'],
  [exportOrdersRoute, 'session'],
  [findAccountsRoute, 'session'],
  [changeRolesRoute, 'session'],
  [listChangesRoute, 'session'],
  [listDeadPaymentsRoute, 'session'],
  [listDeadEmailsRoute, 'session'],
  [readOrderRoute, 'session'],
  [cancelOrderRoute, 'session'],
  [cancelAnyOrderRoute, 'session'],
  [listPaymentsRoute, 'session'],
  [listDeadLettersRoute, 'session'],
  [resolveDeadLetterRoute, 'session'],
  [listReversalsRoute, 'session'],
  [settleReversalRoute, 'session'],
  [readTicketKeysRoute, 'session'],
  [checkInRoute, 'session'],
  [checkInBatchRoute, 'session'],
  [undoCheckInRoute, 'session'],
  [readCheckInSummaryRoute, 'session'],
  [readCheckInWindowRoute, 'session'],
  [readGateListRoute, 'session'],
  [readGateNamesRoute, 'session'],
  [listConflictsRoute, 'session'],
  [exportScansRoute, 'session'],
  [readCatalogueRoute, 'gateway'],
  [readArchivedFestivalRoute, 'gateway'],
  [readDrawnChunkRoute, 'gateway'],
  [readImageRoute, 'gateway'],
]
