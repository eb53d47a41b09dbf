import { expect, it } from 'vitest'
import { staffText } from '../../../gateway/web/staff/text/staff.ts'
import { readPdf } from '../../../shared/testing/pdf.ts'
import { makeAccount, setUpSale, signedIn } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { buyTickets, signIn } from './fan.ts'
import { useSite } from './testing.ts'

const { site, visit } = useSite()
const { en: text } = staffText

it('M8: a night in New York in which clocks are put back keeps its times from order to gate to export, also in Seoul', async () => {
  const sale = await setUpSale(site(), {
    ...{ name: 'Night of Two Hours', place: 'New York', timeZone: 'America/New_York' },
    ...{ nameKo: '두 시간의 밤', currency: 'USD' },
    startsAt: new Date('2027-11-06T22:00:00Z'),
    endsAt: new Date('2027-11-07T08:00:00Z'),
  })
  const path = `/festivals/${sale.id}`
  const begins = 'Sat 6 November 2027, 18:00'
  const zone = ' (New York time)'

  const atHome = await visit({}, { timezoneId: 'America/New_York' })
  await atHome.goto(path)
  expect(await atHome.locator('.lead').innerText()).toContain('Sat 6 November 2027')
  await expect.poll(() => atHome.locator('time', { hasText: begins }).innerText()).toBe(begins)

  const page = await visit()
  await page.goto(path)
  expect(await page.locator('time', { hasText: begins }).innerText()).toBe(begins + zone)
  const korean = await visit({ language: 'ko' })
  await korean.goto(path)
  expect(await korean.locator('h1').innerText()).toBe('두 시간의 밤')
  expect(await korean.locator('main').innerText()).toContain('2027.11.06(토) 18:00 (뉴욕 시간)')

  await buyTickets(page, sale.id, 'Friday')
  const order = new URL(page.url()).pathname
  const typed = await page.locator('.typed').first().innerText()
  const pdf = await page.request.get(`${order}/tickets.pdf`)
  expect(readPdf(await pdf.body()).pages[0]?.lines).toContain(`${begins} – 03:00${zone}`)

  const gate = await visit()
  await signIn(gate, await makeAccount(site(), 'staff'), `/staff/${sale.id}?gate=North`)
  await gate.getByLabel(text.code).fill(typed)
  await gate.getByLabel(text.code).press('Enter')
  await gate.getByText(`Sat 6 November 2027, 14:00${zone}`).first().waitFor()

  const organiser = await signedIn(site(), 'organiser')
  const answer = await fetch(`${site().gatewayUrl}/api/admin/rooms/${sale.id}/orders.csv`, {
    headers: { authorization: `Bearer ${organiser}`, 'accept-language': 'ko' },
  })
  const [headings, line] = (await answer.text()).split('\r\n')
  expect(headings).toContain('예매 일시')
  expect(line).toMatch(/,\d{4}-\d\d-\d\dT[\d:.]+-0[45]:00,유효,.*,USD,/)
}, 180_000)
