import { html, raw } from 'hono/html'
import type { SecondFactor } from '../../../shared/api/second-factor.ts'
import type { Language } from '../i18n/translated.ts'
import type { Html } from '../layout/html.ts'
import { type PageContext, page } from '../layout/page.ts'
import { qrSvg } from '../rendering/qr-svg.ts'
import { type SecurityError, securityText } from './text/security.ts'

const CODE_CHARACTERS_MAX = 40

export type SecurityPage = {
  factor: SecondFactor
  /** A team requires a second factor, and this session was begun without one. */
  needed: boolean
  error?: SecurityError | undefined
  /** The form with the validation error. */
  form?: 'renew' | 'remove' | undefined
  removed?: boolean
}

/** Whether the account has a second factor, and the forms to set it up or remove it. */
export function securityPage(context: PageContext, security: SecurityPage): Html {
  const { factor, needed, error, form, removed = false } = security
  const text = securityText[context.language]
  const isOn = factor.enrolledAt !== null
  return page(
    context,
    { title: text.title, scripts: ['forget'], personal: true },
    html`<p class="small"><a href="/me/account">${text.account}</a></p>
<h1>${text.title}</h1>
<h2>${text.factor}</h2>
<p>${text.lead}</p>
${removed ? html`<p class="notice good" role="status">${text.removed}</p>` : ''}
${needed ? html`<p class="notice warm">${isOn ? text.neededAgain : text.needed}</p>` : ''}
<p><strong>${isOn ? text.on(factor.recoveryCodesLeft) : text.off}</strong></p>
${isOn ? codeForm('renew', form === 'renew' ? error : undefined, context.language) : ''}
${isOn ? codeForm('remove', form === 'renew' ? undefined : error, context.language) : beginPart(error, context.language)}`,
  )
}

function beginPart(error: SecurityError | undefined, language: Language): Html {
  const text = securityText[language]
  return html`<form method="post" action="/me/security">
<div class="field"><label for="password">${text.password}</label>
<input id="password" name="password" type="password" required maxlength="200" autocomplete="current-password"${errorMarks(error)}>${errorPart(error, language)}</div>
<button>${text.begin}</button>
</form>`
}

function codeForm(form: 'renew' | 'remove', error: SecurityError | undefined, language: Language): Html {
  const text = securityText[language]
  const [lead, label] =
    form === 'renew' ? [text.renewLead, text.code] : [text.removeLead, text.codeOrRecovery]
  return html`<details${error === undefined ? '' : html` open`}><summary>${text[form]}</summary>
<p>${lead}</p>
<form method="post" action="/me/security/${form}">
${codeField(label, error, language, `${form}-code`)}
<button${form === 'remove' ? html` class="danger"` : ''}>${text[form]}</button>
</form></details>`
}

/**
 * The data an app needs, and the form for its first code; after a wrong code only the form, since the data is shown
 * once.
 */
export function enrolPage(
  context: PageContext,
  { shown, error }: { shown?: { secret: string; uri: string }; error?: SecurityError },
): Html {
  const text = securityText[context.language]
  return page(
    context,
    { title: text.begin, scripts: ['forget'], personal: true },
    html`<p class="small"><a href="/me/security">${text.title}</a></p>
<h1>${text.begin}</h1>
${
  shown === undefined
    ? ''
    : html`<p class="lead">${text.scan}</p>
<div class="qr" role="img" aria-label="${text.qr}">${raw(qrSvg(shown.uri))}</div>
<dl class="facts"><dt>${text.key}</dt><dd><code>${(shown.secret.match(/.{4}/g) ?? []).join(' ')}</code></dd></dl>`
}
<form method="post" action="/me/security/confirm">
${codeField(text.code, error, context.language)}
<p class="small">${text.confirmLead}</p>
<button class="big">${text.confirm}</button>
</form>`,
  )
}

/** The recovery codes, shown once. */
export function recoveryCodesPage(context: PageContext, codes: readonly string[]): Html {
  const text = securityText[context.language]
  return page(
    context,
    { title: text.savedTitle, scripts: ['forget'], personal: true },
    html`<h1>${text.savedTitle}</h1>
<p class="lead">${text.savedLead}</p>
<ul class="plain">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
<p><a class="button" href="/me/security">${text.done}</a></p>`,
  )
}

export type CodeForm = { challenge: string; next: string; error?: SecurityError | undefined }

/** The second step of signing in. */
export function signInCodePage(context: PageContext, { challenge, next, error }: CodeForm): Html {
  const text = securityText[context.language]
  return page(
    context,
    { title: text.signInTitle, scripts: ['forget'], personal: true },
    html`<h1>${text.signInTitle}</h1>
<p class="lead">${text.signInLead}</p>
<form method="post" action="/sign-in/code">
<input type="hidden" name="next" value="${next}"><input type="hidden" name="challenge" value="${challenge}">
${codeField(text.codeOrRecovery, error, context.language)}
<button class="big">${text.continue}</button>
</form>`,
  )
}

function codeField(label: string, error: SecurityError | undefined, language: Language, id = 'code'): Html {
  return html`<div class="field"><label for="${id}">${label}</label>
<input id="${id}" name="code" required maxlength="${CODE_CHARACTERS_MAX}" autocomplete="one-time-code" autocapitalize="none" spellcheck="false"${errorMarks(error)}>${errorPart(error, language)}</div>`
}

function errorMarks(error: SecurityError | undefined): Html | '' {
  return error === undefined ? '' : html` aria-invalid="true" aria-describedby="security-error"`
}

function errorPart(error: SecurityError | undefined, language: Language): Html | '' {
  if (error === undefined) return ''
  return html`<p class="error" id="security-error" role="alert">${securityText[language].errors[error]}</p>`
}
