import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { openOrderFile } from '../../../plugins/ticket-shop/order-file.ts'
import { findFault, type JsonPath, offsetOf } from '../../../plugins/ticket-shop/order-file-position.ts'
import { OrderFileProblem } from '../../../plugins/ticket-shop/order-file-problem.ts'
import { createPieceScanner } from '../../../plugins/ticket-shop/order-file-scanner.ts'
import { isListSection } from '../../../plugins/ticket-shop/order-file-schema.ts'
import { createFileFolder, type FileFolder, sampleFile, toText } from '../../support/order-file-sample.ts'

const indent = fc.constantFrom(undefined, 1, 4, '\t', '\r\n ')
const sample = Buffer.from(toText(sampleFile()))

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('the scanner', () => {
  /** The pieces of a text that arrives in chunks of these sizes, over and over. */
  function scan(bytes: Buffer, sizes: readonly number[]): unknown[] {
    const scanner = createPieceScanner({ isList: isListSection, explain: () => null })
    const pieces: unknown[] = []
    const memory = Buffer.alloc(Math.max(...sizes))
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const size = sizes[turn % sizes.length] ?? 1
      const chunk = bytes.subarray(at, at + size)
      chunk.copy(memory)
      for (const piece of scanner.push(memory.subarray(0, chunk.length))) {
        pieces.push(piece.kind === 'key' ? piece : { ...piece, bytes: piece.bytes.toString() })
      }
      at += size
    }
    scanner.end()
    return pieces
  }

  it('finds the same pieces however the bytes are cut, in memory that is used again', () => {
    const texts = fc.tuple(fc.dictionary(fc.string(), fc.jsonValue()), indent)
    const chunkSizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(texts, chunkSizes, ([file, spaces], sizes) => {
        const bytes = Buffer.from(JSON.stringify(file, null, spaces))
        assert.deepEqual(scan(bytes, sizes), scan(bytes, [bytes.length]))
      }),
    )
  })

  it('finds every member, every entry of a list, and the line each begins on', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), indent, (file, spaces) => {
        const text = JSON.stringify(file, null, spaces)
        const expected = Object.entries(file).flatMap(([key, value]) => [
          key,
          ...(isListSection(key) && Array.isArray(value) ? value : [value]).map((entry) => JSON.stringify(entry)),
        ])
        const pieces = [...createPieceScanner({ isList: isListSection, explain: () => null }).push(Buffer.from(text))]
        const found = pieces.map((piece) =>
          piece.kind === 'key' ? piece.key : JSON.stringify(JSON.parse(piece.bytes.toString())),
        )
        assert.deepEqual(found, expected)
        const lines = text.split('\n')
        for (const piece of pieces) {
          const begin = piece.kind === 'key' ? JSON.stringify(piece.key) : piece.bytes.toString().split('\n')[0]
          assert.ok(lines[piece.line - 1]?.includes(begin ?? ''), `line ${piece.line} holds ${begin}`)
        }
      }),
    )
  })
})

describe('the position of what is wrong', () => {
  it('is found in exactly the texts that are no JSON', () => {
    const broken = fc
      .tuple(
        fc.jsonValue(),
        indent,
        fc.nat(),
        fc.nat({ max: 2 }),
        fc.constantFrom('', '"', '{', ']', ',', ':', '0', '\\', '\n', 't'),
      )
      .map(([value, spaces, at, removed, added]) => {
        const text = JSON.stringify(value, null, spaces)
        const place = at % (text.length + 1)
        return text.slice(0, place) + added + text.slice(place + removed)
      })
    fc.assert(
      fc.property(fc.oneof(broken, fc.string(), fc.json()), (text) => {
        const fault = findFault(text)
        assert.equal(fault === null, isJson(text), text)
        // What comes before it is no reason to refuse a text.
        if (fault && !fault.isAtEnd) assert.notEqual(findFault(text.slice(0, fault.offset))?.isAtEnd, false)
      }),
      { numRuns: 1_000 },
    )
  })

  it('is where the value at a path stands', () => {
    fc.assert(
      fc.property(fc.jsonValue(), indent, (value, spaces) => {
        const text = JSON.stringify(value, null, spaces)
        for (const [path, leaf] of leavesOf(value)) {
          assert.ok(text.startsWith(JSON.stringify(leaf), offsetOf(text, path)), `${JSON.stringify(path)} of ${text}`)
        }
      }),
    )
  })

  it('is that of the value around it for a path that is not there, and of the last of a repeated name', () => {
    const text = '{"a": {"b": 1}, "a": {"c": [5]}}'
    assert.equal(offsetOf(text, ['a', 'x', 'y']), text.lastIndexOf('{'))
    assert.equal(offsetOf(text, ['a', 'b']), text.lastIndexOf('{'))
    assert.equal(offsetOf(text, ['a', 'c', 0]), text.indexOf('5'))
  })

  it('is told for brackets without end', () => {
    const fault = findFault('['.repeat(100_000))
    assert.match(fault?.message ?? '', /more than 200 brackets/)
  })

  function leavesOf(value: unknown, path: JsonPath = []): [JsonPath, unknown][] {
    if (typeof value !== 'object' || value === null) return [[path, value]]
    return Object.entries(value).flatMap(([key, member]) =>
      leavesOf(member, [...path, Array.isArray(value) ? Number(key) : key]),
    )
  }
})

describe('a file with any one byte wrong', () => {
  let folder: FileFolder
  before(async () => {
    folder = await createFileFolder()
  })
  after(() => folder.remove())

  it('is read as JSON.parse reads it, or refused with a line it has', async () => {
    const edit = fc.record({
      at: fc.nat({ max: sample.length }),
      removed: fc.nat({ max: 3 }),
      added: fc.uint8Array({ maxLength: 2 }),
    })
    await fc.assert(
      fc.asyncProperty(edit, async ({ at, removed, added }) => {
        const bytes = Buffer.concat([sample.subarray(0, at), added, sample.subarray(at + removed)])
        const file = await openOrderFile(await folder.write(bytes))
        try {
          const codes: string[] = []
          for await (const entry of file.entries({ signal: new AbortController().signal })) {
            if (entry.section === 'orders') codes.push(entry.value.code)
          }
          const { orders } = JSON.parse(bytes.toString())
          assert.deepEqual(codes, orders?.map(({ code }: { code: string }) => code) ?? [])
        } catch (error) {
          if (!(error instanceof OrderFileProblem)) throw error
          assert.ok(error.line >= 1 && error.line <= bytes.toString().split('\n').length, `line ${error.line}`)
        } finally {
          await file.close()
        }
      }),
      { numRuns: 400 },
    )
  })
})
