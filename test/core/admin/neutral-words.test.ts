// The pages are those of many hosts: what one of them calls its tenants and what it sells are not the words of the others.
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, it } from 'node:test'

const root = resolve(import.meta.dirname, '../../..')
const ofOneHost = /\b(organi[sz]ers?|events?|shops?|conferences?|attendees?|tickets?)\b/i

/** What a view says itself: without code, comments and attributes. */
const saidByView = (text: string): string[] => [text.replaceAll(/<%[\s\S]*?%>/g, ' ').replaceAll(/<[^>]*>/g, ' ')]

/** Sentences in the code: texts that hold a space. What is put into them comes from the host. */
const saidByCode = (text: string): string[] =>
  [...text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '').matchAll(/(['`])((?:(?!\1)[^\\\n]|\\.)*)\1/g)]
    .map(([, , sentence = '']) => sentence.replaceAll(/\$\{[^}]*\}/g, ' '))
    .filter((sentence) => sentence.includes(' '))

async function wordsIn(pattern: string, read: (text: string) => string[]): Promise<string[]> {
  const files = globSync(pattern, { cwd: root })
  assert.ok(files.length > 20, `${pattern} finds files`)
  const found = await Promise.all(
    files.map(async (file) =>
      read(await readFile(join(root, file), 'utf8')).flatMap((said) => {
        const word = ofOneHost.exec(said)
        return word ? [`${file}: ${word[0]} in “${said.trim().slice(0, 80)}”`] : []
      }),
    ),
  )
  return found.flat()
}

describe('the words of the pages', () => {
  it('are found in views and in code', () => {
    assert.match(saidByView('<p class="event"><% event %>of the shop</p>').join(), ofOneHost)
    assert.doesNotMatch(saidByView('<p class="event"><%= event %></p>').join(), ofOneHost)
    assert.deepEqual(saidByCode(`// an event\nconst level = 'event', text = \`for an event \${x}\``), [
      'for an event  ',
    ])
  })

  it('are those of no single host, in the views', async () => {
    assert.deepEqual(await wordsIn('views/**/*.ejs', saidByView), [])
  })

  it('are those of no single host, in the code of the pages', async () => {
    assert.deepEqual(await wordsIn('core/admin/**/*.ts', saidByCode), [])
  })
})
