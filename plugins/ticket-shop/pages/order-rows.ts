// Which positions and add-ons the form of a new order has at the moment. Each row has a key that it keeps when others come and
// go, in hidden fields; the buttons that add and remove rows send the form without placing the order.
import type { FormValues } from './form-field.ts'

export interface OrderRow {
  key: number
  /** What the names of its fields begin with. */
  prefix: string
  addons: readonly { key: number; prefix: string }[]
}

/** Positions of an order, and add-ons of a position: what fits into a form of 64 KB with all its answers. */
export const maxRowCount = 30

/** What the pressed button asks for. */
export type OrderFormCommand =
  | { name: 'place' | 'total' | 'add-position' }
  | { name: 'remove-position' | 'add-addon'; position: number }
  | { name: 'remove-addon'; position: number; addon: number }

/** Anything unknown only works out the total, which changes nothing. */
export function readCommand(text: string): OrderFormCommand {
  const [name, ...numbers] = text.split(' ')
  const [position = Number.NaN, addon = Number.NaN] = numbers.map(Number)
  if (name === 'place' || name === 'add-position') return { name }
  if (name === 'remove-position' || name === 'add-addon') return { name, position }
  if (name === 'remove-addon') return { name, position, addon }
  return { name: 'total' }
}

export function readRows(values: FormValues): OrderRow[] {
  const keys = readKeys(values, 'positions')
  return (keys.length > 0 ? keys : [0]).map((key) => {
    const prefix = positionPrefix(key)
    return { key, prefix, addons: readKeys(values, `${prefix}_addons`).map((addon) => addonRow(key, addon)) }
  })
}

/** The rows after the command; `isFull` when there is no room for another. */
export function applyCommand(
  rows: readonly OrderRow[],
  command: OrderFormCommand,
): { rows: readonly OrderRow[]; isFull: boolean } {
  switch (command.name) {
    case 'add-position': {
      if (rows.length >= maxRowCount) return { rows, isFull: true }
      const key = nextKey(rows)
      return { rows: [...rows, { key, prefix: positionPrefix(key), addons: [] }], isFull: false }
    }
    case 'remove-position': {
      const kept = rows.filter(({ key }) => key !== command.position)
      return {
        rows: kept.length > 0 ? kept : [{ key: nextKey(rows), prefix: positionPrefix(nextKey(rows)), addons: [] }],
        isFull: false,
      }
    }
    case 'add-addon': {
      const row = rows.find(({ key }) => key === command.position)
      if (!row || row.addons.length >= maxRowCount) return { rows, isFull: row !== undefined }
      return { rows: withAddons(rows, row.key, [...row.addons, addonRow(row.key, nextKey(row.addons))]), isFull: false }
    }
    case 'remove-addon': {
      const addons = rows.find(({ key }) => key === command.position)?.addons ?? []
      return {
        rows: withAddons(
          rows,
          command.position,
          addons.filter(({ key }) => key !== command.addon),
        ),
        isFull: false,
      }
    }
    default:
      return { rows, isFull: false }
  }
}

function withAddons(rows: readonly OrderRow[], position: number, addons: OrderRow['addons']): OrderRow[] {
  return rows.map((row) => (row.key === position ? { ...row, addons } : row))
}

function positionPrefix(key: number): string {
  return `position${key}`
}

function addonRow(position: number, key: number): { key: number; prefix: string } {
  return { key, prefix: `${positionPrefix(position)}_addon${key}` }
}

/** Of a row that is added to these. */
export function nextKey(rows: readonly { key: number }[]): number {
  return Math.max(-1, ...rows.map(({ key }) => key)) + 1
}

function readKeys(values: FormValues, name: string): number[] {
  const keys = values.list(name).filter((text) => /^\d{1,6}$/.test(text))
  return [...new Set(keys.map(Number))].slice(0, maxRowCount)
}
