import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { insertObject } from '../../../plugins/demo-crm/crm-objects.ts'
import { type DemoCrmInstance, startDemoCrm } from '../../support/demo-crm-instance.ts'

let crm: DemoCrmInstance
before(async () => {
  crm = await startDemoCrm()
})
after(() => crm.stop())
beforeEach(() => crm.executeSql('truncate demo_crm.object restart identity', []))

async function page(path: string): Promise<{ status: number; headers: Headers; html: string }> {
  const response = await fetch(`${crm.origin}${path}`)
  return { status: response.status, headers: response.headers, html: await response.text() }
}

async function addContact(email: string, properties: Record<string, string> = {}): Promise<string> {
  const contact = { type: 'contact', idField: 'email', idValue: email, properties: { ...properties, email } }
  return (await insertObject(crm.executeSql, contact)).id
}

function titles(html: string): string[] {
  return [...html.matchAll(/<th scope="row"><a href="[^"]*">([^<]*)<\/a>/g)].map((match) => match[1] ?? '')
}

describe('every page', () => {
  it('allows no script, no frame and no foreign source', async () => {
    for (const path of [
      '/',
      '/objects/contact',
      '/objects/contact/1',
      '/nothing',
      '/page-layout.css',
      '/api/objects',
    ]) {
      const { headers } = await page(path)
      const policy = headers.get('content-security-policy') ?? ''
      assert.match(policy, /default-src 'none'/)
      assert.match(policy, /frame-ancestors 'none'/)
      assert.doesNotMatch(policy, /unsafe|script-src/)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
    }
  })

  it('has a title, a language, a heading and a place in small windows', async () => {
    const id = await addContact('ada@example.org', { name: 'Ada' })
    const expected = { '/': 'Objects', '/objects/contact': 'Contacts', [`/objects/contact/${id}`]: 'Ada' }
    for (const [path, title] of Object.entries(expected)) {
      const { status, html } = await page(path)
      assert.equal(status, 200)
      assert.match(html, new RegExp(`<title>${title} · Demo CRM</title>`))
      assert.match(html, new RegExp(`<h1>${title}</h1>`))
      assert.match(html, /<html lang="en">/)
      assert.match(html, /name="viewport"/)
      assert.doesNotMatch(html, /<script|style=|\son\w+=/)
    }
  })

  it('escapes whatever was sent', async () => {
    const evil = `<img src=x onerror="alert('1')">&`
    const id = await addContact('<b>@x', { name: evil, company: evil, [evil]: evil })
    for (const path of [
      '/objects/contact',
      `/objects/contact/${id}`,
      `/objects/contact?q=${encodeURIComponent(evil)}`,
    ]) {
      const { html } = await page(path)
      assert.ok(html.includes('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;'), path)
      assert.ok(!html.includes('<img src=x'), path)
    }
  })

  it('answers a wrong address with a page that says so', async () => {
    for (const path of [
      '/nothing',
      '/objects',
      '/objects/unicorn',
      '/objects/contact/1',
      '/objects/contact/x',
      '/a/b/c',
    ]) {
      const { status, headers, html } = await page(path)
      assert.equal(status, 404, path)
      assert.equal(headers.get('content-type'), 'text/html; charset=utf-8')
      assert.match(html, /<h1>Not Found<\/h1>/)
    }
    assert.equal((await page('/objects/%E0%A4%A')).status, 400)
  })

  it('can only be read', async () => {
    const response = await fetch(`${crm.origin}/objects/contact`, { method: 'POST', body: 'x' })
    assert.equal(response.status, 405)
    assert.equal(response.headers.get('allow'), 'GET, HEAD')
    const head = await fetch(crm.origin, { method: 'HEAD' })
    assert.equal(head.status, 200)
    assert.equal(await head.text(), '')
  })

  it('finds every stylesheet and icon that it names', async () => {
    const assets = [...(await page('/')).html.matchAll(/<link rel="[^"]+" href="([^"]+)"/g)].map((match) => match[1])
    assert.equal(assets.length, 3)
    for (const asset of assets) {
      const { status, headers } = await page(asset ?? '')
      assert.equal(status, 200, asset)
      assert.match(headers.get('content-type') ?? '', asset?.endsWith('.css') ? /^text\/css/ : /^image\/svg/)
    }
    assert.match((await page('/page-layout.css')).html, /prefers-color-scheme: dark/)
  })
})

describe('the overview', () => {
  it('counts the objects of each type', async () => {
    await addContact('ada@example.org')
    await addContact('eve@example.org')
    const { html } = await page('/')
    assert.match(html, /Contacts<\/a>[\s\S]*?<span class="count">2<\/span>/)
    assert.match(html, /Deals<\/a>[\s\S]*?<span class="count none">0<\/span>/)
  })
})

describe('the list of a type', () => {
  it('shows the latest change first, fifty to a page', async () => {
    for (let index = 1; index <= 53; index++) await addContact(`p${index}@example.org`, { name: `Person ${index}` })
    const first = await page('/objects/contact')
    assert.equal(titles(first.html).length, 50)
    assert.equal(titles(first.html)[0], 'Person 53')
    assert.match(first.html, /1–50 of 53/)
    assert.match(first.html, /rel="next" href="\/objects\/contact\?page=2"/)
    assert.doesNotMatch(first.html, /rel="prev"/)
    const second = await page('/objects/contact?page=2')
    assert.deepEqual(titles(second.html), ['Person 3', 'Person 2', 'Person 1'])
    assert.match(second.html, /51–53 of 53/)
    assert.match(second.html, /rel="prev" href="\/objects\/contact"/)
    assert.equal((await page('/objects/contact?page=3')).status, 404)
    assert.equal((await page('/objects/contact?page=nonsense')).status, 200)
  })

  it('finds by part of the name or of the identifying value, taking % and _ as they are', async () => {
    await addContact('ada@example.org', { name: 'Ada 100%' })
    await addContact('eve@example.org', { name: 'Eve' })
    const found = async (text: string): Promise<string[]> =>
      titles((await page(`/objects/contact?q=${encodeURIComponent(text)}`)).html)
    assert.deepEqual(await found('ADA'), ['Ada 100%'])
    assert.deepEqual(await found('eve@'), ['Eve'])
    assert.deepEqual(await found('0%'), ['Ada 100%'])
    assert.deepEqual(await found('_'), [])
    assert.deepEqual(await found('\0ada'), ['Ada 100%'])
    assert.match((await page('/objects/contact?q=nobody')).html, /No contact matches “nobody”/)
  })

  it('says when there is nothing yet', async () => {
    assert.match((await page('/objects/deal')).html, /No deals yet\./)
  })
})

describe('the page of an object', () => {
  it('shows every property, and links what is associated by its name', async () => {
    const contact = await addContact('ada@example.org', { name: 'Ada' })
    const { id } = await insertObject(crm.executeSql, {
      type: 'deal',
      idField: 'order_number',
      idValue: 'N-1',
      properties: {
        order_number: 'N-1',
        status: 'paid',
        total: '12.50',
        contacts: [contact, '999', 'gone'],
        order_url: 'https://shop.example/N-1',
        gift: true,
        extra: { wrapped: [1, 2] },
      },
    })
    const { html } = await page(`/objects/deal/${id}`)
    assert.match(html, /<h1>Deal N-1<\/h1>/)
    assert.match(html, /<dt>Status<\/dt><dd>Paid<\/dd>/)
    assert.match(html, /<dt>Total<\/dt><dd>12\.50<\/dd>/)
    assert.match(html, new RegExp(`<li><a href="/objects/contact/${contact}">Ada</a></li><li>999</li><li>gone</li>`))
    assert.match(html, /<a href="https:\/\/shop\.example\/N-1" rel="noreferrer">/)
    assert.match(html, /<dt>gift<\/dt><dd>Yes<\/dd>/)
    assert.match(html, /&quot;wrapped&quot;/)
    assert.match(html, /Empty: Order code, /)
    assert.match(html, /not changed since/)
  })
})
