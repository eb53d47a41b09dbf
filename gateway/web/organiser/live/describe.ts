import { html } from 'hono/html'
import type { Change } from '../../../../shared/api/changes.ts'
import { momentInZone, moment as momentText } from '../../../../shared/format.ts'
import type { InZone } from '../../../../shared/zoned-time.ts'
import type { Language } from '../../i18n/translated.ts'
import { count } from '../../layout/format.ts'
import type { Html } from '../../layout/html.ts'
import { momentOf, zoneOf } from '../../layout/time.ts'
import { type OrganiserLiveText, organiserLiveText } from '../text/organiser-live.ts'

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

/** A name may look like an instant and not be one: `2026-13-45T99:99:99Z`. */
function isInstant(text: string): boolean {
  return INSTANT.test(text) && !Number.isNaN(Date.parse(text))
}

/** The value of a field of the audit log or of a setting, in readable form. */
export function describeField(
  name: string,
  value: unknown,
  zone: InZone | undefined,
  language: Language,
): string | Html {
  const text = organiserLiveText[language]
  if (typeof value === 'string' && isInstant(value)) return momentOf(value, zone, language)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return plain(name, value, zone, language)
  return Object.entries(value)
    .map(([each, of]) => `${fieldName(each, text)}: ${plain(each, of, zone, language)}`)
    .join('\n')
}

function plain(name: string, value: unknown, zone: InZone | undefined, language: Language): string {
  const text = organiserLiveText[language]
  if (value === null || value === undefined || value === '') return text.nothing
  if (typeof value === 'boolean') return value ? text.yes : text.no
  if (typeof value === 'number') return count(value, language)
  if (typeof value === 'string') return word(name, value, zone, language)
  if (Array.isArray(value)) return value.map((each) => plain(name, each, zone, language)).join(', ')
  if (typeof value !== 'object') return String(value)
  // For a ticket type its name only: other fields have separate lines once they change.
  if ('name' in value && typeof value.name === 'string') return value.name
  return Object.entries(value)
    .map(([each, of]) => `${fieldName(each, text)}: ${plain(each, of, zone, language)}`)
    .join(', ')
}

/** The translation of a value, or else the value itself. */
function word(name: string, value: string, zone: InZone | undefined, language: Language): string {
  const text = organiserLiveText[language]
  if (name === 'image') return text.aImage
  if (isInstant(value)) {
    return zone === undefined
      ? momentInZone(value, zoneOf(zone), language)
      : momentText(value, zone, language)
  }
  const values: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    ...text.values,
    ...{ state: text.orderStates, beacon: text.beacons },
  }
  const words = Object.hasOwn(values, name) ? (values[name] ?? {}) : {}
  return Object.hasOwn(words, value) ? (words[value] ?? value) : value
}

export function fieldName(name: string, text: OrganiserLiveText): string {
  const names: Readonly<Record<string, string>> = { ...text.settings, ...text.fields }
  return Object.hasOwn(names, name) ? (names[name] ?? name) : name
}

export function actionName(action: string, text: OrganiserLiveText): string {
  const names: Readonly<Record<string, string>> = text.actions
  return Object.hasOwn(names, action) ? (names[action] ?? action) : action
}

/**
 * The changes in an audit log entry: the old and new value of each field; fields that only identify the object appear
 * once.
 */
export function differences({ before, after }: Change, zone: InZone | undefined, language: Language): Html {
  const text = organiserLiveText[language]
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return html`<ul class="plain">${names.map(
    (name) =>
      html`<li class="from-to"><span class="soft">${fieldName(name, text)}:</span> ${
        Object.hasOwn(before, name) && !isSame(before[name], after[name])
          ? html`${describeField(name, before[name], zone, language)} → `
          : ''
      }${Object.hasOwn(after, name) ? describeField(name, after[name], zone, language) : text.nothing}</li>`,
  )}</ul>`
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
