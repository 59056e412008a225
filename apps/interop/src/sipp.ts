import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child } from './child.ts'

/** Starts sipp on 127.0.0.1. Its screen output goes to a folder of its own, its verdict is the exit code: 0 is all well. */
export function sipp(...args: string[]): Child {
  const cwd = mkdtempSync(join(tmpdir(), 'netsip-sipp-'))
  return new Child('sipp', ['-i', '127.0.0.1', '-mi', '127.0.0.1', '-nostdin', '-buff_size', '4000000', ...args], {
    cwd,
  })
}

/** The figure in a line of sipp's closing statistics, cumulative column. */
export function statistic(screen: string, name: string): number {
  const line = screen.split('\n').findLast((line) => line.includes(name) && line.includes('|'))
  return Number(line?.split('|').at(-1)?.trim() ?? Number.NaN)
}
