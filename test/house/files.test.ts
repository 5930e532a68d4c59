// What the import rules cannot see: names, lengths, the top level, and words that may stand in one file only.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { before, describe, it } from 'node:test'
import { productFiles, root } from './product-files.ts'

const forbiddenNames = ['types', 'interfaces', 'utils', 'helpers', 'common', 'lib', 'manager', 'service', 'base']

/** A place where a word may not stand: what is looked for, and the files that may hold it. */
const wordRules: { word: string; pattern: RegExp; within: RegExp; except: RegExp; sample: string }[] = [
  {
    word: 'process.env outside core/config.ts',
    pattern: /process\s*\??\.\s*env\b|process\[\s*['"`]env|\benv\b[^;\n]*from 'node:process'/,
    within: /^(core|plugins|migrations)\//,
    // The second is text: the test of a plugin that its author runs, who says by a variable where his PostgreSQL is.
    except: /^core\/(config|standalone\/plugin-test-template)\.ts$/,
    sample: 'const url = process.env.DATABASE_URL',
  },
  {
    word: 'fetch() outside core/http',
    pattern: /(?<![.\w$])fetch\s*\(|\b(globalThis|global|window)\s*\??\.\s*fetch\b/,
    within: /^core\//,
    except: /^core\/http\//,
    sample: 'const answer = await fetch(url)',
  },
  {
    word: 'a clock or randomness in a pure file',
    pattern:
      /\bDate\.now\s*\(|\bnew Date\(\s*\)|\bMath\.random\s*\(|\brandom(UUID|Bytes|Int)\b|\bperformance\.now\b|\bset(Timeout|Interval|Immediate)\s*\(/,
    within:
      /^core\/(mapping\/|queue\/(outcome|retry-policy|job-states)\.ts|http\/retry-after\.ts|registry\/(compatibility|dependency-order)\.ts)/,
    except: /^$/,
    sample: 'const isLate = job.notBefore < new Date()',
  },
  {
    word: 'an ignored type error',
    pattern: /@ts-(ignore|nocheck)/,
    within: /^(core|plugins|migrations)\//,
    except: /^$/,
    sample: '// @ts-ignore',
  },
]

describe('the files of the house', () => {
  const sources = new Map<string, string>()
  before(async () => {
    for (const file of await productFiles(['.ts', '.js', '.mjs', '.ejs'])) {
      sources.set(file, await readFile(join(root, file), 'utf8'))
    }
  })

  it('were read', () => {
    assert.ok(sources.has('core/errors.ts') && sources.size > 50)
  })

  it('have at most 300 lines', () => {
    const long = [...sources]
      .map(([file, source]) => ({ file, lineCount: source.replace(/\n$/, '').split('\n').length }))
      .filter(({ file, lineCount }) => !file.startsWith('migrations/') && lineCount > 300)
    assert.deepEqual(long, [])
  })

  it('have names that say what is in them, in kebab-case', () => {
    const nameOf = (file: string) => basename(file).replace(/\.[a-z]+$/, '')
    const said = [...sources.keys()].filter((file) => forbiddenNames.includes(nameOf(file).replace(/\..*$/, '')))
    const shaped = [...sources.keys()].filter((file) => !/^_?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)?$/.test(nameOf(file)))
    assert.deepEqual({ said, shaped }, { said: [], shaped: [] })
  })

  for (const { word, pattern, within, except, sample } of wordRules) {
    it(`do not hold ${word}`, () => {
      assert.match(sample, pattern)
      const found = [...sources]
        .filter(([file]) => within.test(file) && !except.test(file))
        .flatMap(([file, source]) => source.split('\n').map((line, index) => ({ place: `${file}:${index + 1}`, line })))
        .filter(({ line }) => pattern.test(line))
      assert.deepEqual(found, [])
    })
  }

  it('are ordered below a top level of few names', async () => {
    const known = [
      ...['core', 'plugins', 'views', 'migrations', 'test', '.ci', '.git'],
      ...['package.json', 'package-lock.json', 'tsconfig.json', 'README.md', 'CHANGELOG.md', 'LICENSE'],
      // Tool configuration.
      ...['.gitignore', '.gitattributes', '.npmrc', 'biome.json', 'knip.json', '.c8rc.json', '.dependency-cruiser.mjs'],
      'tsconfig.build.json',
    ]
    const ignored = (await readFile(join(root, '.gitignore'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.replace(/\/$/, ''))
    const isIgnored = (name: string) =>
      ignored.some((entry) => entry === name || (entry.startsWith('*') && name.endsWith(entry.slice(1))))
    const others = (await readdir(root)).filter((name) => !known.includes(name) && !isIgnored(name))
    assert.deepEqual(others, [])
  })
})
