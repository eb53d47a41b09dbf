import { html } from 'hono/html'
import type { ProblemDocument } from '../../../shared/api/problem.ts'
import type { Language } from '../i18n/translated.ts'
import type { Html } from '../layout/html.ts'
import { type PageContext, page } from '../layout/page.ts'
import { confirmText } from './text/confirm.ts'

export type ConfirmationError =
  | 'wrongFormat'
  | 'ended'
  | 'linkEnded'
  | 'taken'
  | 'busy'
  | 'unavailable'
  | { attemptsLeft: number }
  | { minutes: number }

const ERRORS: Record<string, ConfirmationError> = {
  'invalid-input': 'wrongFormat',
  'confirmation-ended': 'ended',
  'address-taken': 'taken',
  busy: 'busy',
}

export function confirmationError(problem: ProblemDocument): ConfirmationError {
  const { code, attemptsLeft, retryAfterSeconds } = problem
  if (code === 'too-many') return { minutes: Math.ceil(Number(retryAfterSeconds ?? 60) / 60) }
  if (code === 'confirmation-wrong') {
    const left = Number(attemptsLeft ?? 0)
    return left > 0 ? { attemptsLeft: left } : 'ended'
  }
  return ERRORS[code] ?? 'unavailable'
}

export type ConfirmForm = {
  /** The destination after success: a path of this site. */
  next: string
  email: string
  error?: ConfirmationError
  /** An e-mail was just requested. */
  sent: boolean
}

/** The page for entering the code. It works without JavaScript. */
export function confirmPage(context: PageContext, form: ConfirmForm): Html {
  const { language } = context
  const text = confirmText[language]
  const { next, error } = form
  const isInvalid = error !== undefined && (error === 'wrongFormat' || typeof error === 'object')
  return page(
    context,
    { title: text.title, personal: true },
    html`<h1>${text.title}</h1>
<p class="lead">${text.lead.before}<strong>${form.email}</strong>${text.lead.after}</p>
<p>${text.why}</p>
${form.sent ? html`<p class="notice good" role="status">${text.sent}</p>` : ''}
<form method="post" action="/confirm-email">
<input type="hidden" name="next" value="${next}">
<div class="field"><label for="code">${text.code}</label>
<input id="code" name="code" required inputmode="numeric" autocomplete="one-time-code" maxlength="20"${error === undefined ? '' : html` aria-describedby="code-error"`}${isInvalid ? html` aria-invalid="true"` : ''}>
${error === undefined ? '' : html`<p class="error" id="code-error" role="alert">${errorText(error, language)}</p>`}</div>
<button class="big">${text.confirm}</button>
</form>
<form method="post" action="/confirm-email/send">
<input type="hidden" name="next" value="${next}">
<button class="quiet">${form.sent ? text.sendAgain : text.send}</button>
</form>`,
  )
}

/** The page of the e-mail's link. Opening it confirms nothing, since some mail programs prefetch links. */
export function confirmLinkPage(
  context: PageContext,
  { token, error }: { token: string; error?: ConfirmationError },
): Html {
  const { language } = context
  const text = confirmText[language]
  return page(
    context,
    { title: text.title, scripts: ['forget'], personal: true },
    html`<h1>${text.title}</h1>
${
  error === undefined
    ? html`<p class="lead">${text.linkLead}</p>
<form method="post" action="/confirm-email/link">
<input type="hidden" name="token" value="${token}">
<button class="big">${text.confirm}</button>
</form>
<p class="soft">${text.linkWarning}</p>`
    : html`<p class="notice bad" role="alert">${errorText(error, language)}</p>
<p><a class="button" href="/confirm-email">${text.send}</a></p>`
}`,
  )
}

export function confirmedPage(context: PageContext): Html {
  const text = confirmText[context.language]
  return page(
    context,
    { title: text.title, scripts: ['forget'], personal: true },
    html`<h1>${text.title}</h1>
<p class="notice good" role="status">${text.done}</p>
<p><a class="button" href="/me">${text.myPage}</a></p>`,
  )
}

/** Shown on pages of a user whose address is not confirmed. */
export function confirmHint(language: Language, next: string): Html {
  const text = confirmText[language]
  return html`<p class="notice warm">${text.hint} <a href="/confirm-email?next=${encodeURIComponent(next)}">${text.hintLink}</a></p>`
}

function errorText(error: ConfirmationError, language: Language): string {
  const text = confirmText[language]
  if (typeof error === 'string') return text[error]
  return 'minutes' in error ? text.tooMany(error.minutes) : text.wrong(error.attemptsLeft)
}
