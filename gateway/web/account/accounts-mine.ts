import { html } from 'hono/html'
import type { Html } from '../layout/html.ts'
import { type PageContext, page } from '../layout/page.ts'
import {
  type FormErrors,
  generalError,
  newPasswordField,
  passwordField,
  proofField,
  proofScripts,
} from './accounts-form.ts'
import { accountsText } from './text/accounts.ts'
import { securityText } from './text/security.ts'

/** The account part of My page. */
export function accountPage(
  context: PageContext,
  { me, errors, changed }: { me: { name: string; email: string }; errors: FormErrors; changed: boolean },
): Html {
  const { language } = context
  const text = accountsText[language]
  const options = { errors, language }
  return page(
    context,
    { title: text.account, scripts: proofScripts(errors), personal: true },
    html`<p class="small"><a href="/me">${text.myPage}</a></p>
<h1>${text.account}</h1>
${changed ? html`<p class="notice good" role="status">${text.changed}</p>` : ''}
<dl class="facts"><dt>${text.name}</dt><dd>${me.name}</dd><dt>${text.email}</dt><dd>${me.email}</dd></dl>
<p><a href="/me/security">${securityText[language].title}</a></p>
<h2 id="password-title">${text.changePassword}</h2>
${generalError(errors, language)}
<form method="post" action="/me/account/password" aria-labelledby="password-title">
<input name="email" type="email" autocomplete="username" value="${me.email}" hidden>
${passwordField('current', text.currentPassword, options)}
${newPasswordField(text.newPassword, options)}
<p class="small soft">${text.setLead}</p>
${proofField(errors, language)}
<button>${text.save}</button>
</form>
<h2>${text.everywhere}</h2>
<p>${text.everywhereLead}</p>
<form method="post" action="/me/account/sign-out"><button class="danger">${text.everywhere}</button></form>`,
  )
}
