/** Options of commands that are whole numbers. */
import { InvalidArgumentError } from 'commander'

/** Reads 1 to 9,999,999,999; anything else is told to whoever typed it. */
export const atLeastOne = (text: string): number => {
  if (!/^[1-9][0-9]{0,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.')
  return Number(text)
}
