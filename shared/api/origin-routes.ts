import type { RouteConfig } from '@hono/zod-openapi'
import * as accounts from './accounts.ts'
import * as adminAccounts from './admin-accounts.ts'
import * as adminCancellations from './admin-cancellations.ts'
import * as adminFestivals from './admin-festivals.ts'
import * as adminOrders from './admin-orders.ts'
import * as adminPayments from './admin-payments.ts'
import * as adminRefunds from './admin-refunds.ts'
import * as adminRooms from './admin-rooms.ts'
import * as adminTicketTypes from './admin-ticket-types.ts'
import * as catalogue from './catalogue.ts'
import * as changes from './changes.ts'
import * as checkIns from './check-ins.ts'
import * as deadLetters from './dead-letters.ts'
import * as developmentMail from './development-mail.ts'
import * as emailConfirmations from './email-confirmations.ts'
import * as gateRecord from './gate-record.ts'
import * as holds from './holds.ts'
import * as images from './images.ts'
import * as orders from './orders.ts'
import * as passwords from './passwords.ts'
import * as paymentDeadLetters from './payment-dead-letters.ts'
import * as payments from './payments.ts'
import * as refunds from './refunds.ts'
import * as reversals from './reversals.ts'
import * as sale from './sale.ts'
import * as secondFactor from './second-factor.ts'
import * as teams from './teams.ts'
import * as webhooks from './webhooks.ts'

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
  [accounts.signUpRoute, 'sign-in'],
  [accounts.signInRoute, 'sign-in'],
  [webhooks.receiveEventRoute, 'webhook'],
  [passwords.requestResetRoute, 'email'],
  [passwords.completeResetRoute, 'sign-in'],
  [passwords.changePasswordRoute, 'password'],
  [emailConfirmations.requestConfirmationRoute, 'own-email'],
  [emailConfirmations.confirmByCodeRoute, 'password'],
  [emailConfirmations.confirmByLinkRoute, 'password'],
  [emailConfirmations.renewSessionRoute, 'session'],
  [accounts.signOutRoute, 'session'],
  [accounts.signOutEverywhereRoute, 'session'],
  [accounts.readMeRoute, 'session'],
  [developmentMail.readDevelopmentMailRoute, 'mail'],
  [holds.takeHoldRoute, 'pass'],
  [holds.readHoldRoute, 'pass'],
  [holds.releaseHoldRoute, 'pass'],
  [payments.payRoute, 'pass'],
  [payments.readPaymentRoute, 'session'],
  [payments.completePaymentRoute, 'session'],
  [payments.abandonPaymentRoute, 'session'],
  [orders.readPurchaseRoute, 'session'],
  [orders.listOrdersRoute, 'session'],
  [refunds.listRefundsRoute, 'session'],
  [adminFestivals.listFestivalsRoute, 'session'],
  [adminFestivals.createFestivalRoute, 'session'],
  [adminFestivals.readFestivalRoute, 'session'],
  [adminFestivals.changeFestivalRoute, 'session'],
  [adminFestivals.deleteDraftRoute, 'session'],
  [adminFestivals.publishFestivalRoute, 'session'],
  [adminFestivals.unpublishFestivalRoute, 'session'],
  [adminTicketTypes.addTicketTypeRoute, 'session'],
  [adminTicketTypes.changeTicketTypeRoute, 'session'],
  [adminTicketTypes.removeTicketTypeRoute, 'session'],
  [images.setImageRoute, 'session'],
  [images.removeImageRoute, 'session'],
  [images.seeImageRoute, 'session'],
  [teams.readTeamRoute, 'session'],
  [teams.changeMemberRoute, 'session'],
  [teams.removeMemberRoute, 'session'],
  [teams.inviteMemberRoute, 'session'],
  [teams.revokeInvitationRoute, 'session'],
  [teams.acceptInvitationRoute, 'session'],
  [teams.changeTeamSettingsRoute, 'session'],
  [secondFactor.readSecondFactorRoute, 'session'],
  [secondFactor.beginSecondFactorRoute, 'password'],
  [secondFactor.confirmSecondFactorRoute, 'password'],
  [secondFactor.removeSecondFactorRoute, 'password'],
  [secondFactor.renewRecoveryCodesRoute, 'password'],
  [secondFactor.answerChallengeRoute, 'sign-in'],
  [adminRooms.readRoomRoute, 'session'],
  [adminRooms.changeRoomRoute, 'session'],
  [adminRooms.listRoomChangesRoute, 'session'],
  [sale.readSaleRoute, 'session'],
  [adminOrders.searchOrdersRoute, 'session'],
  [adminOrders.exportOrdersRoute, 'session'],
  [adminAccounts.findAccountsRoute, 'session'],
  [adminAccounts.changeRolesRoute, 'session'],
  [changes.listChangesRoute, 'session'],
  [deadLetters.listDeadPaymentsRoute, 'session'],
  [deadLetters.listDeadEmailsRoute, 'session'],
  [orders.readOrderRoute, 'session'],
  [orders.cancelOrderRoute, 'session'],
  [adminCancellations.cancelAnyOrderRoute, 'session'],
  [adminRefunds.readRefundableRoute, 'session'],
  [adminRefunds.refundInPartRoute, 'session'],
  [adminPayments.listPaymentsRoute, 'session'],
  [paymentDeadLetters.listDeadLettersRoute, 'session'],
  [paymentDeadLetters.resolveDeadLetterRoute, 'session'],
  [reversals.listReversalsRoute, 'session'],
  [reversals.settleReversalRoute, 'session'],
  [checkIns.readTicketKeysRoute, 'session'],
  [checkIns.checkInRoute, 'session'],
  [checkIns.checkInBatchRoute, 'session'],
  [checkIns.undoCheckInRoute, 'session'],
  [checkIns.readCheckInSummaryRoute, 'session'],
  [checkIns.readCheckInWindowRoute, 'session'],
  [checkIns.readGateListRoute, 'session'],
  [checkIns.readGateNamesRoute, 'session'],
  [gateRecord.listConflictsRoute, 'session'],
  [gateRecord.exportScansRoute, 'session'],
  [catalogue.readCatalogueRoute, 'gateway'],
  [catalogue.readArchivedFestivalRoute, 'gateway'],
  [catalogue.readDrawnChunkRoute, 'gateway'],
  [images.readImageRoute, 'gateway'],
]
