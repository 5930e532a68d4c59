// An order file, read entry by entry in the memory of its largest one, as often as asked. Every entry comes parsed, with the
// way to tell the line of any of its fields.
import { type FileHandle, open } from 'node:fs/promises'
import { findFault, type JsonPath, offsetOf, pathText } from './order-file-position.ts'
import { describeIssue, OrderFileProblem } from './order-file-problem.ts'
import { createPieceScanner, type Piece } from './order-file-scanner.ts'
import { isListSection, orderFileSchemas, type ParsedEntry, type Section, sections } from './order-file-schema.ts'
import { ShopError } from './shop-error.ts'

export type FileEntry<S extends Section = Section> = ParsedEntry<S> & {
  index: number | null
  /** Makes the refusal of one of its fields. */
  problem(path: JsonPath, message: string): OrderFileProblem
}
export type SectionStart = { section: null; begins: Section; line: number }

export interface OrderFile {
  byteCount: number
  /** All entries in the order of the file; a section announces itself before its first entry. */
  entries(options: ReadOptions): AsyncGenerator<FileEntry | SectionStart>
  /** The entries of one section. */
  section<S extends Section>(section: S, options: ReadOptions): AsyncGenerator<FileEntry<S>>
  /** True when somebody has written to it since it was opened. */
  hasChanged(): Promise<boolean>
  close(): Promise<void>
}

export interface ReadOptions {
  signal: AbortSignal
  /** Called for each part read. */
  onBytes?(byteCount: number): void
}

type ValuePiece = Piece & { kind: 'value' }

const chunkBytes = 128 * 1024

export async function openOrderFile(path: string): Promise<OrderFile> {
  const handle = await openToRead(path)
  const opened = await handle.stat()
  return Object.freeze<OrderFile>({
    byteCount: opened.size,
    async *entries(options) {
      const known = new Set<string>()
      for await (const piece of readPieces(handle, options)) {
        const section = sectionOf(piece)
        if (piece.kind === 'value') yield parsePiece(piece, section)
        else if (known.has(section)) throw problemAt(piece, 'stands here a second time')
        else {
          known.add(section)
          yield { section: null, begins: section, line: piece.line }
        }
      }
    },
    async *section(section, options) {
      let isReached = false
      for await (const piece of readPieces(handle, options)) {
        if (piece.key === section) isReached = true
        else if (isReached) return
        if (piece.kind === 'value' && piece.key === section) yield parsePiece(piece, section)
      }
    },
    async hasChanged() {
      const now = await handle.stat()
      return now.size !== opened.size || now.mtimeMs !== opened.mtimeMs
    },
    close: () => handle.close(),
  })
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    const handle = await open(path, 'r')
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : error
    throw new ShopError(`Cannot import ${path}: ${reason}. Nothing was imported.`, { cause: error })
  }
  throw new ShopError(`Cannot import ${path}: it is not a file. Nothing was imported.`)
}

async function* readPieces(handle: FileHandle, { signal, onBytes }: ReadOptions): AsyncGenerator<Piece> {
  const scanner = createPieceScanner({ isList: isListSection, explain: findPieceFault })
  const buffer = Buffer.allocUnsafeSlow(chunkBytes)
  let position = 0
  for (;;) {
    signal.throwIfAborted()
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, position)
    if (bytesRead === 0) break
    position += bytesRead
    onBytes?.(bytesRead)
    yield* scanner.push(buffer.subarray(0, bytesRead))
  }
  scanner.end()
}

function sectionOf(piece: Piece): Section {
  const section = sections.find((one) => one === piece.key)
  if (section) return section
  throw problemAt(piece, `there is no such field; an order file has ${sections.join(', ')}`)
}

function parsePiece<S extends Section>(piece: ValuePiece, section: S): FileEntry<S> {
  const text = decode(piece)
  const at = (path: JsonPath, message: string): OrderFileProblem => problemInside(piece, { text, path, message })
  const value = parseJson(piece, text)
  if (piece.index === null && isListSection(section)) throw problemAt(piece, 'must be a list')
  const parsed = orderFileSchemas[section].safeParse(value)
  if (parsed.success) {
    // The schema is the one of this section.
    return { section, value: parsed.data, index: piece.index, problem: at } as FileEntry<S>
  }
  const [issue] = parsed.error.issues
  const { path, message } = issue ? describeIssue(issue, value) : { path: [], message: parsed.error.message }
  throw at(path, message)
}

function parseJson(piece: ValuePiece, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw findPieceFault(piece)?.problem ?? error
  }
}

function findPieceFault(piece: ValuePiece): { problem: OrderFileProblem; isAtEnd: boolean } | null {
  const text = decode(piece)
  const fault = findFault(text)
  if (!fault) return null
  const line = piece.line + countLines(text.slice(0, fault.offset))
  const message = `broken JSON: ${fault.message}`
  return {
    problem: new OrderFileProblem({ line, field: fieldOf(piece, fault.path), message }),
    isAtEnd: fault.isAtEnd,
  }
}

function decode(piece: ValuePiece): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  try {
    // A stream's last character may be cut off where a file is, which is not what is wrong with it.
    return decoder.decode(piece.bytes, { stream: true })
  } catch (error) {
    const lines = piece.bytes.toString('latin1').split('\n')
    const broken = lines.findIndex((line) => Buffer.from(line, 'latin1').toString().includes('\uFFFD'))
    const line = piece.line + Math.max(0, broken)
    throw new OrderFileProblem({ line, field: fieldOf(piece, []), message: 'is not UTF-8 text', cause: error })
  }
}

function problemAt(piece: Piece, message: string): OrderFileProblem {
  return new OrderFileProblem({ line: piece.line, field: piece.key, message })
}

function problemInside(
  piece: ValuePiece,
  { text, path, message }: { text: string; path: JsonPath; message: string },
): OrderFileProblem {
  const line = piece.line + countLines(text.slice(0, offsetOf(text, path)))
  return new OrderFileProblem({ line, field: fieldOf(piece, path), message })
}

function fieldOf(piece: ValuePiece, path: JsonPath): string {
  return pathText(piece.index === null ? [piece.key, ...path] : [piece.key, piece.index, ...path])
}

function countLines(text: string): number {
  return text.split('\n').length - 1
}
