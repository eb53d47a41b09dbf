import { html } from 'hono/html'
import { type AdminAccount, GIVEN_ROLES, type GivenRole } from '../../../../shared/api/admin-accounts.ts'
import type { Language } from '../../i18n/translated.ts'
import type { Html } from '../../layout/html.ts'
import { type PageContext, page } from '../../layout/page.ts'
import { organiserLiveText } from '../text/organiser-live.ts'
import { flashPart, table } from './frame.ts'

export type AccountsPage = {
  q: string
  /** Undefined when nothing was searched for. */
  accounts: readonly AdminAccount[] | undefined
  flash: { good: string } | { bad: string } | undefined
}

export const ADDRESS_CHARACTERS_MIN = 3

/** Organisers and operators: the roles are found by address, granted and removed. */
export function accountsPage(context: PageContext, { q, accounts, flash }: AccountsPage): Html {
  const { language } = context
  const text = organiserLiveText[language]
  return page(
    context,
    { title: text.roles, styles: ['live'], personal: true },
    html`<p class="small"><a href="/organiser">${text.organiser}</a></p>
<h1>${text.roles}</h1>
<p class="lead">${text.rolesLead}</p>
${flashPart(flash)}
<form method="get" action="/organiser/accounts" class="sheet" role="search">
<label for="q">${text.address}</label>
<div class="search"><input id="q" name="q" type="search" inputmode="email" autocomplete="off" required minlength="${ADDRESS_CHARACTERS_MIN}" maxlength="254" value="${q}"><button>${text.search}</button></div>
</form>
${accounts === undefined ? '' : accounts.length === 0 ? html`<p class="notice">${text.noAccounts}</p>` : accountTable(accounts, q, language)}
<p><a href="/organiser/changes">${text.everything}</a></p>`,
  )
}

function accountTable(accounts: readonly AdminAccount[], q: string, language: Language): Html {
  const text = organiserLiveText[language]
  return table({
    caption: text.roles,
    columns: [text.fan, text.fields.roles, text.change],
    rows: accounts.map((account) => [
      html`${account.name}<br><span class="soft small">${account.email} · ${account.proven ? text.addressProven : text.addressUnproven}</span>`,
      account.roles.map((role) => text.roleNames[role]).join(', '),
      html`${GIVEN_ROLES.map((role) => rolePart(account, role, q, language))}`,
    ]),
  })
}

function rolePart({ id, name, roles }: AdminAccount, role: GivenRole, q: string, language: Language): Html {
  const text = organiserLiveText[language]
  const has = roles.includes(role)
  return html`<details><summary>${has ? text.take[role] : text.give[role]}</summary>
<form method="post" action="/organiser/accounts/${id}"><p class="small">${has ? text.takeLead[role](name) : text.giveLead[role](name)}</p>
<input type="hidden" name="q" value="${q}"><input type="hidden" name="role" value="${role}">
<button name="give" value="${has ? 'no' : 'yes'}" class="${has ? 'danger' : 'quiet'}">${text.confirm.yes}</button></form></details>`
}
