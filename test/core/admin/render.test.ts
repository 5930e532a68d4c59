import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { escapeHtml, markup } from '../../../core/admin/html.ts'
import { createRenderer } from '../../../core/admin/render.ts'
import { packageRoot } from '../../../core/package-root.ts'

describe('the renderer', () => {
  let folder: string
  let pluginFolder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'views-'))
    pluginFolder = await mkdtemp(join(tmpdir(), 'plugin-views-'))
    await writeFile(join(folder, 'page.ejs'), '<p title="<%= text %>"><%= text %></p>')
    await writeFile(join(folder, 'outer.ejs'), '<div><%= include("inner", { more: "&" }) %></div>')
    await writeFile(join(folder, 'inner.ejs'), '<b><%= text + more %></b>')
    await writeFile(join(folder, 'missing-name.ejs'), '<%= notGiven %>')
    await writeFile(join(pluginFolder, 'own.ejs'), '<i><%= include("inner", { more: "!" }) %></i>')
  })
  after(async () => {
    await rm(folder, { recursive: true })
    await rm(pluginFolder, { recursive: true })
  })
  const renderer = () => createRenderer({ folder, locals: {} })

  it('escapes values in text and in attributes', () => {
    const html = renderer().render('page', { text: `"><script>alert('1')</script>\`` }).toString()
    assert.equal(
      html,
      '<p title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&#96;">&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&#96;</p>',
    )
  })

  it('includes a view as markup and hands on the data', () => {
    assert.equal(renderer().render('outer', { text: '<' }).toString(), '<div><b>&lt;&amp;</b></div>')
  })

  it("finds a plugin's views first and ours from within them", () => {
    assert.equal(renderer().render('own', { text: 'a' }, [pluginFolder]).toString(), '<i><b>a!</b></i>')
  })

  it('fails where a view reads a name that was not given', () => {
    assert.throws(() => renderer().render('missing-name', {}), /notGiven is not defined/)
  })

  for (const name of ['../page', '/etc/passwd', 'a/../page', 'page.ejs', '', 'a\0b', 'a\\b']) {
    it(`refuses the view name ${JSON.stringify(name)}`, () => {
      assert.throws(() => renderer().render(name, {}), { code: 'view' })
    })
  }

  it('names the places where a missing view was looked for', () => {
    assert.throws(
      () => renderer().render('nowhere', {}, [pluginFolder]),
      /There is no view "nowhere"; looked for .*nowhere\.ejs and /,
    )
  })
})

describe('escapeHtml', () => {
  it('writes nothing for null and undefined, markup as it is, and drops NUL', () => {
    assert.equal(escapeHtml(null), '')
    assert.equal(escapeHtml(undefined), '')
    assert.equal(escapeHtml(markup('<b>')), '<b>')
    assert.equal(escapeHtml('a\0b'), 'ab')
    assert.equal(escapeHtml(0), '0')
  })

  it('takes only what markup() made for markup', () => {
    assert.equal(escapeHtml({ toString: () => '<b>' }), '&lt;b&gt;')
  })
})

describe('our views', () => {
  it('never write a value unescaped, and hold no script and no inline style', () => {
    const files = globSync('**/*.ejs', { cwd: join(packageRoot(), 'views') })
    assert.ok(files.length > 20)
    for (const file of files) {
      const text = readFileSync(join(packageRoot(), 'views', file), 'utf8')
      assert.doesNotMatch(text, /<%-/, file)
      assert.doesNotMatch(text, /<script|<style|\sstyle=|\son[a-z]+=|javascript:/i, file)
    }
  })
})
