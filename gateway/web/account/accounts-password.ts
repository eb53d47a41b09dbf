import { html } from 'hono/html'
import type { Language } from '../i18n/translated.ts'
import type { Html } from '../layout/html.ts'
import { type PageContext, page } from '../layout/page.ts'
import {
  emailField,
  type FormErrors,
  generalError,
  newPasswordField,
  proofField,
  proofScripts,
} from './accounts-form.ts'
import { accountsText } from './text/accounts.ts'

/** The page for requesting the e-mail. */
export function forgotPage(
  context: PageContext,
  { email, errors }: { email: string; errors: FormErrors },
): Html {
  const { language } = context
  const text = accountsText[language]
  return page(
    context,
    { title: text.forgot, scripts: proofScripts(errors), personal: true },
    html`<h1>${text.forgot}</h1>
<p class="lead">${text.forgotLead}</p>
${generalError(errors, language)}
<form method="post" action="/forgot-password">
${emailField({ errors, language, value: email })}
${proofField(errors, language)}
<button class="big">${text.forgotSend}</button>
</form>
<p><a href="/sign-in">${text.signIn}</a></p>`,
  )
}

/** The same for every address, whether or not it has an account. */
export function sentPage(context: PageContext): Html {
  const text = accountsText[context.language]
  return page(
    context,
    { title: text.sent, personal: true },
    html`<h1>${text.sent}</h1>
<p class="notice" role="status">${text.sentLead}</p>
<p><a class="button quiet" href="/forgot-password">${text.again}</a></p>`,
  )
}

/** The page of the e-mail's link. Opening it uses nothing up, since some mail programs prefetch links. */
export function newPasswordPage(
  context: PageContext,
  { token, errors }: { token: string; errors: FormErrors },
): Html {
  const { language } = context
  const text = accountsText[language]
  return page(
    context,
    { title: text.setPassword, scripts: ['forget', ...proofScripts(errors)], personal: true },
    html`<h1>${text.setPassword}</h1>
${generalError(errors, language)}
${errors.general === 'ended' ? html`<p><a class="button" href="/forgot-password">${text.forgotSend}</a></p>` : setForm(token, errors, language)}`,
  )
}

function setForm(token: string, errors: FormErrors, language: Language): Html {
  const text = accountsText[language]
  return html`<p>${text.setLead}</p>
<form method="post" action="/new-password">
<input type="hidden" name="token" value="${token}">
${newPasswordField(text.newPassword, { errors, language })}
${proofField(errors, language)}
<button class="big">${text.save}</button>
</form>`
}
