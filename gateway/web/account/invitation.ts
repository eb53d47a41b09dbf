import { html } from 'hono/html'
import type { TeamRole } from '../../../shared/api/teams.ts'
import type { Html } from '../layout/html.ts'
import { type PageContext, page } from '../layout/page.ts'
import { teamText } from '../organiser/text/team.ts'

export type InvitationError = 'ended' | 'otherAccount' | 'unproven' | 'full' | 'unavailable'

/** The page of an invitation's link. Opening it accepts nothing, since some mail programs prefetch links. */
export function invitationPage(
  context: PageContext,
  { token, error }: { token: string; error?: InvitationError },
): Html {
  const text = teamText[context.language]
  const again = `/invitation?token=${encodeURIComponent(token)}`
  return page(
    context,
    { title: text.invitationTitle, scripts: ['forget'], personal: true },
    html`<h1>${text.invitationTitle}</h1>
${error === undefined ? html`<p class="lead">${text.invitationLead}</p>` : html`<p class="notice bad" role="alert">${text[error]}</p>`}
${
  error === 'ended' || error === 'unproven'
    ? ''
    : html`<form method="post" action="/invitation"><input type="hidden" name="token" value="${token}">
<button class="big">${text.accept}</button></form>`
}
${error === 'unproven' ? html`<p><a class="button" href="/confirm-email?next=${encodeURIComponent(again)}">${text.confirmFirst}</a></p>` : ''}
${error === 'otherAccount' ? html`<p><a href="/sign-in?next=${encodeURIComponent(again)}">${text.signOther}</a></p>` : ''}`,
  )
}

export function joinedPage(
  context: PageContext,
  { festival, role }: { festival: string; role: TeamRole },
): Html {
  const text = teamText[context.language]
  const [href, label] =
    role === 'gate'
      ? ['/staff', text.toGate]
      : [`/organiser/festivals/${encodeURIComponent(festival)}`, text.toFestival]
  return page(
    context,
    { title: text.invitationTitle, scripts: ['forget'], personal: true },
    html`<h1>${text.invitationTitle}</h1>
<p class="notice good" role="status">${text.joined(text.roles[role])}</p>
<p><a class="button" href="${href}">${label}</a></p>`,
  )
}
