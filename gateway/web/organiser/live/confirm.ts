import { html } from 'hono/html'
import type { RoomSettings } from '../../../../shared/api/admin-rooms.ts'
import type { Sale } from '../../../../shared/api/sale.ts'
import { count } from '../../layout/format.ts'
import type { Html } from '../../layout/html.ts'
import type { PageContext } from '../../layout/page.ts'
import { organiserLiveText } from '../text/organiser-live.ts'
import type { Control, ControlFields } from './control.ts'
import { describeField, fieldName } from './describe.ts'
import { festivalFrame, festivalPath, flashPart, table } from './frame.ts'
import type { FestivalName } from './sale.ts'

export type ConfirmPage = {
  festival: FestivalName
  settings: RoomSettings
  sale: Sale | undefined
  control: Control
  /** The form as it was sent, to be sent again. */
  fields: ControlFields
  /** The settings were changed by another user since the question was asked. */
  changedMeanwhile?: boolean
}

/** Asks for confirmation before a sale is changed: what changes, and what fans will notice. */
export function confirmPage(context: PageContext, confirm: ConfirmPage): Html {
  const { language } = context
  const { festival, settings, sale, control, fields } = confirm
  const text = organiserLiveText[language]
  const path = `${festivalPath(festival.id)}/live`
  const rows = Object.entries(control.after).map(([name, after]) => [
    fieldName(name, text),
    cell(name, settings[name as keyof RoomSettings]),
    cell(name, after),
  ])
  return festivalFrame(
    context,
    { title: text.confirm.title, festival, tab: 'live' },
    html`<h2>${text.confirm.title}</h2>
${flashPart(confirm.changedMeanwhile === true ? { bad: text.changedMeanwhile } : undefined)}
${table({ caption: text.confirm.title, columns: [text.confirm.setting, text.confirm.before, text.confirm.after], rows })}
<p class="notice warm">${text.effects[control.effect]}</p>
${sale === undefined ? '' : html`<p class="soft">${text.confirm.crowd(count(sale.waiting, language), count(sale.active, language))}</p>`}
<form method="post" action="${path}/change">
${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<input type="hidden" name="version" value="${settings.version}">
<p class="buttons"><button>${text.confirm.yes}</button><a class="button quiet" href="${path}">${text.confirm.no}</a></p>
</form>`,
  )

  function cell(name: string, value: unknown): Html {
    return html`<span class="from-to">${describeField(name, value, festival, language)}</span>`
  }
}
