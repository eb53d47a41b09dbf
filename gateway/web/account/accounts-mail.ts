import { html, raw } from 'hono/html'
import type { DevelopmentEmail } from '../../../shared/api/development-mail.ts'
import { fileSize } from '../layout/format.ts'
import type { Html } from '../layout/html.ts'
import { type PageContext, page } from '../layout/page.ts'
import { readersMoment } from '../layout/time.ts'
import { accountsText } from './text/accounts.ts'

/** In development: the e-mail that would have been sent. */
export function mailPage(context: PageContext, emails: readonly DevelopmentEmail[]): Html {
  const { language } = context
  const text = accountsText[language]
  return page(
    context,
    { title: text.mail, scripts: ['times'], personal: true },
    html`<h1>${text.mail}</h1>
<p class="notice warm">${text.mailLead}</p>
${emails.length === 0 ? html`<p class="soft">${text.noMail}</p>` : ''}
<ul class="cards">${emails.map(
      (email) => html`<li class="sheet"><h2>${email.subject}</h2>
<p class="soft small">${text.to} ${email.to} · ${readersMoment(email.at, language)}</p>
${email.text.split('\n\n').map((paragraph) => html`<p>${linesOf(paragraph)}</p>`)}
${email.attachments.map(({ filename, bytes }) => html`<p class="small">${text.attachment} ${filename} (${fileSize(bytes, language)})</p>`)}</li>`,
    )}</ul>`,
  )
}

/** Renders line breaks, and turns links of our own e-mails into links. */
function linesOf(paragraph: string): Html[] {
  return paragraph.split('\n').map((line) => html`${withLink(line)}${raw('<br>')}`)
}

function withLink(line: string): Html {
  const url = line.slice(line.lastIndexOf(' ') + 1)
  if (!/^https?:\/\//.test(url)) return html`${line}`
  return html`${line.slice(0, -url.length)}<a href="${url}">${url}</a>`
}
