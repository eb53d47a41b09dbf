import { html } from 'hono/html'
import type { AdminFestival, AdminTicketType } from '../../../../shared/api/admin-festivals.ts'
import type { InputError } from '../../../../shared/api/problem.ts'
import { count, fileSize } from '../../layout/format.ts'
import type { Html, PageContext } from '../../layout/page.ts'
import { picturePart } from '../../layout/picture.ts'
import { festivalFrame, festivalPath, saidPart } from '../live/frame.ts'
import { organiserText } from '../text/organiser.ts'
import {
  FESTIVAL_FIELDS,
  type FieldName,
  faultsOf,
  festivalValues,
  SCHEDULE_FIELDS,
  TYPE_FIELDS,
  typeValues,
} from './festival-form.ts'
import { type FormState, fieldsPart, keyPart } from './fields.ts'
import { stateTag } from './list.ts'

/** A part of the page: festival, schedule, picture, types, new-type, or a ticket type's ID. */
export type PartName = string

/** Where a part is: what its forms come back to, so that nobody is thrown to the top of the page. */
export function anchorOf(part: PartName): string {
  return /^\d+$/.test(part) ? `type-${part}` : part
}

/** What is to be told on the page: what happened, or the one form that needs another look, as it was sent. */
export type Told =
  | { said: { good: string } | { bad: string }; at?: PartName }
  | { name: PartName; form: FormState; bad: string }
  | { picture: string }
  /** What is refused as a whole, with what is wrong in several forms. */
  | { refused: { bad: string; errors: readonly InputError[] } }

export type EditPage = {
  festival: AdminFestival
  now: number
  told: Told | undefined
  pictureBytesMax: number
  /** The `Idempotency-Key` of a new ticket type. */
  newKey: string
}

/** Everything about a festival but its live sale: each part is a form of its own. */
export function editPage(
  context: PageContext,
  { festival, now, told, pictureBytesMax, newKey }: EditPage,
): Html {
  const { language } = context
  const text = organiserText[language]
  const path = festivalPath(festival.id)
  const stored = festivalValues(festival)
  return festivalFrame(
    context,
    { title: text.festivalHeading, festival, tab: 'festival' },
    html`${told !== undefined && 'said' in told && told.at === undefined ? saidPart(told.said) : ''}
${told !== undefined && 'refused' in told ? saidPart({ bad: told.refused.bad }) : ''}
<div class="row"><p>${stateTag(festival, now, context)} <a href="${path}/preview">${text.preview}</a></p>
<p>${
      festival.published
        ? html`<a class="button quiet" href="${path}/unpublish">${text.unpublish}</a>`
        : html`<a class="button quiet" href="${path}/delete">${text.delete}</a> <a class="button" href="${path}/publish">${text.publish}</a>`
    }</p></div>
<section class="sheet" id="festival"><h2>${text.festivalHeading}</h2>
${saidAt('festival')}
<form method="post" action="${path}#festival">
${fieldsPart(FESTIVAL_FIELDS, 'festival', formOf('festival', stored), language)}
<button>${text.save}</button></form></section>
<section class="sheet" id="schedule"><h2>${text.scheduleHeading}</h2>
<p class="soft small">${text.scheduleLead}</p>
${saidAt('schedule')}
<form method="post" action="${path}/schedule#schedule">
${fieldsPart(SCHEDULE_FIELDS, 'schedule', formOf('schedule', stored), language)}
<button>${text.save}</button></form></section>
${pictureSection()}
<section id="types"><h2>${text.typesHeading}</h2>
${saidAt('types')}
${festival.ticketTypes.map(typeSection)}
${newTypeSection()}
</section>`,
  )

  /** What happened to a part stands in it. */
  function saidAt(part: PartName): Html | '' {
    if (told === undefined) return ''
    if ('name' in told) return told.name === part ? saidPart({ bad: told.bad }) : ''
    return 'said' in told && told.at === part ? saidPart(told.said) : ''
  }

  function formOf(name: string, values: FormState['values']): FormState {
    const { timeZone } = festival
    if (told !== undefined && 'name' in told && told.name === name) return { ...told.form, timeZone }
    return {
      timeZone,
      ...{ values, ...refusedIn(name) },
      ...(name === 'new-type' ? {} : { stored: values }),
    }
  }

  function isTold(name: string): boolean {
    const isNamed = told !== undefined && 'name' in told && told.name === name
    return isNamed || refusedIn(name).faults.size > 0
  }

  /** What is refused of a form when a whole festival is: errors point into the festival, where forms are parts. */
  function refusedIn(name: string): Pick<FormState, 'codes'> & { faults: Set<FieldName> } {
    if (told === undefined || !('refused' in told)) return { faults: new Set() }
    const part = name === 'festival' ? '' : name === 'schedule' ? '/room' : typePointer(name)
    const errors = told.refused.errors.filter(
      ({ pointer }) => pointer.startsWith(part) && pointer.lastIndexOf('/') === part.length,
    )
    const fields = name === 'festival' ? FESTIVAL_FIELDS : name === 'schedule' ? SCHEDULE_FIELDS : TYPE_FIELDS
    return faultsOf(
      fields,
      errors.map((error) => ({ ...error, pointer: error.pointer.slice(part.length) })),
    )
  }

  function typePointer(name: string): string {
    return `/ticketTypes/${festival.ticketTypes.findIndex(({ id }) => String(id) === name)}`
  }

  function pictureSection(): Html {
    const fault = told !== undefined && 'picture' in told ? told.picture : undefined
    return html`<section class="sheet" id="picture"><h2>${text.pictureHeading}</h2>
${saidAt('picture')}
${festival.picture === null ? '' : picturePart(festival.picture, '')}
<form method="post" action="${path}/picture#picture" enctype="multipart/form-data">
<p class="field"><label for="picture-file">${text.picture}</label>
<span class="hint" id="picture-hint">${text.pictureLead(fileSize(pictureBytesMax, language))}</span>
<input id="picture-file" name="picture" type="file" accept="image/jpeg,image/png,image/webp,image/avif" required aria-describedby="picture-hint${fault === undefined ? '' : ' picture-fault'}"${fault === undefined ? '' : html` aria-invalid="true"`}>
${fault === undefined ? '' : html`<span class="fault" id="picture-fault" role="alert">${fault}</span>`}</p>
<button>${text.upload}</button></form>
${
  festival.picture === null
    ? ''
    : html`<details><summary>${text.removePicture}</summary>
<form method="post" action="${path}/picture/remove#picture"><p class="small">${text.removePictureLead}</p>
<button class="danger">${text.removePictureYes}</button></form></details>`
}
</section>`
  }

  function typeSection(type: AdminTicketType): Html {
    const name = String(type.id)
    const form = formOf(name, typeValues(type, festival))
    return html`<details class="sheet" id="${anchorOf(name)}"${isTold(name) || saidAt(name) !== '' ? html` open` : ''}>
<summary>${type.name} <span class="soft small">${text.sold(count(type.sold, language), count(type.quantity, language))}</span></summary>
${saidAt(name)}
<form method="post" action="${path}/types/${name}#${anchorOf(name)}">
${fieldsPart(TYPE_FIELDS, `type-${name}`, form, language)}
<button>${text.save}</button></form>
${
  festival.published || type.sold > 0
    ? ''
    : html`<details><summary>${text.removeType}</summary>
<form method="post" action="${path}/types/${name}/remove#types"><p class="small">${text.removeTypeLead(type.name)}</p>
<button class="danger">${text.removeTypeYes}</button></form></details>`
}
</details>`
  }

  function newTypeSection(): Html {
    const { opensAt, closesAt } = festivalValues(festival)
    const values = {
      accountLimit: '4',
      ...(opensAt === undefined ? {} : { saleFrom: opensAt }),
      ...(closesAt === undefined ? {} : { saleTo: closesAt, refundUntil: closesAt }),
    }
    const form = formOf('new-type', values)
    const isOpen = isTold('new-type') || festival.ticketTypes.length === 0
    return html`<div id="new-type">${saidAt('new-type')}
<details class="sheet"${isOpen ? html` open` : ''}>
<summary>${text.newType}</summary>
<form method="post" action="${path}/types#new-type">
${keyPart(form.key ?? newKey)}
${fieldsPart(TYPE_FIELDS, 'new-type', form, language)}
<button>${text.addType}</button></form></details></div>`
  }
}
