import { html } from 'hono/html'
import type { Html } from '../layout/html.ts'
import { type PageContext, page } from '../layout/page.ts'
import {
  emailField,
  type FormErrors,
  generalError,
  nameField,
  newPasswordField,
  passwordField,
  proofField,
  proofScripts,
} from './accounts-form.ts'
import { accountsText } from './text/accounts.ts'

export type AccountForm = {
  /** The destination after success: a path of this site. */
  next: string
  email: string
  name: string
  /** Why the last attempt was refused. */
  errors: FormErrors
}

/**
 * Where the user has just signed out: of this browser, of every device, or of this browser only, because the session
 * could not be ended.
 */
export const SIGNED_OUT = ['here', 'everywhere', 'forgotten'] as const
export type SignedOut = (typeof SIGNED_OUT)[number]

export function signInPage(context: PageContext, form: AccountForm, signedOut?: SignedOut): Html {
  const { language } = context
  const text = accountsText[language]
  const options = { errors: form.errors, language }
  return page(
    context,
    {
      title: text.signIn,
      scripts: ['forget', ...proofScripts(form.errors)],
      personal: true,
    },
    html`<h1>${text.signIn}</h1>
${signedOut === undefined ? '' : html`<p class="notice ${signedOut === 'forgotten' ? 'warm' : 'good'}" role="status">${text.signedOut[signedOut]}</p>`}
${generalError(form.errors, language)}
<form method="post" action="/sign-in">
<input type="hidden" name="next" value="${form.next}">
${emailField({ ...options, value: form.email })}
${passwordField('password', text.password, options)}
${proofField(form.errors, language)}
<button class="big">${text.signIn}</button>
</form>
<p><a href="/forgot-password">${text.forgot}</a></p>
<p>${text.noAccount} <a href="/sign-up?next=${encodeURIComponent(form.next)}">${text.signUp}</a></p>`,
  )
}

export function signUpPage(context: PageContext, form: AccountForm): Html {
  const { language } = context
  const text = accountsText[language]
  const options = { errors: form.errors, language }
  return page(
    context,
    {
      title: text.signUp,
      scripts: ['forget', ...proofScripts(form.errors)],
      personal: true,
    },
    html`<h1>${text.signUp}</h1>
${generalError(form.errors, language)}
<form method="post" action="/sign-up">
<input type="hidden" name="next" value="${form.next}">
${nameField({ ...options, value: form.name })}
${emailField({ ...options, value: form.email })}
${newPasswordField(text.password, options)}
${proofField(form.errors, language)}
<button class="big">${text.signUp}</button>
</form>
<p>${text.hasAccount} <a href="/sign-in?next=${encodeURIComponent(form.next)}">${text.signIn}</a></p>
<p><a href="/forgot-password">${text.forgot}</a></p>`,
  )
}
