import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { createAssets } from '../../../core/admin/assets.ts'
import { withSystemDarkMode } from '../../../core/admin/dark-mode.ts'
import { packageRoot } from '../../../core/package-root.ts'

describe('withSystemDarkMode', () => {
  it('repeats every rule of the dark attribute for readers whose system asks for dark, and nothing else', () => {
    const css =
      'a{color:red}[data-bs-theme=dark]{--x:1}@media (min-width:1px){.b{c:d}}.n,[data-bs-theme=dark] .f{--y:2}'
    assert.equal(withSystemDarkMode(css), `${css}\n@media (prefers-color-scheme:dark){:root{--x:1}:root .f{--y:2}}\n`)
  })

  it('drops the comment that asks for the source map', () => {
    assert.doesNotMatch(withSystemDarkMode('a{b:c}\n/*# sourceMappingURL=x.css.map */'), /sourceMappingURL/)
  })
})

describe('the assets', () => {
  const assets = createAssets(join(packageRoot(), 'views', 'assets'))

  it("holds Bootstrap with its dark colours for the system's wish", () => {
    const css = assets.find(assets.path('bootstrap.css').slice('/assets/'.length))?.plain.toString() ?? ''
    const dark = css.slice(css.lastIndexOf('@media (prefers-color-scheme:dark)'))
    assert.match(dark, /:root\{color-scheme:dark;--bs-body-color:/)
    assert.match(dark, /:root \.form-select\{/)
  })

  it('names an asset by its content, and the compressed forms hold the same', () => {
    const path = assets.path('admin.css')
    assert.match(path, /^\/assets\/admin\.[0-9a-f]{12}\.css$/)
    const asset = assets.find(path.slice('/assets/'.length))
    assert.ok(asset)
    assert.deepEqual(gunzipSync(asset.gzip), asset.plain)
    assert.deepEqual(brotliDecompressSync(asset.brotli), asset.plain)
  })

  it('knows nothing else', () => {
    for (const name of ['admin.css', '../layout.ejs', 'admin.000000000000.css', ''])
      assert.equal(assets.find(name), null)
    assert.throws(() => assets.path('nothing.css'), { code: 'asset' })
  })
})
