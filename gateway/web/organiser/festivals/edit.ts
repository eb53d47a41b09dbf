import { html } from 'hono/html'
import type { AdminFestival, AdminTicketType } from '../../../../shared/api/admin-festivals.ts'
import type { InputError } from '../../../../shared/api/problem.ts'
import { missingSellerFields, SELLER_FIELDS, sellsPaid } from '../../../../shared/seller.ts'
import type { Language } from '../../i18n/translated.ts'
import { count, fileSize } from '../../layout/format.ts'
import type { Html } from '../../layout/html.ts'
import { imagePart } from '../../layout/image.ts'
import type { PageContext } from '../../layout/page.ts'
import { festivalFrame, festivalPath, flashPart } from '../live/frame.ts'
import { organiserText } from '../text/organiser.ts'
import {
  errorsOf,
  FESTIVAL_FIELDS,
  type FieldName,
  festivalValues,
  SCHEDULE_FIELDS,
  TYPE_FIELDS,
  typeValues,
} from './festival-form.ts'
import { type FormState, fieldsPart, keyPart } from './fields.ts'
import { stateTag } from './list.ts'

/** A part of the page: festival, schedule, seller, image, types, new-type, or a ticket type's ID. */
export type PartName = string

/** The anchor of a part, which its forms return to, so that the page does not scroll to the top. */
export function anchorOf(part: PartName): string {
  return /^\d+$/.test(part) ? `type-${part}` : part
}

/** The feedback on the page: what was done, or the one form that needs correction, as it was sent. */
export type Feedback =
  | { flash: { good: string } | { bad: string }; at?: PartName }
  | { name: PartName; form: FormState; bad: string }
  | { image: string }
  /** An error of an entire action, with the errors of several forms. */
  | { refused: { bad: string; errors: readonly InputError[] } }

export type EditPage = {
  festival: AdminFestival
  now: number
  feedback: Feedback | undefined
  imageBytesMax: number
  /** The `Idempotency-Key` of a new ticket type. */
  newKey: string
}

const PART_FIELDS = { festival: FESTIVAL_FIELDS, schedule: SCHEDULE_FIELDS, seller: SELLER_FIELDS } as const

function fieldsOf(name: string): readonly FieldName[] {
  return name === 'festival' || name === 'schedule' || name === 'seller' ? PART_FIELDS[name] : TYPE_FIELDS
}

/** The page of a festival, except for its live sale: each part is a separate form. */
export function editPage(
  context: PageContext,
  { festival, now, feedback, imageBytesMax, newKey }: EditPage,
): Html {
  const { language } = context
  const text = organiserText[language]
  const path = festivalPath(festival.id)
  const stored = festivalValues(festival)
  return festivalFrame(
    context,
    { title: text.festivalHeading, festival, tab: 'festival' },
    html`${feedback !== undefined && 'flash' in feedback && feedback.at === undefined ? flashPart(feedback.flash) : ''}
${feedback !== undefined && 'refused' in feedback ? flashPart({ bad: feedback.refused.bad }) : ''}
<div class="row"><p>${stateTag(festival, now, context)} <a href="${path}/preview">${text.preview}</a></p>
<p>${publishingPart(festival, language)}</p></div>
${sellerNotice(festival, language)}
${formSection('festival')}
${formSection('schedule')}
${formSection('seller')}
${imageSection()}
<section id="types"><h2>${text.typesHeading}</h2>
${flashAt('types')}
${festival.ticketTypes.map(typeSection)}
${newTypeSection()}
</section>`,
  )

  function formSection(name: keyof typeof PART_FIELDS): Html {
    const { heading, lead, action } = aboutPart(name, path, language)
    return html`<section class="sheet" id="${name}"><h2>${heading}</h2>
${lead === '' ? '' : html`<p class="soft small">${lead}</p>`}
${flashAt(name)}
<form method="post" action="${action}#${name}">
${fieldsPart(PART_FIELDS[name], name, formOf(name, stored), language)}
<button>${text.save}</button></form></section>`
  }

  /** The feedback about a part is shown in it. */
  function flashAt(part: PartName): Html | '' {
    if (feedback === undefined) return ''
    if ('name' in feedback) return feedback.name === part ? flashPart({ bad: feedback.bad }) : ''
    return 'flash' in feedback && feedback.at === part ? flashPart(feedback.flash) : ''
  }

  function formOf(name: string, values: FormState['values']): FormState {
    const { timeZone } = festival
    if (feedback !== undefined && 'name' in feedback && feedback.name === name)
      return { ...feedback.form, timeZone }
    return {
      timeZone,
      ...{ values, ...refusedIn(name) },
      ...(name === 'new-type' ? {} : { stored: values }),
    }
  }

  function hasFeedback(name: string): boolean {
    const isNamed = feedback !== undefined && 'name' in feedback && feedback.name === name
    return isNamed || refusedIn(name).errors.size > 0
  }

  /**
   * The errors of one form when the entire festival is refused: pointers are relative to the festival, not to its
   * forms.
   */
  function refusedIn(name: string): Pick<FormState, 'codes'> & { errors: Set<FieldName> } {
    if (feedback === undefined || !('refused' in feedback)) return { errors: new Set() }
    const part = pointerOf(name)
    const errors = feedback.refused.errors.filter(
      ({ pointer }) => pointer.startsWith(part) && pointer.lastIndexOf('/') === part.length,
    )
    return errorsOf(
      fieldsOf(name),
      errors.map((error) => ({ ...error, pointer: error.pointer.slice(part.length) })),
    )
  }

  /** Where a form's fields are in the festival's document. */
  function pointerOf(name: string): string {
    if (name === 'festival' || name === 'seller') return ''
    if (name === 'schedule') return '/room'
    return `/ticketTypes/${festival.ticketTypes.findIndex(({ id }) => String(id) === name)}`
  }

  function imageSection(): Html {
    const error = feedback !== undefined && 'image' in feedback ? feedback.image : undefined
    return html`<section class="sheet" id="image"><h2>${text.imageHeading}</h2>
${flashAt('image')}
${festival.image === null ? '' : imagePart(festival.image, '')}
<form method="post" action="${path}/image#image" enctype="multipart/form-data">
<p class="field"><label for="image-file">${text.image}</label>
<span class="hint" id="image-hint">${text.imageLead(fileSize(imageBytesMax, language))}</span>
<input id="image-file" name="image" type="file" accept="image/jpeg,image/png,image/webp,image/avif" required aria-describedby="image-hint${error === undefined ? '' : ' image-error'}"${error === undefined ? '' : html` aria-invalid="true"`}>
${error === undefined ? '' : html`<span class="error" id="image-error" role="alert">${error}</span>`}</p>
<button>${text.upload}</button></form>
${
  festival.image === null
    ? ''
    : html`<details><summary>${text.removeImage}</summary>
<form method="post" action="${path}/image/remove#image"><p class="small">${text.removeImageLead}</p>
<button class="danger">${text.removeImageYes}</button></form></details>`
}
</section>`
  }

  function typeSection(type: AdminTicketType): Html {
    const name = String(type.id)
    const form = formOf(name, typeValues(type, festival))
    return html`<details class="sheet" id="${anchorOf(name)}"${hasFeedback(name) || flashAt(name) !== '' ? html` open` : ''}>
<summary>${type.name} <span class="soft small">${text.sold(count(type.sold, language), count(type.quantity, language))}</span></summary>
${flashAt(name)}
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
    const form = formOf('new-type', newTypeValues(festival))
    const isOpen = hasFeedback('new-type') || festival.ticketTypes.length === 0
    return html`<div id="new-type">${flashAt('new-type')}
<details class="sheet"${isOpen ? html` open` : ''}>
<summary>${text.newType}</summary>
<form method="post" action="${path}/types#new-type">
${keyPart(form.key ?? newKey)}
${fieldsPart(TYPE_FIELDS, 'new-type', form, language)}
<button>${text.addType}</button></form></details></div>`
  }
}

function aboutPart(
  name: keyof typeof PART_FIELDS,
  path: string,
  language: Language,
): { heading: string; lead: string; action: string } {
  const text = organiserText[language]
  switch (name) {
    case 'festival':
      return { heading: text.festivalHeading, lead: '', action: path }
    case 'schedule':
      return { heading: text.scheduleHeading, lead: text.scheduleLead, action: `${path}/schedule` }
    case 'seller':
      return { heading: text.sellerHeading, lead: text.sellerLead, action: `${path}/seller` }
  }
}

/** Suggested for a new ticket type: it is on sale as long as the festival. */
function newTypeValues(festival: AdminFestival): FormState['values'] {
  const { opensAt, closesAt } = festivalValues(festival)
  return {
    accountLimit: '4',
    ...(opensAt === undefined ? {} : { saleFrom: opensAt }),
    ...(closesAt === undefined ? {} : { saleTo: closesAt, refundUntil: closesAt }),
  }
}

/** Says that paid tickets cannot be sold yet, and leads to what is missing. */
function sellerNotice(festival: AdminFestival, language: Language): Html | '' {
  if (!sellsPaid(festival.ticketTypes) || missingSellerFields(festival).length === 0) return ''
  const text = organiserText[language]
  return html`<p class="notice warm">${text.sellerMissing} <a href="#seller">${text.sellerHeading}</a></p>`
}

function publishingPart({ id, published }: AdminFestival, language: Language): Html {
  const text = organiserText[language]
  const path = festivalPath(id)
  return published
    ? html`<a class="button quiet" href="${path}/unpublish">${text.unpublish}</a>`
    : html`<a class="button quiet" href="${path}/delete">${text.delete}</a> <a class="button" href="${path}/publish">${text.publish}</a>`
}
