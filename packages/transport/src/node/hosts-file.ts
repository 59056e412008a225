import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import type { Clock } from '@netsip/runtime'
import { plainName } from '../resolver/server-name.ts'

/** How often the file is looked at again, in ms. */
const lookAgain = 5000

/** Where the system keeps its hosts file. */
export function systemHostsFile(): string {
  if (process.platform !== 'win32') return '/etc/hosts'
  return `${process.env['SystemRoot'] ?? 'C:\\Windows'}\\System32\\drivers\\etc\\hosts`
}

/** Reads a hosts file, and again when it changed. A file that is not there, or may not be read, has no names in it. */
export function hostsFile(path: string, clock: Clock): (name: string) => readonly string[] | undefined {
  let names = new Map<string, string[]>()
  let version = -1
  let lookedAt = -Infinity
  return (name) => {
    if (clock.monotonic() - lookedAt > lookAgain) {
      lookedAt = clock.monotonic()
      const found = versionOf(path)
      if (found !== version) names = parseHosts(textOf(path))
      version = found ?? -1
    }
    return names.get(plainName(name))
  }
}

/** The names of a hosts file and their addresses, in the order they are written. */
export function parseHosts(text: string): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address, ...hosts] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (!address || !isIP(address)) continue
    for (const host of hosts.map(plainName)) {
      const known = names.get(host)
      if (!known) names.set(host, [address])
      else if (!known.includes(address)) known.push(address)
    }
  }
  return names
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function versionOf(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs
  } catch {
    return undefined
  }
}
