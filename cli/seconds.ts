// commander's parser for a time limit.
import { InvalidArgumentError } from 'commander'

export function seconds(text: string): number {
  const number = Number(text)
  if (number > 0 && number <= 600) return number
  throw new InvalidArgumentError('seconds are a number up to 600')
}
