// A browser without a screen: keeps cookies, sends forms as a page of the same origin does, follows no redirect by itself.
import type { AdminFixture } from './admin-fixture.ts'
import { administrator } from './admin-fixture.ts'

export interface Answer {
  status: number
  location: string | null
  headers: Headers
  text: string
}

export interface Browse {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  post(path: string, fields?: Fields, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Sends a form and looks at the page it leads to. */
  submit(path: string, fields?: Fields): Promise<Answer>
  signIn(credentials?: { email: string; password: string }): Promise<Answer>
  cookies: Map<string, string>
}
type Fields = Readonly<Record<string, string>> | readonly (readonly [string, string])[]

export function createBrowse({ origin, basePath }: Pick<AdminFixture, 'origin' | 'basePath'>): Browse {
  const cookies = new Map<string, string>()

  async function request(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(origin + path, {
      ...init,
      redirect: 'manual',
      headers: {
        ...Object.fromEntries(new Headers(init.headers)),
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const [name = '', value = ''] = pair.split('=')
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return {
      status: response.status,
      location: response.headers.get('location'),
      headers: response.headers,
      text: await response.text(),
    }
  }

  const browse: Browse = {
    cookies,
    get: (path, headers = {}) => request(path, { headers }),
    post: (path, fields = {}, headers = { 'sec-fetch-site': 'same-origin' }) =>
      request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: bodyOf(fields),
      }),
    async submit(path, fields) {
      const answer = await browse.post(path, fields)
      if (!answer.location?.startsWith(basePath)) throw new Error(`The form led to ${answer.status} ${answer.location}`)
      return browse.get(answer.location.slice(basePath.length))
    },
    signIn: (credentials = administrator) => browse.post('/sign-in', credentials),
  }
  return browse
}

function bodyOf(fields: Fields): string {
  const body = new URLSearchParams()
  for (const [name, value] of isPairs(fields) ? fields : Object.entries(fields)) body.append(name, value)
  return body.toString()
}

const isPairs = (fields: Fields): fields is readonly (readonly [string, string])[] => Array.isArray(fields)

/** What a reader sees: without markup, spaces as one. */
export function textOf(html: string): string {
  const body = html.replace(/^[\s\S]*<main[^>]*>/, '').replace(/<\/main>[\s\S]*$/, '')
  return body
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** A browser in which the administrator is signed in. */
export async function createSignedInBrowse(fixture: AdminFixture): Promise<Browse> {
  await fixture.admin.ensureAdministrator(administrator)
  const browser = createBrowse(fixture)
  await browser.signIn()
  return browser
}
