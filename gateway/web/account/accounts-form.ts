import { html } from 'hono/html'
import type { ProblemDocument } from '../../../shared/api/problem.ts'
import type { Language } from '../i18n/translated.ts'
import type { Html } from '../layout/html.ts'
import { accountsText } from './text/accounts.ts'

const FIELDS = ['email', 'password', 'current', 'name'] as const
type Field = (typeof FIELDS)[number]
type GeneralError = 'failed' | 'ended' | 'busy' | 'invalid' | 'unavailable' | 'cookies' | Limited

/** Too many attempts: the time to wait, and a challenge that a browser can solve instead. */
type Limited = { minutes: number; challenge: string | undefined }

/** Why a form was refused: in general, or at its fields. */
export type FormErrors = { general?: GeneralError; fields?: readonly Field[] }

const GENERAL: Record<string, GeneralError> = {
  'sign-in-failed': 'failed',
  'reset-ended': 'ended',
  busy: 'busy',
}

export function errorsOf(problem: ProblemDocument): FormErrors {
  const { code, errors = [], retryAfterSeconds } = problem
  if (code === 'password-wrong') return { fields: ['current'] }
  if (code === 'too-many') {
    const minutes = Math.ceil(Number(retryAfterSeconds ?? 60) / 60)
    return { general: { minutes, challenge: asText(problem['challenge']) } }
  }
  if (code !== 'invalid-input') return { general: GENERAL[code] ?? 'unavailable' }
  const fields = FIELDS.filter((field) => errors.some(({ pointer }) => pointer === `/${field}`))
  return fields.length === 0 ? { general: 'invalid' } : { fields }
}

export function generalError({ general }: FormErrors, language: Language): Html | '' {
  if (general === undefined) return ''
  const text = accountsText[language]
  const words = typeof general === 'object' ? text.tooMany(general.minutes) : text[general]
  return html`<p class="notice bad" role="alert">${words}</p>`
}

function asText(challenge: unknown): string | undefined {
  return challenge === undefined ? undefined : JSON.stringify(challenge)
}

/**
 * The field for the solved challenge, where too many attempts were made at an account, perhaps by others: a script
 * solves it so that this form is accepted. Without a script the user has to wait.
 */
export function proofField({ general }: FormErrors, language: Language): Html | '' {
  if (typeof general !== 'object' || general.challenge === undefined) return ''
  const text = accountsText[language]
  return html`<input type="hidden" name="proof" data-challenge="${general.challenge}">
<p class="notice" role="status" data-proof="working" hidden>${text.proofWorking}</p>
<p class="notice good" role="status" data-proof="done" hidden>${text.proofDone}</p>`
}

/** The script of pages whose forms may have a proof field. */
export function proofScripts({ general }: FormErrors): readonly string[] {
  return typeof general === 'object' && general.challenge !== undefined ? ['attempt'] : []
}

type FieldOptions = { errors: FormErrors; language: Language }

export function emailField(options: FieldOptions & { value: string }): Html {
  const { language, value } = options
  return field(
    'email',
    accountsText[language].email,
    options,
    html`type="email" inputmode="email" autocomplete="username" maxlength="254" value="${value}"`,
  )
}

export function nameField(options: FieldOptions & { value: string }): Html {
  const { language, value } = options
  return field(
    'name',
    accountsText[language].name,
    options,
    html`autocomplete="name" maxlength="100" value="${value}"`,
  )
}

/** The user's current password. */
export function passwordField(name: 'password' | 'current', label: string, options: FieldOptions): Html {
  return field(name, label, options, html`type="password" autocomplete="current-password" maxlength="200"`)
}

/** A new password. */
export function newPasswordField(label: string, options: FieldOptions): Html {
  return field(
    'password',
    label,
    { ...options, hint: accountsText[options.language].passwordRule },
    html`type="password" autocomplete="new-password" minlength="8" maxlength="200"`,
  )
}

function field(
  name: Field,
  label: string,
  { errors, language, hint }: FieldOptions & { hint?: string },
  attributes: Html,
): Html {
  const error = errors.fields?.includes(name) === true ? accountsText[language].fields[name] : undefined
  const described = [hint === undefined ? '' : `${name}-hint`, error === undefined ? '' : `${name}-error`]
  const describedBy = described.filter((id) => id !== '').join(' ')
  return html`<div class="field"><label for="${name}">${label}</label>
<input id="${name}" name="${name}" required ${attributes}${describedBy === '' ? '' : html` aria-describedby="${describedBy}"`}${error === undefined ? '' : html` aria-invalid="true"`}>
${hint === undefined ? '' : html`<p class="hint" id="${name}-hint">${hint}</p>`}${error === undefined ? '' : html`<p class="error" id="${name}-error" role="alert">${error}</p>`}</div>`
}
