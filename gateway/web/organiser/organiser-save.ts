import { randomUUID } from 'node:crypto'
import type { RouteConfig } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { AdminFestival } from '../../../shared/api/admin-festivals.ts'
import type { InputError } from '../../../shared/api/problem.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Api, ApiAnswer } from '../../api/page-api.ts'
import type { PageEnv } from '../layout/page-context.ts'
import { anchorOf, type Feedback, type PartName } from './festivals/edit.ts'
import {
  errorsOf,
  type FieldName,
  type ReadFields,
  readFields,
  type Values,
} from './festivals/festival-form.ts'
import { type FormState, KEY_FIELD } from './festivals/fields.ts'
import { formTimesErrors } from './festivals/form-times.ts'
import { ifMatchHeader, refuse } from './organiser-page.ts'
import type { organiserText } from './text/organiser.ts'

/** A form of the page of a festival. */
export type SavedForm = {
  name: PartName
  fields: readonly FieldName[]
  /** The stored values that it changes; missing where it creates something. */
  stored?: Values
  /** Its `Idempotency-Key`, where it creates something. */
  key?: string
  route: RouteConfig
  params: Readonly<Record<string, string>>
  /** The message when the API refuses it with a conflict. */
  conflict?: string
}

export type SaveDeps = {
  api: Api
  /** The current festival, or the error response when it cannot be read. */
  find: (c: Context<PageEnv>) => Promise<AdminFestival | Response>
  /** Renders the page of the festival, with feedback. */
  showEdit: (c: Context<PageEnv>, feedback: Feedback, status: 409 | 422 | 503) => Promise<Response>
  textOf: (c: Context<PageEnv>) => (typeof organiserText)['en']
  /** The path of the festival's page. */
  pathOf: (c: Context<PageEnv>) => string
  now: Clock
}

export type SentForm = Readonly<Record<string, string>>
/** A form as it applies to the current festival; undefined when its object is gone. */
export type ToForm = (festival: AdminFestival) => SavedForm | undefined
type Save = (c: Context<PageEnv>, sent: SentForm, found: AdminFestival, toForm: ToForm) => Promise<Response>

/** A save that conflicts with another one each time fails after this many attempts. */
const ATTEMPTS_MAX = 3
const STATUSES = { 409: 409, 412: 409, 422: 422 } as const

/**
 * Sends the changes of a form on the page of a festival, and shows the form again, as it was sent, when they are
 * refused. A change is based on the version that it was compared with: after a concurrent save it is compared again, so
 * that of two users who save the same field, the second is told.
 */
export function createSave({ api, find, showEdit, textOf, pathOf, now }: SaveDeps): Save {
  return (c, sent, found, toForm) => attempt(c, sent, found, toForm, ATTEMPTS_MAX)

  async function attempt(
    c: Context<PageEnv>,
    sent: SentForm,
    festival: AdminFestival,
    toForm: ToForm,
    attemptsLeft: number,
  ): Promise<Response> {
    const form = toForm(festival)
    if (form === undefined) return c.redirect(pathOf(c), 303)
    const { timeZone, currency } = festival
    const read = readFields(form.fields, sent, { timeZone, currency, ...storedIn(form) })
    const answer = await send(c, festival, read, form)
    if (answer === undefined) return await showConflicts(c, read, form)
    if (answer.ok) return c.redirect(donePath(pathOf(c), form.name), 303)
    const times = formTimesErrors(form.name, read.body, { festival, now: now() })
    if (answer.status !== 412 || attemptsLeft === 1)
      return await showRefusal(c, { answer, read, form, times })
    const again = await find(c)
    return again instanceof Response ? again : await attempt(c, sent, again, toForm, attemptsLeft - 1)
  }

  /**
   * Undefined when a colleague has changed the same field; an unchanged form is not sent. Unreadable values are sent as
   * invalid ones, so that the API reports all errors together.
   */
  async function send(
    c: Context<PageEnv>,
    festival: AdminFestival,
    { body, errors, conflicts }: ReadFields,
    { route, params, key, stored }: SavedForm,
  ): Promise<ApiAnswer<unknown> | { ok: true } | undefined> {
    if (conflicts.size > 0 && errors.size === 0) return undefined
    if (Object.keys(body).length === 0) return { ok: true }
    const headers = {
      ...(key === undefined ? {} : keyHeader(key)),
      ...(stored === undefined ? {} : ifMatchHeader(festival.version)),
    }
    return await api(c, route, { params, body, headers })
  }

  async function showRefusal(c: Context<PageEnv>, { answer, read, form, times }: Refusal): Promise<Response> {
    if ([401, 403, 404].includes(answer.status)) return refuse(c, answer, pathOf(c))
    const refused = allErrors(form.fields, read, { answer, times })
    const isTogether = answer.status === 409 && refused.errors.size === 0
    const bad = (isTogether ? form.conflict : undefined) ?? badOf(textOf(c), answer)
    const state = { ...stateOf(read, form), ...refused }
    const shown = form.key === undefined ? state : { ...state, key: keyAfter(form.key, answer) }
    return await showEdit(c, { name: form.name, form: shown, bad }, statusOf(answer))
  }

  /** Shows the unsent form again, because a colleague has changed the same field. */
  async function showConflicts(c: Context<PageEnv>, read: ReadFields, form: SavedForm): Promise<Response> {
    const bad = textOf(c).changedMeanwhile
    return await showEdit(c, { name: form.name, form: stateOf(read, form), bad }, 409)
  }
}

type Refusal = {
  answer: Extract<ApiAnswer<unknown>, { ok: false }>
  read: ReadFields
  form: SavedForm
  times: readonly InputError[]
}

/** The part of a festival's page that confirms a change. */
export function donePath(path: string, part: PartName): string {
  return `${path}?done=${part}#${anchorOf(part)}`
}

function storedIn({ stored }: SavedForm): { stored?: Values } {
  return stored === undefined ? {} : { stored }
}

/** With the values stored when it was read, so that a later change is a conflict the next time. */
function stateOf({ values, errors, conflicts }: ReadFields, form: SavedForm): FormState {
  return {
    ...{ values, errors, conflicts },
    ...storedIn(form),
    ...(form.key === undefined ? {} : { key: form.key }),
  }
}

/**
 * The invalid fields of a refused form: those that the API refuses, unreadable ones, and inconsistent times, which the
 * API reports only once all else is valid.
 */
export function allErrors(
  fields: readonly FieldName[],
  read: ReadFields,
  { answer, times }: { answer: Refusal['answer']; times: readonly InputError[] },
): Pick<FormState, 'codes'> & { errors: Set<FieldName> } {
  const isInput = answer.status === 422
  const refused = errorsOf(fields, [...(isInput ? times : []), ...(answer.problem.errors ?? [])])
  return { ...refused, errors: new Set([...refused.errors, ...read.errors]) }
}

/** The message about a form as a whole. */
export function badOf(text: (typeof organiserText)['en'], answer: Refusal['answer']): string {
  if (answer.problem.code === KEY_REUSED) return text.savedBefore
  if (answer.problem.code === 'too-many-drafts') return text.tooManyDrafts
  if (answer.status === 412) return text.changedMeanwhile
  return isRefusedInput(answer) ? text.errorsAbove : text.unavailable
}

export function statusOf(answer: Refusal['answer']): 409 | 422 | 503 {
  return STATUSES[answer.status as keyof typeof STATUSES] ?? (isRefusedInput(answer) ? 422 : 503)
}

/** Includes a body that the API does not accept as JSON, such as one with control characters. */
function isRefusedInput({ status }: Refusal['answer']): boolean {
  return status >= 400 && status < 500
}

/** The key of a form; a form without a valid one gets a new key. */
export function readFormKey(form: SentForm): string {
  const key = form[KEY_FIELD] ?? ''
  return UUID.test(key) ? key : randomUUID()
}

export function keyHeader(key: string): Record<string, string> {
  return { 'idempotency-key': key }
}

/** The key of a form that is shown again: a new one only when the first attempt has turned out to be saved. */
export function keyAfter(key: string, answer: ApiAnswer<unknown> | undefined): string {
  return answer?.ok === false && answer.problem.code === KEY_REUSED ? randomUUID() : key
}

const KEY_REUSED = 'idempotency-key-reused'
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
