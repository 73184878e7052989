// Results as JSON: as they are, but for money, which JSON's numbers cannot hold.
import { exactUsd } from './format.ts'

/** One line of JSON and a newline. Bigint amounts, pico-dollars, become exact decimals with their unit: `"1.25 USD"`. */
export function renderJson(result: unknown): string {
  return `${JSON.stringify(result, (_key, value) => (typeof value === 'bigint' ? exactUsd(value) : value))}\n`
}
