import { html } from 'hono/html'
import { TEAM_ROLES, type Team, type TeamRole } from '../../../../shared/api/teams.ts'
import type { Language } from '../../i18n/translated.ts'
import type { Html } from '../../layout/html.ts'
import type { PageContext } from '../../layout/page.ts'
import { momentOf } from '../../layout/time.ts'
import { teamText } from '../text/team.ts'
import { festivalFrame, festivalPath, flashPart, table } from './frame.ts'
import type { FestivalName } from './sale.ts'

type Member = Team['members'][number]

export type TeamPage = {
  festival: FestivalName
  team: Team
  flash?: { good: string } | { bad: string } | undefined
  /** The input of an invitation form that was refused. */
  typed?: { email: string; role: TeamRole; isWrong: boolean } | undefined
  /** The link to pass on, where no e-mails are sent. */
  link?: string | undefined
}

/** A festival's members and invitations, with forms for its owners. */
export function teamPage(context: PageContext, { festival, team, flash, typed, link }: TeamPage): Html {
  const { language } = context
  const text = teamText[language]
  const isOperator = team.mine.role === null
  const decides = isOperator || team.mine.role === 'owner'
  const path = `${festivalPath(festival.id)}/team`
  const when = (instant: string) => momentOf(instant, festival, language)
  return festivalFrame(
    context,
    { title: text.title, festival, tab: 'team' },
    html`<h2>${text.title}</h2>
<p class="lead">${isOperator ? text.operatorLead : text.lead}</p>
${flashPart(flash)}
${link === undefined ? '' : html`<p class="notice warm">${text.link} <code>${link}</code></p>`}
${memberList()}
<dl class="small">${TEAM_ROLES.map((role) => html`<dt>${text.roles[role]}</dt><dd class="soft">${text.roleHints[role]}</dd>`)}</dl>
${decides ? settingsPart() : html`${team.secondFactorRequired ? html`<p>${text.factorOn}</p>` : ''}`}
${decides ? invitePart() : ''}
${decides ? invitationsPart() : ''}`,
  )

  /** Cards, since a table with forms would be scrolled out of view on a phone. */
  function memberList(): Html {
    return html`<ul class="cards">${team.members.map((member) => html`<li class="sheet">${memberCard(member)}</li>`)}</ul>`
  }

  function memberCard(member: Member): Html {
    const { account, role, since, addedBy, hasSecondFactor } = member
    return html`<p class="row"><strong>${account.name}${isMe(member) ? html` (${text.you})` : ''}</strong> <span class="tag">${text.roles[role]}</span></p>
<p class="soft small">${account.email}${hasSecondFactor ? ` · ${text.hasFactor}` : ''}<br>
${text.columns.since}: ${when(since)}${addedBy === null ? '' : ` · ${text.addedBy(addedBy)}`}</p>
${isOperator ? '' : html`<p class="small"><a href="${festivalPath(festival.id)}/changes?account=${account.id}">${text.did}</a></p>`}
${decides ? editPart(member) : isMe(member) ? leavePart(member) : ''}`
  }

  function isMe({ account }: Member): boolean {
    return account.id === team.mine.account
  }

  function editPart(member: Member): Html {
    const { account, role } = member
    return html`<details><summary>${text.edit(account.name)}</summary>
<form method="post" action="${path}/members/${account.id}">
<p class="field"><label for="role-${account.id}">${text.role}</label>${roleSelect(`role-${account.id}`, role, language)}</p>
<p><button name="do" value="role">${text.saveRole}</button></p>
</form>
${isMe(member) ? leavePart(member) : removePart(member)}</details>`
  }

  function removePart({ account }: Member): Html {
    return html`<form method="post" action="${path}/members/${account.id}"><p class="small">${text.removeLead(account.name)}</p>
<button name="do" value="remove" class="danger">${text.remove}</button></form>`
  }

  function leavePart({ account }: Member): Html {
    return html`<details><summary>${text.leave}</summary><form method="post" action="${path}/members/${account.id}"><p class="small">${text.leaveLead}</p>
<button name="do" value="leave" class="danger">${text.leave}</button></form></details>`
  }

  function settingsPart(): Html {
    const { secondFactorRequired: required } = team
    return html`<h3>${text.factor}</h3>
<form method="post" action="${path}/settings" class="sheet"><p>${required ? text.factorOn : text.factorOff}</p>
<button name="required" value="${required ? 'no' : 'yes'}" class="quiet">${required ? text.allowWithout : text.requireFactor}</button></form>`
  }

  function invitePart(): Html {
    const isWrong = typed?.isWrong === true
    return html`<h3>${text.invite}</h3>
<form method="post" action="${path}/invitations" class="sheet">
<p class="soft">${text.inviteLead}</p>
<div class="field"><label for="email">${text.email}</label>
<input id="email" name="email" type="email" required maxlength="254" autocomplete="off" value="${typed?.email ?? ''}"${isWrong ? html` aria-invalid="true" aria-describedby="email-error"` : ''}>
${isWrong ? html`<p class="error" id="email-error" role="alert">${text.flash.email}</p>` : ''}</div>
<p class="field"><label for="role">${text.role}</label>${roleSelect('role', typed?.role ?? 'manager', language)}</p>
<button>${text.sendInvitation}</button>
</form>`
  }

  function invitationsPart(): Html {
    return html`<h3>${text.invitations}</h3>
${
  team.invitations.length === 0
    ? html`<p class="soft">${text.noInvitations}</p>`
    : table({
        caption: text.invitations,
        columns: [text.email, text.columns.role, text.expires, text.columns.actions],
        rows: team.invitations.map(({ id, email, role, expiresAt }) => [
          email,
          text.roles[role],
          when(expiresAt),
          html`<form method="post" action="${path}/invitations/${id}"><button class="quiet">${text.revoke}</button></form>`,
        ]),
      })
}`
  }
}

function roleSelect(id: string, chosen: TeamRole, language: Language): Html {
  const text = teamText[language]
  return html`<select id="${id}" name="role">${TEAM_ROLES.map((role) => html`<option value="${role}"${role === chosen ? html` selected` : ''}>${text.roles[role]}</option>`)}</select>`
}
