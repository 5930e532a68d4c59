// The style sheets: Bootstrap from its package and ours, under names that carry their content's hash, so that browsers
// keep them for ever. Read and compressed once.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { OutboundSyncError } from '../errors.ts'
import { withSystemDarkMode } from './dark-mode.ts'

export interface Asset {
  /** The file name with the hash, as it is asked for. */
  fileName: string
  type: string
  plain: Buffer
  gzip: Buffer
  brotli: Buffer
}

export interface Assets {
  /** The path of the asset below the base path, for example `/assets/admin.1f2e3d.css`. */
  path(name: string): string
  find(fileName: string): Asset | null
}

const types: Readonly<Record<string, string>> = { css: 'text/css; charset=utf-8', svg: 'image/svg+xml' }

const adminParts = ['tokens', 'frame', 'parts', 'tables', 'details', 'controls', 'forms'] as const

export function createAssets(folder: string): Assets {
  const bootstrap = readFileSync(fileURLToPath(import.meta.resolve('bootstrap/dist/css/bootstrap.min.css')), 'utf8')
  // One sheet for the reader, several for who writes it; later ones may override earlier ones.
  const admin = adminParts.map((part) => readFileSync(join(folder, 'admin', `${part}.css`), 'utf8')).join('')
  const own = readdirSync(folder)
    .filter((name) => Object.hasOwn(types, extensionOf(name)))
    .map((name) => ({ name, content: readFileSync(join(folder, name)) }))
  const assets = new Map(
    [
      { name: 'bootstrap.css', content: Buffer.from(withSystemDarkMode(bootstrap)) },
      { name: 'admin.css', content: Buffer.from(admin) },
      ...own,
    ].map((asset) => [asset.name, createAsset(asset)]),
  )
  const byFileName = new Map([...assets.values()].map((asset) => [asset.fileName, asset]))

  return Object.freeze({
    path(name: string) {
      const asset = assets.get(name)
      if (!asset) throw new OutboundSyncError('asset', `There is no asset "${name}" in ${folder}.`)
      return `/assets/${asset.fileName}`
    },
    find: (fileName: string) => byFileName.get(fileName) ?? null,
  })
}

function createAsset({ name, content }: { name: string; content: Buffer }): Asset {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12)
  const extension = extensionOf(name)
  return {
    fileName: `${name.slice(0, -extension.length)}${hash}.${extension}`,
    type: types[extension] ?? 'application/octet-stream',
    plain: content,
    gzip: gzipSync(content, { level: 9 }),
    // 9 of 11: the last two levels cost a second of start for two percent.
    brotli: brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  }
}

const extensionOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1)
