import { TICKET_TYPES_MAX } from '../shared/api/limits.ts'
import { FESTIVALS_MAX } from '../shared/catalogue.ts'
import {
  BODY_BYTES_MAX,
  FESTIVAL_BYTES_MAX,
  IMAGE_BYTES_MAX,
  WEBHOOK_BYTES_MAX,
} from '../shared/http/limits.ts'
import { PREFER_WAIT_SECONDS_MAX } from '../shared/origin-timeout.ts'
import { SESSION_SECONDS } from './accounts/session.ts'
import { UNITS_PER_FESTIVAL_MAX, UNITS_PER_TYPE_MAX } from './catalogue/festival-rules.ts'
import { GATE_LIST_TICKETS_MAX } from './check-in/gate-list.ts'
import { SUMMARY_CACHED_MS } from './check-in/summary.ts'
import { IMAGE_PIXELS_MAX, IMAGE_SECONDS_MAX } from './images/make-image.ts'
import { IMAGE_CONCURRENCY, IMAGE_QUEUE_MAX } from './images/set-image.ts'
import { ORDERS_SHOWN_MAX } from './orders/find-orders.ts'
import { PAYMENTS_CACHED_MAX } from './payments/payment-reader.ts'
import { PAYMENT_KEY_REMEMBER_SECONDS, PAYMENT_QUEUE_MAX } from './payments/process/accept-payment.ts'
import { PAYMENT_REMEMBER_SECONDS } from './payments/process/finish-payment.ts'
import { ORDERS_EXPORTED_MAX } from './reports/export-orders.ts'
import { SALE_COUNTS_CACHED_MS } from './reports/read-sale.ts'
import { ORDERS_SEARCHED_MAX } from './reports/search-orders.ts'

/** The limits of the HTTP API, each defined next to what it bounds. Tests replace some of them by smaller ones. */
export const ORIGIN_LIMITS = {
  bodyBytesMax: BODY_BYTES_MAX,
  webhookBytesMax: WEBHOOK_BYTES_MAX,
  festivalBytesMax: FESTIVAL_BYTES_MAX,
  imageBytesMax: IMAGE_BYTES_MAX,
  sessionSeconds: SESSION_SECONDS,
  idempotencySeconds: PAYMENT_KEY_REMEMBER_SECONDS,
  paymentQueueMax: PAYMENT_QUEUE_MAX,
  paymentRememberSeconds: PAYMENT_REMEMBER_SECONDS,
  paymentWaitSecondsMax: PREFER_WAIT_SECONDS_MAX,
  paymentsCachedMax: PAYMENTS_CACHED_MAX,
  ordersShownMax: ORDERS_SHOWN_MAX,
  ordersSearchedMax: ORDERS_SEARCHED_MAX,
  ordersExportedMax: ORDERS_EXPORTED_MAX,
  saleCountsCachedMs: SALE_COUNTS_CACHED_MS,
  checkInListMax: GATE_LIST_TICKETS_MAX,
  checkInSummaryCachedMs: SUMMARY_CACHED_MS,
  festivalsMax: FESTIVALS_MAX,
  ticketTypesMax: TICKET_TYPES_MAX,
  unitsPerTypeMax: UNITS_PER_TYPE_MAX,
  unitsPerFestivalMax: UNITS_PER_FESTIVAL_MAX,
  imagePixelsMax: IMAGE_PIXELS_MAX,
  imageSecondsMax: IMAGE_SECONDS_MAX,
  imageConcurrency: IMAGE_CONCURRENCY,
  imageQueueMax: IMAGE_QUEUE_MAX,
}

export type OriginLimits = typeof ORIGIN_LIMITS
