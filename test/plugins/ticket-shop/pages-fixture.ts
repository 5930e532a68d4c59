// The shop's pages on a real database: a request goes to the page whose address fits, and what it answers is drawn by the
// real renderer with the shop's own views.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { createRenderer } from '../../../core/admin/render.ts'
import { createViewLocals } from '../../../core/admin/view-locals.ts'
import type { Operations, PageRequest, PageResult, PluginPage, User } from '../../../core/sdk/index.ts'
import { conferenceReference, setUpConference } from '../../../plugins/ticket-shop/conference-event.ts'
import type { PlaceOrdersInput } from '../../../plugins/ticket-shop/order-input.ts'
import { createShopPages } from '../../../plugins/ticket-shop/pages/shop-pages.ts'
import { placeOrders } from '../../../plugins/ticket-shop/place-order.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

const clerk: User = { id: 'clerk-1', name: 'Carla Clerk', can: () => true }
export const onlooker: User = { id: 'looker-1', name: 'Olaf Looker', can: (permission) => permission === 'view' }

/** In every field that takes it: markup, quotes, an entity, a direction override, a character beyond 16 bits. */
export const hostile = `<img src=x onerror="alert('1')">&amp;</script>\u202e𝔞`
export const escapedHostile = '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;&lt;/script&gt;\u202e𝔞'

export type Form = Record<string, string | string[]>

export interface Answer {
  page: PluginPage
  result: PageResult
  /** Empty for anything but a view. */
  html: string
  status: number
  title: string
  redirectTo: string | null
  notice: string | null
}

export interface ShopPagesTest extends TicketShopContext {
  pages: readonly PluginPage[]
  logged: { details: object; message: string }[]
  get(address: string, user?: User): Promise<Answer>
  post(path: string, form: Form, user?: User): Promise<Answer>
}

export const panelHtml = '<section class="os-panel">the panel</section>'

export async function createShopPagesTest(panel: Operations['panel'] = async () => panelHtml): Promise<ShopPagesTest> {
  const test = await createTicketShopContext()
  const logged: ShopPagesTest['logged'] = []
  const pages = createShopPages({
    shop: test.shop,
    operations: { panel },
    log: { ...test.context.log, error: (details, message) => void logged.push({ details, message: message ?? '' }) },
  })
  const renderer = createRenderer({
    folder: fileURLToPath(new URL('../../../views', import.meta.url)),
    locals: createViewLocals({
      basePath: '/base',
      assets: { path: () => '', find: () => null },
      now: () => new Date(),
    }),
  })
  const ownViews = fileURLToPath(new URL('../../../plugins/ticket-shop/views', import.meta.url))

  async function ask(method: 'GET' | 'POST', address: string, { form, user }: { form: Form; user: User }) {
    const [path = '', search = ''] = address.split('?')
    const found = findPage(pages, method, path)
    assert.ok(found, `no page for ${method} ${path}`)
    const request: PageRequest = {
      params: found.params,
      query: Object.fromEntries(new URLSearchParams(search)),
      form,
      user,
      url: (one) => `/base${one}`,
      href: `/base/ticket-shop${address}`,
    }
    const result = await found.page.handle(request)
    if ('notFound' in result) return answer(found.page, result, { status: 404 })
    if ('redirectTo' in result) {
      return answer(found.page, result, {
        status: 303,
        redirectTo: result.redirectTo,
        notice: result.notice?.text ?? null,
      })
    }
    // A page hands on plain data, so that a host could draw it otherwise.
    assert.deepEqual(structuredClone(result.data), result.data)
    const html = renderer.render(result.view, { ...result.data, title: result.title }, [ownViews]).toString()
    assert.doesNotMatch(html, /<img|<script|\sstyle=|\son\w+="|undefined|\[object |NaN|Invalid Date/i)
    return answer(found.page, result, { status: result.status ?? 200, title: result.title, html })
  }

  return {
    ...test,
    pages,
    logged,
    get: (address, user = clerk) => ask('GET', address, { form: {}, user }),
    post: (path, form, user = clerk) => ask('POST', path, { form, user }),
  }
}

function answer(page: PluginPage, result: PageResult, known: Partial<Answer>): Answer {
  return { page, result, html: '', status: 0, title: '', redirectTo: null, notice: null, ...known }
}

function findPage(pages: readonly PluginPage[], method: string, path: string) {
  for (const page of pages) {
    const names = [...page.path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
    const match = new RegExp(`^${page.path.replaceAll(/:\w+/g, '([^/]+)')}$`).exec(path || '/')
    if (page.method !== method || !match) continue
    const values = match.slice(1).map((value) => decodeURIComponent(value))
    return { page, params: Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])) }
  }
  return null
}

/** The form of a page as a browser would send it back, untouched. */
export function formOf(html: string, action?: string): Form {
  const body = action === undefined ? html : sliceForm(html, action)
  const fields: [string, string][] = []
  for (const [tag] of body.matchAll(/<input [^>]*>/g)) {
    const isBox = attributeOf(tag, 'type') === 'checkbox'
    if (!isBox || / checked[ >]/.test(tag)) fields.push([attributeOf(tag, 'name'), attributeOf(tag, 'value')])
  }
  for (const [, open = '', text = ''] of body.matchAll(/<textarea ([^>]*)>([^<]*)<\/textarea>/g)) {
    // A browser drops the first line break.
    fields.push([attributeOf(open, 'name'), unescapeHtml(text.replace(/^\n/, ''))])
  }
  for (const [, open = '', inner = ''] of body.matchAll(/<select ([^>]*)>(.*?)<\/select>/gs)) {
    const options = [...inner.matchAll(/<option [^>]*>/g)].map(([tag]) => tag)
    const chosen = options.find((tag) => / selected[ >]/.test(tag)) ?? options[0]
    fields.push([attributeOf(open, 'name'), chosen ? attributeOf(chosen, 'value') : ''])
  }
  const form: Form = {}
  for (const [name, value] of fields) {
    const known = form[name]
    form[name] = known === undefined ? value : [known, value].flat()
  }
  return form
}

function sliceForm(html: string, action: string): string {
  const start = html.indexOf(`action="${action}"`)
  assert.notEqual(start, -1, `no form for ${action}`)
  return html.slice(start, html.indexOf('</form>', start))
}

function attributeOf(tag: string, name: string): string {
  return unescapeHtml(new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
}

function unescapeHtml(text: string): string {
  const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", '#96': '`', amp: '&' }
  return text.replaceAll(/&(lt|gt|quot|#39|#96|amp);/g, (_all, name: string) => characters[name] ?? '')
}

/** The sentences above the form with the fields they lead to, each checked to stand at its field too. */
export function problemsOf(html: string): Record<string, string> {
  const summary = /<div class="os-problems".*?<\/div>/s.exec(html)?.[0] ?? ''
  const problems: Record<string, string> = {}
  for (const [, field = '', text = ''] of summary.matchAll(/<a href="#([^"]*)">([^<]*)<\/a>/g)) {
    assert.match(html, new RegExp(`id="${field}"`), `the summary leads to the field ${field}`)
    assert.ok(html.includes(`id="${field}-problem">${text}</p>`), `${field} says the same as the summary`)
    assert.match(html, new RegExp(`aria-describedby="[^"]*${field}-problem`))
    problems[field] = unescapeHtml(text)
  }
  for (const [, text = ''] of summary.matchAll(/<li[^>]*>([^<]+)<\/li>/g)) problems[''] = unescapeHtml(text)
  return problems
}

/** What is read on a page. */
export function textOf(html: string): string {
  return unescapeHtml(html.replaceAll(/<[^>]*>/g, ' ')).replaceAll(/\s+/g, ' ')
}

/** The key by which a form names an item, by the text of its option. */
export function optionKey(html: string, text: string): string {
  const option = [...html.matchAll(/<option value="([^"]*)"[^>]*>([^<]*)<\/option>/g)].find(([, , label]) =>
    label?.includes(text),
  )
  assert.ok(option, `no option ${text}`)
  return option[1] ?? ''
}

/** The name of a field, by its label. */
export function fieldName(html: string, label: string): string {
  const found =
    [...html.matchAll(/<label class="form-label" for="([^"]*)">([^<]*)<\/label>/g)].find(
      ([, , text]) => text === label,
    )?.[1] ??
    [...html.matchAll(/<legend class="form-label">([^<]*)<\/legend>.*?name="([^"]*)"/gs)].find(
      ([, text]) => text === label,
    )?.[2]
  assert.ok(found, `no field ${label}`)
  return found
}

/** With the sample conference in the shop. */
export async function createConferencePagesTest(panel?: Operations['panel']): Promise<ShopPagesTest> {
  const test = await createShopPagesTest(panel)
  await setUpConference(test.shop.database)
  return test
}

/** An order as it is before the test begins: its signals are taken already. */
export async function placeOrder(
  test: ShopPagesTest,
  order: PlaceOrdersInput['orders'][number],
  event = conferenceReference,
) {
  const [placed] = await placeOrders(test.shop, { event, orders: [order] })
  assert.ok(placed)
  test.takeFired()
  return placed
}
