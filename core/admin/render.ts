// Views: EJS files below fixed folders, compiled once. Values are escaped always; markup comes only from other views and
// from functions that return Html. The only file that knows EJS.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ejs from 'ejs'
import { OutboundSyncError } from '../errors.ts'
import { escapeHtml, type Html, markup } from './html.ts'

export interface Renderer {
  /**
   * The view of that name, for example `queue/list`.
   * @param folders where the view and its includes are looked up before our own folder, for a plugin's views
   */
  render(view: string, data: Readonly<Record<string, unknown>>, folders?: readonly string[]): Html
}

type Template = (locals: object) => string

// A name cannot leave its folder: no dots, no absolute paths.
const viewName = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/

export function createRenderer({
  folder,
  locals,
}: {
  folder: string
  /** Functions and values that every view sees. */
  locals: Readonly<Record<string, unknown>>
}): Renderer {
  const compiled = new Map<string, Template>()

  function load(view: string, folders: readonly string[]): Template {
    if (!viewName.test(view)) throw new OutboundSyncError('view', `"${view}" is not the name of a view.`)
    const candidates = [...folders, folder].map((one) => join(one, `${view}.ejs`))
    const file = candidates.find((path) => compiled.has(path) || existsSync(path))
    if (!file)
      throw new OutboundSyncError('view', `There is no view "${view}"; looked for ${candidates.join(' and ')}.`)
    const known = compiled.get(file)
    if (known) return known
    const template: Template = ejs.compile(readFileSync(file, 'utf8'), { filename: file, escape: escapeHtml })
    compiled.set(file, template)
    return template
  }

  function render(view: string, data: Readonly<Record<string, unknown>>, folders: readonly string[] = []): Html {
    // Without a prototype, a name that a view reads is either given or an error, never inherited.
    const scope: Record<string, unknown> = Object.assign(Object.create(null), locals, data)
    // Stands before EJS's own include, which would look up files relative to anything and compile them each time.
    scope.include = (name: string, more: Readonly<Record<string, unknown>> = {}) =>
      render(name, { ...data, ...more }, folders)
    return markup(load(view, folders)(scope))
  }

  return Object.freeze({ render })
}
